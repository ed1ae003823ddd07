package imgset

import (
	"image"
	"math"
)

// Resize is the one resize function of the project: bicubic (Catmull-Rom, a = -0.5) widened to antialias when it
// shrinks, the same as Pillow's BICUBIC to a level of 255. Width and height are in pixels and above 0. The result is
// opaque: transparent pixels are laid on white.
func Resize(img image.Image, width, height int) *image.NRGBA {
	rgb := make([]byte, 3*width*height)
	planeOf(opaque(img)).resize(rgb, catmullRom, width, height, image.Rect(0, 0, width, height))
	return fromRGB(rgb, width, height)
}

// opaque is the image itself where it can be, else a copy.
func opaque(img image.Image) *image.NRGBA {
	rgb, ok := img.(*image.NRGBA)
	if !ok || !rgb.Opaque() {
		rgb, _ = toOpaque(img)
	}
	return rgb
}

func fromRGB(rgb []byte, width, height int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		copy(out.Pix[4*i:4*i+3], rgb[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}

// Square resizes the short side of an opaque image to side pixels and writes the centre square to dst, RGB, `[side, side, 3]`.
func Square(dst []byte, img *image.NRGBA, side int) {
	w, h, square := centre(img.Rect.Dx(), img.Rect.Dy(), side)
	planeOf(img).resize(dst, catmullRom, w, h, square)
}

// centre is the size of a picture of width x height pixels once its short side has side pixels, and the centre square of it.
func centre(width, height, side int) (w, h int, square image.Rectangle) {
	w, h = side, side
	if width <= height {
		h = max(side, (height*side+width/2)/width)
	} else {
		w = max(side, (width*side+height/2)/height)
	}
	left, top := (w-side)/2, (h-side)/2
	return w, h, image.Rect(left, top, left+side, top+side)
}

// plane is one channel of a picture, or three that are interleaved.
type plane struct {
	pix           []byte
	stride, step  int     // bytes from row to row, from sample to sample; step 1: one channel, 3 or 4: the first three
	columns, rows int     // samples
	width, height float64 // samples that the picture covers: less where the last column or row is only partly in it
}

func planeOf(img *image.NRGBA) plane {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	return plane{img.Pix, img.Stride, 4, w, h, float64(w), float64(h)}
}

// filter is a resampling kernel, zero from support on.
type filter struct {
	support float64
	at      func(x float64) float64 // for 0 <= x < support
}

// catmullRom is Keys' cubic convolution with a = -0.5 (IEEE Trans. ASSP 29, 1981).
var catmullRom = filter{2, func(x float64) float64 {
	if x < 1 {
		return (1.5*x-2.5)*x*x + 1
	}
	return ((-0.5*x+2.5)*x-4)*x + 2
}}

var triangle = filter{1, func(x float64) float64 { return 1 - x }}

// Three samples are filtered by one multiplication: each has a lane of 21 bits of a word. Products of a sample and a weight
// of either sign add up in a lane to less than 1.3 * 255 * one, and bias keeps the sum positive, so that no lane reaches
// into the next once all is added; before, two's complement arithmetic sorts it out.
const (
	lane      = 21
	precision = 12 // bits of a weight behind the point
	one       = 1 << precision
	bias      = 128*one + one/2 // 128 levels, and a half to round
	biases    = bias | bias<<lane | bias<<(2*lane)
)

// clamped[i] is level i-128 in [0,255].
var clamped = func() (table [512]uint8) {
	for i := range table {
		table[i] = uint8(min(max(i-128, 0), 255))
	}
	return table
}()

// taps are the weights along one axis: output i is the sum over k of weights[i*n+k] * input[first[i]+k], in units of 1/one.
type taps struct {
	n       int // a multiple of 4, which are added at a time
	first   []int
	weights []uint64 // two's complement
}

// newTaps is for the outputs [from, to) of out that cover length samples of an input with size of them. Some read up to n
// samples behind the input's end, with a weight of zero.
func newTaps(f filter, length float64, size, out, from, to int) taps {
	scale := length / float64(out)
	reach := f.support * max(scale, 1)
	n := (int(math.Ceil(2*reach)) + 3) / 4 * 4
	t := taps{n, make([]int, to-from), make([]uint64, n*(to-from))}
	row := make([]float64, n)
	for i := range t.first {
		centre := (float64(from+i) + 0.5) * scale
		t.first[i] = max(0, int(centre-reach+0.5))
		clear(row)
		for k := range min(n, size-t.first[i]) {
			if d := math.Abs(float64(t.first[i]+k)+0.5-centre) / reach * f.support; d < f.support {
				row[k] = f.at(d)
			}
		}
		quantise(t.weights[i*n:(i+1)*n], row)
	}
	return t
}

// quantise scales a row of weights to the sum one, exactly: what rounding takes from a weight goes to the next.
func quantise(dst []uint64, row []float64) {
	sum, upTo, last := 0.0, 0.0, int64(0)
	for _, v := range row {
		sum += v
	}
	for k, v := range row {
		upTo += v
		q := int64(math.Round(upTo / sum * one))
		dst[k], last = uint64(q-last), q
	}
}

// resize writes a part of the plane at w x h samples to dst, row by row, one byte or three a sample.
func (p plane) resize(dst []byte, f filter, w, h int, part image.Rectangle) {
	across := newTaps(f, p.width, p.columns, w, part.Min.X, part.Max.X)
	down := newTaps(f, p.height, p.rows, h, part.Min.Y, part.Max.Y)
	width := part.Dx() * min(p.step, 3)
	third := (width + 2) / 3
	line := make([]byte, 3*3*third)
	lanes := make([]uint64, p.columns+across.n)
	top, bottom := down.first[0], min(p.rows, down.first[part.Dy()-1]+down.n)
	rows, sums := make([]uint64, (bottom-top+down.n+2)*third), make([]uint64, third)
	for y := top; y < bottom; {
		n := p.pack(lanes, y)
		if p.step > 1 {
			across.filter(line, line[1:], line[2:], 3, lanes)
		} else {
			across.filter(line, line[3*third:], line[6*third:], 1, lanes)
		}
		for k := range n {
			row := line[3*third*k:]
			pack(rows[(y-top+k)*third:][:third], row, row[third:], row[2*third:])
		}
		y += n
	}
	for y := range part.Dy() {
		down.mix(line, y, rows[(down.first[y]-top)*third:], sums)
		copy(dst[y*width:(y+1)*width], line)
	}
}

// pack puts three rows of a channel from y on into lanes, or three channels of a row, and returns how many rows those are.
func (p plane) pack(lanes []uint64, y int) int {
	a := p.pix[y*p.stride:]
	if p.step > 1 {
		for x := range p.columns {
			pixel := a[x*p.step:][:3:3]
			lanes[x] = uint64(pixel[0]) | uint64(pixel[1])<<lane | uint64(pixel[2])<<(2*lane)
		}
		return 1
	}
	n := min(3, p.rows-y)
	pack(lanes[:p.columns], a, a[min(1, n-1)*p.stride:], a[(n-1)*p.stride:])
	return n
}

func pack(dst []uint64, a, b, c []byte) {
	a, b, c = a[:len(dst)], b[:len(dst)], c[:len(dst)]
	for i := range dst {
		dst[i] = uint64(a[i]) | uint64(b[i])<<lane | uint64(c[i])<<(2*lane)
	}
}

// filter writes the outputs of the three lanes to a, b and c, each step bytes behind the last.
func (t taps) filter(a, b, c []byte, step int, lanes []uint64) {
	at := 0
	for i, first := range t.first {
		a[at], b[at], c[at] = split(t.sum(i, lanes[first:]))
		at += step
	}
}

// sum is output i of the three lanes, from the first that it reads on.
func (t taps) sum(i int, in []uint64) uint64 {
	sum := uint64(biases)
	for weights := t.weights[i*t.n : (i+1)*t.n]; len(weights) >= 4 && len(in) >= 4; weights, in = weights[4:], in[4:] {
		sum += weights[0]*in[0] + weights[1]*in[1] + weights[2]*in[2] + weights[3]*in[3]
	}
	return sum
}

// mix writes output i of the columns of packed rows, as long as sums, which is room to work in, to dst, three bytes a word.
// rows start with the first that the output reads.
func (t taps) mix(dst []byte, i int, rows, sums []uint64) {
	third := len(sums)
	for x := range sums {
		sums[x] = biases
	}
	for k := i * t.n; k < (i+1)*t.n; k += 4 {
		weights, in := t.weights[k:k+4], rows[(k-i*t.n)*third:]
		v0, v1, v2, v3 := weights[0], weights[1], weights[2], weights[3]
		r0, r1, r2, r3 := in[:len(sums)], in[third:][:len(sums)], in[2*third:][:len(sums)], in[3*third:][:len(sums)]
		for x := range sums {
			sums[x] += v0*r0[x] + v1*r1[x] + v2*r2[x] + v3*r3[x]
		}
	}
	a, b, c := dst[:third:third], dst[third:2*third], dst[2*third:3*third]
	for x, sum := range sums {
		a[x], b[x], c[x] = split(sum)
	}
}

func split(sum uint64) (a, b, c byte) {
	return clamped[sum>>precision&511], clamped[sum>>(lane+precision)&511], clamped[sum>>(2*lane+precision)&511]
}
