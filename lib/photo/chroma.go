package photo

import (
	"encoding/binary"
	"image"
)

// fromYCbCr converts a JPEG's pixels to RGB as libjpeg does: where two pixels share a sample of
// colour, each takes 3/4 of it and 1/4 of the next one (jdsample.c, "fancy upsampling"); where more
// do, all take the same.
func fromYCbCr(img *image.YCbCr) *image.NRGBA {
	w := img.Rect.Dx()
	out := image.NewNRGBA(image.Rectangle{Max: img.Rect.Size()})
	eachRow(img, func(y int, luma, cb, cr []uint8) {
		row := out.Pix[4*w*y : 4*w*(y+1)]
		cb, cr = cb[:len(luma)], cr[:len(luma)]
		for i, level := range luma {
			r, g, b := rgb(level, cb[i], cr[i])
			if uint32(r|g|b) >= 1<<24 {
				r, g, b = clipped(r, g, b)
			}
			binary.LittleEndian.PutUint32(row, uint32(r)>>16|uint32(g)>>16<<8|uint32(b)>>16<<16|255<<24)
			row = row[4:]
		}
	})
	return out
}

// stripesOf is fromYCbCr with the colours of a row one after the other.
func stripesOf(img *image.YCbCr) stripes {
	w := img.Rect.Dx()
	out := newStripes(w, img.Rect.Dy(), 3)
	eachRow(img, func(y int, luma, cb, cr []uint8) {
		red, green, blue := out.row(y, 0)[:len(luma)], out.row(y, 1)[:len(luma)], out.row(y, 2)[:len(luma)]
		cb, cr = cb[:len(luma)], cr[:len(luma)]
		for i, level := range luma {
			r, g, b := rgb(level, cb[i], cr[i])
			if uint32(r|g|b) >= 1<<24 {
				r, g, b = clipped(r, g, b)
			}
			red[i], green[i], blue[i] = uint8(r>>16), uint8(g>>16), uint8(b>>16)
		}
	})
	return out
}

// eachRow visits the rows of a JPEG's pixels with a sample of colour for each.
func eachRow(img *image.YCbCr, visit func(y int, luma, cb, cr []uint8)) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	c := newChroma(img.SubsampleRatio, w, h)
	cb, cr := make([]uint8, w+8), make([]uint8, w+8)
	for y := range h {
		c.row(cb, img.Cb, img.CStride, y)
		c.row(cr, img.Cr, img.CStride, y)
		visit(y, img.Y[y*img.YStride:][:w], cb[:w], cr[:w])
	}
}

// rgb converts a pixel (JFIF, section 7), in fixed point with 16 bits behind the point.
func rgb(y, cb, cr uint8) (red, green, blue int32) {
	b, r := int32(cb)-128, int32(cr)-128
	level := int32(y)<<16 + 1<<15
	return level + 91881*r, level - 22554*b - 46802*r, level + 116130*b
}

// clipped brings colours into range, of which most are.
func clipped(red, green, blue int32) (r, g, b int32) {
	return min(max(red, 0), 255<<16), min(max(green, 0), 255<<16), min(max(blue, 0), 255<<16)
}

// chroma brings rows of colour samples to the size of the picture.
type chroma struct {
	across, down  int // pixels that share a sample
	width, height int // samples
}

func newChroma(ratio image.YCbCrSubsampleRatio, w, h int) *chroma {
	c := &chroma{across: 1, down: 1}
	switch ratio {
	case image.YCbCrSubsampleRatio420:
		c.across, c.down = 2, 2
	case image.YCbCrSubsampleRatio422:
		c.across = 2
	case image.YCbCrSubsampleRatio440:
		c.down = 2
	case image.YCbCrSubsampleRatio411:
		c.across = 4
	case image.YCbCrSubsampleRatio410:
		c.across, c.down = 4, 2
	}
	c.width, c.height = (w+c.across-1)/c.across, (h+c.down-1)/c.down
	return c
}

// row writes the samples of row y of the picture to out, which has room for some more than it has
// pixels.
func (c *chroma) row(out, plane []uint8, stride, y int) {
	near := plane[y/c.down*stride:][:c.width]
	far := plane[min(max(y/c.down+y%c.down*2-1, 0), c.height-1)*stride:][:c.width]
	switch {
	case c.across == 1 && c.down == 2:
		bias := int32(1 + y%2)
		for i, v := range near {
			out[i] = uint8((3*int32(v) + int32(far[i]) + bias) >> 2)
		}
	case c.across == 2 && c.down == 2 && c.width > 2:
		spreadBoth(out, near, far)
	case c.across == 2 && c.down == 1 && c.width > 2:
		spread(out, near)
	default:
		for i, v := range near {
			for k := range c.across {
				out[c.across*i+k] = v
			}
		}
	}
}

// spread makes two pixels of each sample.
func spread(out, near []uint8) {
	last := uint32(near[0])
	out[0] = near[0]
	at := out[1:]
	for _, v := range near[1:] {
		v := uint32(v)
		binary.LittleEndian.PutUint16(at, uint16((3*last+v+2)>>2|(3*v+last+1)>>2<<8))
		at, last = at[2:], v
	}
	at[0] = uint8(last)
}

// spreadBoth makes two pixels of each sample, of which a quarter comes from the row on the far
// side.
func spreadBoth(out, near, far []uint8) {
	far = far[:len(near)]
	last := 3*uint32(near[0]) + uint32(far[0])
	out[0] = uint8((4*last + 8) >> 4)
	at := out[1:]
	for i := 1; i < len(near); i++ {
		v := 3*uint32(near[i]) + uint32(far[i])
		binary.LittleEndian.PutUint16(at, uint16((3*last+v+7)>>4|(3*v+last+8)>>4<<8))
		at, last = at[2:], v
	}
	at[0] = uint8((4*last + 7) >> 4)
}
