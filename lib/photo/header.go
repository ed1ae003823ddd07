package photo

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"github.com/gen2brain/jpegn"
	"golang.org/x/image/webp"

	"imagelab/lib/internal/bmp"
	"imagelab/lib/internal/jpegscan"
	"imagelab/lib/internal/tiff"
)

// Limits that the header is held against before any pixel is decoded.
const (
	maxSide   = 100_000     // pixels
	maxPixels = 200_000_000 // of which decoding takes some seconds
)

// Encoded is a file's content, and what its header says of it. It is for one goroutine.
type Encoded struct {
	data   []byte
	format string
	image.Config
	orientation int    // EXIF, 1 to 8
	memory      int64  // bytes that decoding takes at most
	block       int64  // bytes that decoding one strip of a TIFF takes
	window      Window // that 16 bits are seen through
	own         bool   // or through that of the photo alone
	whole       bool   // a JPEG's pixels are known to be all there
	standard    bool   // a JPEG that image/jpeg must decode: jpegn does not, or in other colours
	reduced     int    // a JPEG that would take too much is decoded at 1/reduced
	release     func() // gives the memory back
}

// examine reads the header. The error says what is wrong with it, or that decoding would take too
// much memory.
func examine(data []byte) (e *Encoded, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, err = nil, fmt.Errorf("the decoder failed on it (%v): the file is damaged", r)
		}
	}()
	format, err := Sniff(data)
	if err != nil {
		return nil, err
	}
	cfg, block, err := readConfig(format, data)
	if err != nil {
		return nil, damaged(format, err)
	}
	if cfg.Width < 1 || cfg.Height < 1 {
		return nil, fmt.Errorf("its header says %d x %d pixels", cfg.Width, cfg.Height)
	}
	if max(cfg.Width, cfg.Height) > maxSide {
		return nil, fmt.Errorf("its header says %d x %d pixels, over the limit of %d a side", cfg.Width, cfg.Height, maxSide)
	}
	if int64(cfg.Width)*int64(cfg.Height) > maxPixels {
		return nil, fmt.Errorf("its header says %d x %d pixels, over the limit of %d megapixels: save it smaller",
			cfg.Width, cfg.Height, maxPixels/1_000_000)
	}
	e = &Encoded{data: data, format: format, Config: cfg, orientation: orientation(format, data), block: block, reduced: 1}
	if format == "jpeg" {
		e.chooseDecoder()
	}
	for e.memory = e.demand(); e.memory > maxMemory; e.memory = e.demand() {
		if format != "jpeg" || e.standard || e.reduced == 8 {
			return nil, fmt.Errorf("its header says %d x %d pixels, which would take %d MB of memory to decode, "+
				"over the limit of %d MB: save it smaller",
				cfg.Width, cfg.Height, e.memory/1_000_000, maxMemory/1_000_000)
		}
		e.reduced *= 2
	}
	return e, nil
}

// readConfig reads the header. block is what a TIFF's strip takes beside its pixels, bytes.
func readConfig(format string, data []byte) (cfg image.Config, block int64, err error) {
	r := bytes.NewReader(data)
	switch format {
	case "jpeg":
		if _, err := jpegscan.ReadFrame(data); err != nil {
			return cfg, 0, err
		}
		if cfg, err = jpegn.DecodeConfig(r); err != nil { // or it is one of the few that only image/jpeg reads
			cfg, err = jpeg.DecodeConfig(bytes.NewReader(data))
		}
	case "png":
		cfg, err = png.DecodeConfig(r)
	case "gif":
		f, err := readGIF(data)
		if err != nil {
			return cfg, 0, err
		}
		return image.Config{ColorModel: f.palette, Width: f.screen.X, Height: f.screen.Y}, 0, nil
	case "webp":
		cfg, err = webp.DecodeConfig(r)
	case "bmp":
		cfg, err = bmp.DecodeConfig(data)
	default:
		c, err := tiff.DecodeConfig(data)
		return c.Config, c.Block, err
	}
	return cfg, 0, err
}
