package tiff

import (
	"bytes"
	"errors"
	"image"
	"image/draw"

	"imagelab/lib/internal/jpegscan"
)

// paintJPEG decodes a block that is a JPEG (TIFF Technical Note 2).
func (c *canvas) paintJPEG(i int, at image.Point, rows, width int) error {
	if c.bits != 8 || c.planar {
		return UnsupportedError("a TIFF with JPEG compression of planes or of other than 8 bits")
	}
	data, err := c.jpeg(i)
	if err != nil {
		return err
	}
	frame, err := jpegscan.ReadFrame(data)
	if err != nil {
		return err
	}
	if frame.Width > c.blockW || frame.Height > c.blockH || frame.Width < width || frame.Height < rows {
		return errors.New("a strip of it has another size than its header says")
	}
	img, err := c.decodeJPEG(data)
	if err != nil {
		return err
	}
	to := image.Rectangle{Min: at, Max: at.Add(image.Pt(width, rows))}
	switch {
	case c.grey != nil:
		draw.Draw(c.grey, to, img, image.Point{}, draw.Src)
	case c.cmyk != nil:
		return c.paintInks(img, to)
	case c.rgb != nil && c.photometric != paletted:
		draw.Draw(c.rgb, to, img, image.Point{}, draw.Src)
	default:
		return errDirectory
	}
	return nil
}

// paintInks takes over CMYK, which image/jpeg inverts as Photoshop does and TIFF does not.
func (c *canvas) paintInks(img image.Image, to image.Rectangle) error {
	from, ok := img.(*image.CMYK)
	if !ok {
		return errDirectory
	}
	for y := range to.Dy() {
		out := c.cmyk.Pix[c.cmyk.PixOffset(to.Min.X, to.Min.Y+y):][:4*to.Dx()]
		for i, v := range from.Pix[y*from.Stride:][:4*to.Dx()] {
			out[i] = ^v
		}
	}
	return nil
}

// jpeg is a whole file: the start, a marker for the colours that the directory says, the common
// tables, and the block.
func (c *canvas) jpeg(i int) ([]byte, error) {
	block := c.data[c.offsets[i] : c.offsets[i]+c.counts[i]]
	tables, _, err := c.content(tagJPEGTables)
	if err != nil {
		return nil, err
	}
	if len(block) < 4 || block[0] != 0xFF || block[1] != 0xD8 {
		return nil, errors.New("a strip of it is no JPEG")
	}
	out := []byte{0xFF, 0xD8}
	if c.photometric == rgb || c.photometric == cmyk {
		out = append(out, "\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00"...)
	}
	tables = bytes.TrimSuffix(bytes.TrimPrefix(tables, []byte{0xFF, 0xD8}), []byte{0xFF, 0xD9})
	return append(append(out, tables...), block[2:]...), nil
}
