package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"

	"github.com/gen2brain/jpegn"

	"imagelab/lib/internal/jpegscan"
)

// decodeJPEG uses jpegn, which is five times as fast as image/jpeg but accepts damaged pixels
// without a word: jpegscan looks for those. What jpegn does not read, such as four colours,
// image/jpeg does.
func (e *Encoded) decodeJPEG() (image.Image, error) {
	if err := e.check(); err != nil {
		return nil, err
	}
	if !e.standard {
		if img, err := e.decodeFast(); err == nil || e.reduced > 1 {
			return img, err
		}
	}
	// With an end marker, which some cameras lose.
	return jpeg.Decode(bytes.NewReader(append(e.data[:len(e.data):len(e.data)], 0xFF, 0xD9)))
}

// chooseDecoder leaves to image/jpeg what jpegn does not decode, or to other colours. A JFIF marker
// says that they are YCbCr, whatever an Adobe marker or the components' names say (jdapimin.c of
// libjpeg); jpegn believes the latter.
func (e *Encoded) chooseDecoder() {
	switch e.ColorModel {
	case color.CMYKModel:
		e.standard = true
	case color.RGBAModel:
		std, err := jpeg.DecodeConfig(bytes.NewReader(e.data))
		if err == nil && std.ColorModel == color.YCbCrModel {
			e.ColorModel, e.standard = std.ColorModel, true
		}
	}
}

// check looks for damage, once.
func (e *Encoded) check() error {
	if e.whole {
		return nil
	}
	err := jpegscan.Check(e.data)
	e.whole = err == nil
	return err
}

// decodeStrip decodes a JPEG inside another file.
func decodeStrip(data []byte) (image.Image, error) {
	cfg, _, err := readConfig("jpeg", data)
	if err != nil {
		return nil, err
	}
	// Its colours are what the TIFF says of them, which put it into words that both decoders follow.
	e := &Encoded{data: data, format: "jpeg", Config: cfg, reduced: 1, standard: cfg.ColorModel == color.CMYKModel}
	raw, err := e.decodeJPEG()
	if img, ok := raw.(*image.YCbCr); ok {
		return fromYCbCr(img), nil
	}
	return raw, err
}

func (e *Encoded) decodeFast() (img image.Image, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("jpegn: %v", r)
		}
	}()
	return jpegn.Decode(bytes.NewReader(e.data), &jpegn.Options{ScaleDenom: e.reduced})
}

// A JPEG is reduced to 1/4 at most: at 1/8 jpegn v0.6.1 is off by more than a level of 255. What is
// left must be larger than needed by a factor of three: from there a bicubic resize differs from
// one of the full photo by half a level on average, from twice the size by one.
const (
	reducedLargest = 4
	reducedEnough  = 3
)

// decodeReduced decodes an ordinary, whole JPEG at 1/scale of its size as stored, 1, 2, 4 or 8, and
// leaves it in its own colour space if it need not be turned. Pixels at the far rims that do not
// fill a square of scale pixels are left out. What is not ordinary is an error: [Encoded.decode]
// can read more.
func (e *Encoded) decodeReduced(scale func(width, height int) int) (img image.Image, meta Meta, err error) {
	defer func() {
		if r := recover(); r != nil {
			img, err = nil, fmt.Errorf("jpegn: %v", r)
		}
	}()
	if e.format != "jpeg" || e.standard || e.ColorModel == color.RGBAModel || e.reduced > 1 {
		return nil, Meta{}, errors.New("not an ordinary JPEG")
	}
	if err := e.check(); err != nil {
		return nil, Meta{}, err
	}
	by := scale(e.Width, e.Height)
	raw, err := jpegn.Decode(bytes.NewReader(e.data), &jpegn.Options{ScaleDenom: by})
	if err != nil {
		return nil, Meta{}, err
	}
	meta = e.meta(raw)
	whole, ok := raw.(interface {
		SubImage(r image.Rectangle) image.Image
	})
	if !ok {
		return nil, Meta{}, fmt.Errorf("jpegn: unexpected %T", raw)
	}
	raw = whole.SubImage(image.Rect(0, 0, e.Width/by, e.Height/by))
	if e.orientation > 1 {
		opaque, _ := toOpaque(raw, Window{})
		raw = orient(opaque, e.orientation)
	}
	return raw, meta, nil
}
