package imgset

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"

	"github.com/gen2brain/jpegn"
)

// opaqueRGBA is what jpegn returns: premultiplied and straight alpha are the same where all is opaque, so that the
// pixels are taken over without a copy. The embedded ColorModel answers for greyscale sources.
type opaqueRGBA struct {
	*image.RGBA
	model color.Model
}

func (o *opaqueRGBA) ColorModel() color.Model { return o.model }

// decodeJPEG uses jpegn, five times as fast as image/jpeg, where it is as strict as needed, else image/jpeg:
// jpegn does not convert four colours to RGB, and it accepts a scan that is cut short without a word.
func decodeJPEG(data []byte, cfg image.Config) (image.Image, error) {
	if cfg.ColorModel == color.CMYKModel {
		return jpeg.Decode(bytes.NewReader(data))
	}
	if !endsProperly(data) {
		return decodeUnended(data)
	}
	img, err := decodeFast(data, cfg)
	if err == nil {
		return img, nil
	}
	return jpeg.Decode(bytes.NewReader(data))
}

func decodeFast(data []byte, cfg image.Config) (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("jpegn: %v", r)
		}
	}()
	raw, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ToRGBA: true, UpsampleMethod: jpegn.CatmullRom})
	if err != nil {
		return nil, err
	}
	rgba, ok := raw.(*image.RGBA)
	if !ok || rgba.Stride != 4*rgba.Rect.Dx() {
		return nil, fmt.Errorf("jpegn: unexpected %T", raw)
	}
	return &opaqueRGBA{rgba, cfg.ColorModel}, nil
}

// A JPEG is reduced to 1/4 at most: at 1/8 jpegn v0.6.1 is off by more than a level of 255. What is left must be larger than
// needed by a factor of three: from there a bicubic resize differs from one of the full photo by half a level on average,
// from twice the size by one.
const (
	reducedLargest = 4
	reducedEnough  = 3
)

// decodeReduced decodes an ordinary, whole JPEG at 1/scale of its size as stored, 1, 2, 4 or 8, and leaves it in its own colour
// space if it need not be turned. Pixels at the far rims that do not fill a square of scale pixels are left out. What is
// not ordinary is an error: [decodeBytes] can read more.
func decodeReduced(data []byte, scale func(width, height int) int) (img image.Image, meta Meta, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("jpegn: %v", r)
		}
	}()
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err == nil {
		err = checkSize(cfg)
	}
	if err != nil {
		return nil, Meta{}, err
	}
	if cfg.ColorModel != color.YCbCrModel && cfg.ColorModel != color.GrayModel || !endsProperly(data) {
		return nil, Meta{}, errors.New("not an ordinary JPEG")
	}
	by := scale(cfg.Width, cfg.Height)
	raw, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: by})
	if err != nil {
		return nil, Meta{}, err
	}
	meta = newMeta("jpeg", data, cfg, raw)
	whole, ok := raw.(interface {
		SubImage(r image.Rectangle) image.Image
	})
	if !ok {
		return nil, Meta{}, fmt.Errorf("jpegn: unexpected %T", raw)
	}
	raw = whole.SubImage(image.Rect(0, 0, cfg.Width/by, cfg.Height/by))
	if meta.Orientation > 1 {
		opaque, _ := toOpaque(raw)
		raw = orient(opaque, meta.Orientation)
	}
	return raw, meta, nil
}

// endsProperly reports whether an end-of-image marker follows the first scan. Entropy-coded data cannot hold one by
// chance; bytes behind it (panoramas, motion photos) do no harm.
func endsProperly(data []byte) bool {
	for marker, seg := range segments(data) {
		if marker == 0xDA {
			return bytes.Contains(data[seg.end:], []byte{0xFF, 0xD9})
		}
	}
	return false
}

// decodeUnended decides whether only the end marker is missing (some cameras and scrapers lose it) or pixels too: with
// the marker put back, image/jpeg accepts the first and fails on the second.
func decodeUnended(data []byte) (image.Image, error) {
	img, err := jpeg.Decode(bytes.NewReader(append(data[:len(data):len(data)], 0xFF, 0xD9)))
	if err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	return img, nil
}

type segment struct{ start, end int } // of a segment's payload in the file

// segments walks the marker segments of a JPEG up to and including the first start of scan (marker 0xDA).
func segments(data []byte) func(yield func(marker byte, s segment) bool) {
	return func(yield func(byte, segment) bool) {
		for pos := 2; pos+4 <= len(data) && data[pos] == 0xFF; {
			marker := data[pos+1]
			if marker == 0xFF { // fill byte
				pos++
				continue
			}
			size := int(data[pos+2])<<8 | int(data[pos+3])
			end := pos + 2 + size
			if size < 2 || end > len(data) {
				return
			}
			if !yield(marker, segment{pos + 4, end}) || marker == 0xDA {
				return
			}
			pos = end
		}
	}
}
