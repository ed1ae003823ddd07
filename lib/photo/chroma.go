package photo

import (
	"encoding/binary"
	"image"
)

// fromYCbCr converts a JPEG's pixels to RGB as libjpeg does: where two pixels share a sample of
// colour, each takes 3/4 of it and 1/4 of the next one (jdsample.c, "fancy upsampling"); where more
// do, all take the same.
func fromYCbCr(img *image.YCbCr) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	c := newChroma(img.SubsampleRatio, w, h)
	cb, cr := make([]uint8, w+8), make([]uint8, w+8)
	for y := range h {
		c.row(cb, img.Cb, img.CStride, y)
		c.row(cr, img.Cr, img.CStride, y)
		toRGB(out.Pix[4*w*y:4*w*(y+1)], img.Y[y*img.YStride:][:w], cb[:w], cr[:w])
	}
	return out
}

// toRGB converts a row (JFIF, section 7), in fixed point with 16 bits behind the point.
func toRGB(out, luma, cb, cr []uint8) {
	cb, cr = cb[:len(luma)], cr[:len(luma)]
	for i, y := range luma {
		b, r := int32(cb[i])-128, int32(cr[i])-128
		level := int32(y)<<16 + 1<<15
		red, green, blue := level+91881*r, level-22554*b-46802*r, level+116130*b
		if uint32(red|green|blue) >= 1<<24 { // one of them is out of range, which is rare
			red, green, blue = min(max(red, 0), 255<<16), min(max(green, 0), 255<<16), min(max(blue, 0), 255<<16)
		}
		binary.LittleEndian.PutUint32(out, uint32(red)>>16|uint32(green)>>16<<8|uint32(blue)>>16<<16|255<<24)
		out = out[4:]
	}
}

// chroma brings rows of colour samples to the size of the picture.
type chroma struct {
	across, down  int // pixels that share a sample
	width, height int // samples
	sums          []int32
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
	c.sums = make([]int32, c.width)
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
		far, sums := far[:len(near)], c.sums[:len(near)]
		for i, v := range near {
			sums[i] = 3*int32(v) + int32(far[i])
		}
		c.spread(out, 4, 8, 7)
	case c.across == 2 && c.down == 1 && c.width > 2:
		for i, v := range near {
			c.sums[i] = int32(v)
		}
		c.spread(out, 2, 1, 2)
	default:
		for i, v := range near {
			for k := range c.across {
				out[c.across*i+k] = v
			}
		}
	}
}

// spread makes two pixels of each sum. left and right are what is added before the last bits are
// shifted out.
func (c *chroma) spread(out []uint8, bits uint, left, right int32) {
	last := c.sums[0]
	out[0] = uint8((4*last + left) >> (bits & 31))
	at := out[1:]
	for _, v := range c.sums[1:] {
		pair := at[:2:2]
		pair[0] = uint8((3*last + v + right) >> (bits & 31))
		pair[1] = uint8((3*v + last + left) >> (bits & 31))
		at, last = at[2:], v
	}
	at[0] = uint8((4*last + right) >> (bits & 31))
}
