package tiff

import (
	"image"
	"image/color"
)

// canvas is the picture while it is decoded.
type canvas struct {
	*picture
	decodeJPEG func([]byte) (image.Image, error)

	grey   *image.Gray
	grey16 *image.Gray16
	cmyk   *image.CMYK
	rgb    *image.NRGBA
	rgb16  *image.NRGBA64
}

func (p *picture) decode(jpeg func([]byte) (image.Image, error)) (image.Image, error) {
	c := canvas{picture: p, decodeJPEG: jpeg}
	r := image.Rect(0, 0, p.width, p.height)
	var img image.Image
	switch p.model() {
	case color.GrayModel:
		c.grey = image.NewGray(r)
		img = c.grey
	case color.Gray16Model:
		c.grey16 = image.NewGray16(r)
		img = c.grey16
	case color.CMYKModel:
		c.cmyk = image.NewCMYK(r)
		img = c.cmyk
	case color.NRGBA64Model:
		c.rgb16 = image.NewNRGBA64(r)
		img = c.rgb16
	default:
		c.rgb = image.NewNRGBA(r)
		img = c.rgb
	}
	for y := range p.down() {
		for x := range p.across() {
			if err := c.paint(x, y); err != nil {
				return nil, err
			}
		}
	}
	return img, nil
}

// paint decodes the block in column x and row y of blocks.
func (c *canvas) paint(x, y int) error {
	at := image.Pt(x*c.blockW, y*c.blockH)
	rows, width := min(c.blockH, c.height-at.Y), min(c.blockW, c.width-at.X)
	i := y*c.across() + x
	if c.compression == jpegCoded {
		return c.paintJPEG(i, at, rows, width)
	}
	planes := 1
	if c.planar {
		planes = c.samples
	}
	blocks := make([][]byte, planes) // nil: not stored
	for k := range blocks {
		var err error
		if j := k*c.across()*c.down() + i; c.empty(j) {
			continue
		} else if blocks[k], err = c.block(j, rows); err != nil {
			return err
		}
	}
	pixels, plane := make([]uint16, width*c.samples), make([]uint16, width)
	length, zeros := c.rowBytes(), make([]byte, (width*c.samples*c.bits+7)/8)
	for row := range rows {
		for k, b := range blocks {
			if b == nil {
				b = zeros
			} else {
				b = b[row*length : (row+1)*length]
			}
			if planes == 1 {
				c.unpack(pixels, b, c.samples)
				continue
			}
			c.unpack(plane, b, 1)
			for i, v := range plane {
				pixels[i*c.samples+k] = v
			}
		}
		c.put(at.X, at.Y+row, pixels)
	}
	return nil
}

// unpack reads the samples of a row, as many as out has room for, and undoes the predictor, which
// is the difference to the sample step before.
func (c *canvas) unpack(out []uint16, row []byte, step int) {
	switch c.bits {
	case 8:
		for i := range out {
			out[i] = uint16(row[i])
		}
	case 16:
		for i := range out {
			out[i] = c.order.Uint16(row[2*i:])
		}
	default:
		acc, n, at := uint32(0), 0, 0
		for i := range out {
			for n < c.bits {
				acc, n, at = acc<<8|uint32(row[at]), n+8, at+1
			}
			n -= c.bits
			out[i] = uint16(acc >> n & (1<<c.bits - 1))
		}
	}
	if c.predictor {
		for i := step; i < len(out); i++ {
			out[i] = (out[i] + out[i-step]) & (1<<c.bits - 1)
		}
	}
	if c.signed {
		for i := range out {
			out[i] ^= 1 << (c.bits - 1)
		}
	}
}

// put writes a row of pixels at (x, y).
func (c *canvas) put(x, y int, pixels []uint16) {
	switch {
	case c.grey != nil:
		c.putGrey(c.grey.Pix[c.grey.PixOffset(x, y):], pixels)
	case c.grey16 != nil:
		c.putGrey16(c.grey16.Pix[c.grey16.PixOffset(x, y):], pixels)
	case c.cmyk != nil:
		out := c.cmyk.Pix[c.cmyk.PixOffset(x, y):]
		for i := 0; i*c.samples < len(pixels); i++ {
			for k := range 4 {
				out[4*i+k] = uint8(pixels[i*c.samples+k] >> (c.bits - 8))
			}
		}
	case c.rgb16 != nil:
		c.putDeep(c.rgb16.Pix[c.rgb16.PixOffset(x, y):], pixels)
	default:
		c.putColours(c.rgb.Pix[c.rgb.PixOffset(x, y):], pixels)
	}
}

// level8 widens or narrows a sample to 8 bits, level16 to 16.
func (c *canvas) level8(v uint16) uint8 {
	if c.bits == 8 {
		return uint8(v)
	}
	return uint8(c.level16(v) >> 8)
}

func (c *canvas) level16(v uint16) uint16 {
	if c.bits == 16 {
		return v
	}
	return uint16(uint32(v) * 65535 / (1<<c.bits - 1))
}

func (c *canvas) putGrey(out []uint8, pixels []uint16) {
	for i := 0; i*c.samples < len(pixels); i++ {
		v := c.level8(pixels[i*c.samples])
		if c.photometric == whiteIsZero {
			v = ^v
		}
		out[i] = v
	}
}

func (c *canvas) putGrey16(out []uint8, pixels []uint16) {
	for i := 0; i*c.samples < len(pixels); i++ {
		v := c.level16(pixels[i*c.samples])
		if c.photometric == whiteIsZero {
			v = ^v
		}
		out[2*i], out[2*i+1] = uint8(v>>8), uint8(v)
	}
}

// colour16 is the colour and alpha of a pixel, 16 bits each.
func (c *canvas) colour16(pixel []uint16) (r, g, b, a uint16) {
	r, a = c.level16(pixel[0]), 0xFFFF
	if c.photometric == whiteIsZero {
		r = ^r
	}
	if g, b = r, r; c.photometric == rgb {
		g, b = c.level16(pixel[1]), c.level16(pixel[2])
	}
	if c.alpha == 0 {
		return r, g, b, a
	}
	if a = c.level16(pixel[c.alpha]); c.premultiplied {
		straight := func(v uint16) uint16 { return uint16(min(uint32(v)*0xFFFF/max(uint32(a), 1), 0xFFFF)) }
		r, g, b = straight(r), straight(g), straight(b)
	}
	return r, g, b, a
}

func (c *canvas) putDeep(out []uint8, pixels []uint16) {
	for i := 0; i*c.samples < len(pixels); i++ {
		r, g, b, a := c.colour16(pixels[i*c.samples:])
		for k, v := range [4]uint16{r, g, b, a} {
			out[8*i+2*k], out[8*i+2*k+1] = uint8(v>>8), uint8(v)
		}
	}
}

func (c *canvas) putColours(out []uint8, pixels []uint16) {
	for i := 0; i*c.samples < len(pixels); i++ {
		pixel, to := pixels[i*c.samples:], out[4*i:4*i+4]
		to[3] = 255
		switch {
		case c.photometric == paletted:
			n := 1 << c.bits
			for k := range 3 {
				to[k] = c.palette[k*n+int(pixel[0])]
			}
		case c.photometric == ycbcr:
			to[0], to[1], to[2] = color.YCbCrToRGB(uint8(pixel[0]), uint8(pixel[1]), uint8(pixel[2]))
		case c.photometric == rgb && c.bits == 8 && c.alpha == 0:
			to[0], to[1], to[2] = uint8(pixel[0]), uint8(pixel[1]), uint8(pixel[2])
		default:
			r, g, b, a := c.colour16(pixel)
			to[0], to[1], to[2], to[3] = uint8(r>>8), uint8(g>>8), uint8(b>>8), uint8(a>>8)
		}
	}
}
