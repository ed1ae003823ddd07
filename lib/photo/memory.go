package photo

import (
	"encoding/binary"
	"image/color"

	"golang.org/x/sync/semaphore"

	"imagelab/lib/internal/jpegscan"
)

const (
	maxMemory = 640_000_000 // bytes that decoding one photo may take
	large     = 150_000_000 // bytes; about 30 megapixels
)

// decoding hands out the memory for decoding to all goroutines, in bytes and in the order in which
// they ask, so that many huge photos are not in memory together.
var decoding = semaphore.NewWeighted(maxMemory)

// demand is the memory that decoding takes, bytes: what the decoder allocates, the RGB pixels, and
// those turned.
func (e *Encoded) demand() int64 {
	pixels := int64(e.Width) * int64(e.Height)
	var decoder int64 // bytes a pixel
	switch e.format {
	case "jpeg":
		return e.demandJPEG(pixels)
	case "png":
		decoder = e.decoderPNG()
	case "webp":
		decoder = e.decoderWebP()
	case "gif":
		decoder = 3 // the frame, its rows in their order, and the screen
	default:
		decoder = beside(e.ColorModel)
	}
	return (decoder+4+e.turned())*pixels + e.block + int64(len(e.data))
}

// turned is what the pixels take a second time if the photo must be turned, bytes a pixel.
func (e *Encoded) turned() int64 {
	if e.orientation > 1 {
		return 4
	}
	return 0
}

// beside is what the pixels of a decoder take beside the RGB pixels, bytes a pixel.
func beside(model color.Model) int64 {
	switch model {
	case color.RGBAModel, color.NRGBAModel: // they become the result
		return 0
	case color.Gray16Model:
		return 2
	case color.NRGBA64Model, color.RGBA64Model, color.CMYKModel:
		return 8
	}
	return 1 // grey and palettes
}

// decoderPNG is what image/png allocates beside the RGB pixels, bytes a pixel.
func (e *Encoded) decoderPNG() int64 {
	model := e.ColorModel
	if chunk(e.data, 8, "tRNS", binary.BigEndian, 4, 0) != nil { // a level of grey is transparent
		switch model {
		case color.GrayModel:
			model = color.NRGBAModel
		case color.Gray16Model:
			model = color.NRGBA64Model
		}
	}
	decoder := beside(model)
	const interlace = 28                                   // offset of the last byte of the header
	if len(e.data) > interlace && e.data[interlace] != 0 { // its seven passes are pictures, too
		if decoder == 0 {
			return 4
		}
		return 2 * decoder
	}
	return decoder
}

// decoderWebP is what golang.org/x/image/webp and decodeWebP allocate beside the RGB pixels, bytes
// a pixel.
func (e *Encoded) decoderWebP() int64 {
	decoder := int64(2) // 4:2:0
	switch {
	case hasChunk(e.data, "ANMF"):
		decoder = 12 // the screen beside a frame of any kind
	case e.ColorModel == color.NYCbCrAModel:
		decoder = 8 // alpha is read as a picture of its own
	case hasChunk(e.data, "VP8L"):
		decoder = 4 // what its palette stands for
	}
	return decoder
}

func (e *Encoded) demandJPEG(pixels int64) int64 {
	f, err := jpegscan.ReadFrame(e.data)
	if err != nil {
		return 0 // the decoder will say
	}
	result := 4 + e.turned()
	if e.ColorModel == color.CMYKModel {
		result += 4 // image/jpeg lays the inks together
	}
	sum := (f.Samples + result*pixels) / int64(e.reduced*e.reduced)
	if f.Progressive {
		sum += 4 * f.Samples // its coefficients are kept until the last scan
	}
	return sum + 2*int64(len(e.data))
}
