package tiff

import (
	"bytes"
	"errors"
	"image"
	"image/draw"

	"imagelab/lib/internal/jpegscan"
)

const maxTables = 64 << 10 // bytes, which are read for each block; four tables of each kind are 3 KB

// demandJPEG is the memory that a block that is a JPEG takes: for each sample 1 byte, at most 2 in
// colours, and 4 where it is progressive. block is the number of its samples.
func (p *picture) demandJPEG(block int64) int64 {
	each := int64(3)
	for i := 0; i < p.across()*p.down() && each == 3; i++ {
		if p.empty(i) {
			continue
		}
		if frame, err := jpegscan.ReadFrame(p.stored(i)); err != nil || frame.Progressive {
			each = 7
		}
	}
	return each*min(block, 1<<40) + 2*int64(len(p.data))
}

// paintJPEG decodes a block that is a JPEG (TIFF Technical Note 2).
func (c *canvas) paintJPEG(i int, at image.Point, rows, width int) error {
	if c.bits != 8 || c.planar {
		return UnsupportedError("a TIFF with JPEG compression of planes or of other than 8 bits")
	}
	if c.empty(i) {
		c.paintBlack(at, rows, width)
		return nil
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
	if frame.Components != c.samples {
		return errors.New("a strip of it has other colours than its header says")
	}
	img, err := c.decodeJPEG(data)
	if err != nil {
		return err
	}
	to := image.Rectangle{Min: at, Max: at.Add(image.Pt(width, rows))}
	switch {
	case c.grey != nil:
		draw.Draw(c.grey, to, img, image.Point{}, draw.Src)
		if c.photometric == whiteIsZero {
			c.invert(to)
		}
	case c.cmyk != nil:
		return c.paintInks(img, to)
	case c.rgb != nil && c.photometric != paletted:
		c.paintColours(img, to)
	default:
		return errDirectory
	}
	return nil
}

// paintBlack fills a block that is not stored: with samples of 0, or the YCbCr of black.
func (c *canvas) paintBlack(at image.Point, rows, width int) {
	pixels := make([]uint16, width*c.samples)
	if c.photometric == ycbcr {
		for i := 0; i < len(pixels); i += c.samples {
			pixels[i+1], pixels[i+2] = 128, 128
		}
	}
	for row := range rows {
		c.put(at.X, at.Y+row, pixels)
	}
}

// invert turns black into white.
func (c *canvas) invert(r image.Rectangle) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := c.grey.Pix[c.grey.PixOffset(r.Min.X, y):][:r.Dx()]
		for i, v := range row {
			row[i] = ^v
		}
	}
}

// paintColours takes over RGB. Where a fourth sample lies beside it, which may be alpha, image/jpeg
// takes all four for inks and inverts them.
func (c *canvas) paintColours(img image.Image, to image.Rectangle) {
	from, ok := img.(*image.CMYK)
	if !ok {
		draw.Draw(c.rgb, to, img, image.Point{}, draw.Src)
		return
	}
	pixels := make([]uint16, c.samples*to.Dx())
	for y := range to.Dy() {
		for i, v := range from.Pix[y*from.Stride:][:len(pixels)] {
			pixels[i] = uint16(^v)
		}
		c.putColours(c.rgb.Pix[c.rgb.PixOffset(to.Min.X, to.Min.Y+y):], pixels)
	}
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
	block := c.stored(i)
	field, err := c.values(tagJPEGTables)
	if err != nil {
		return nil, err
	}
	if len(field.data) > maxTables {
		return nil, errors.New("its JPEG tables are too large")
	}
	if len(block) < 4 || block[0] != 0xFF || block[1] != 0xD8 {
		return nil, errors.New("a strip of it is no JPEG")
	}
	out := []byte{0xFF, 0xD8}
	if c.photometric == rgb || c.photometric == cmyk {
		out = append(out, "\xFF\xEE\x00\x0EAdobe\x00\x64\x00\x00\x00\x00\x00"...)
	}
	tables := bytes.TrimSuffix(bytes.TrimPrefix(field.data, []byte{0xFF, 0xD8}), []byte{0xFF, 0xD9})
	return append(append(out, tables...), block[2:]...), nil
}
