package photo

import (
	"encoding/binary"
	"image"
	"sync"

	"github.com/bamiaux/rez"
)

// stripes are an opaque picture, each row of which is all of its red, all of its green and all of
// its blue; or one colour, grey. All columns can be resized at once then, and each colour's rows.
type stripes struct {
	pix                    []uint8
	width, height, colours int
}

func newStripes(width, height, colours int) stripes {
	return stripes{borrow(width * height * colours), width, height, colours}
}

// row is a colour of row y.
func (s stripes) row(y, colour int) []uint8 {
	return s.pix[(y*s.colours+colour)*s.width:][:s.width]
}

// split takes the colours of an opaque picture apart.
func split(img *image.NRGBA) stripes {
	out := newStripes(img.Rect.Dx(), img.Rect.Dy(), 3)
	for y := range out.height {
		red, green, blue := out.row(y, 0), out.row(y, 1), out.row(y, 2)
		row := img.Pix[y*img.Stride:][:4*out.width]
		green, blue = green[:len(red)], blue[:len(red)]
		for i := range red {
			pixel := binary.LittleEndian.Uint32(row[4*i:])
			red[i], green[i], blue[i] = uint8(pixel), uint8(pixel>>8), uint8(pixel>>16)
		}
	}
	return out
}

// resize changes the height first and then the width, and rounds to bytes after each.
func (s stripes) resize(width, height int, by filter) *image.NRGBA {
	scalar := min(s.width, width) < 16 // for which rez has no vector instructions
	long := s.width * s.colours
	if height != s.height {
		short := newStripes(s.width, height, s.colours)
		defer short.release()
		resizerOf(axis{s.height, height, true, scalar, by}).Resize(short.pix, s.pix, long, s.height, long, long)
		s = short
	}
	if width != s.width {
		narrow := newStripes(width, height, s.colours)
		defer narrow.release()
		r := resizerOf(axis{s.width, width, false, scalar, by})
		for colour := range s.colours {
			r.Resize(narrow.row(0, colour), s.pix[colour*s.width:], s.width, height, width*s.colours, long)
		}
		s = narrow
	}
	return s.packed()
}

// packed is the picture with its colours beside each other.
func (s stripes) packed() *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, s.width, s.height))
	for y := range s.height {
		red, green, blue := s.row(y, 0), s.row(y, s.colours/2), s.row(y, s.colours-1)
		row := out.Pix[y*out.Stride:][:4*len(red)]
		green, blue = green[:len(red)], blue[:len(red)]
		for i, r := range red {
			binary.LittleEndian.PutUint32(row[4*i:], uint32(r)|uint32(green[i])<<8|uint32(blue[i])<<16|255<<24)
		}
	}
	return out
}

// axis is how rows or columns of pixels are resized.
type axis struct {
	in, out  int // pixels
	vertical bool
	scalar   bool // without vector instructions
	by       filter
}

// mostResizers is how many sizes are remembered. The photos of a set often share a few, and to make
// the weights of one takes as long as to resize a small photo.
const mostResizers = 64

var resizers = struct {
	sync.Mutex
	of map[axis]rez.Resizer
}{of: map[axis]rez.Resizer{}}

// resizerOf returns what several goroutines may use.
func resizerOf(a axis) rez.Resizer {
	resizers.Lock()
	defer resizers.Unlock()
	r, ok := resizers.of[a]
	if !ok {
		if len(resizers.of) == mostResizers {
			clear(resizers.of)
		}
		r = rez.NewResize(&rez.ResizerConfig{Input: a.in, Output: a.out, Vertical: a.vertical, DisableAsm: a.scalar,
			Threads: 1}, a.by.rez())
		resizers.of[a] = r
	}
	return r
}

// lent are the pixels of stripes: to clear new memory for each photo takes a tenth of its time.
var lent sync.Pool

// mostLent is the largest picture that is kept for the next, bytes.
const mostLent = 16 << 20

// borrow returns n bytes that may hold anything.
func borrow(n int) []uint8 {
	if p, ok := lent.Get().(*[]uint8); ok && cap(*p) >= n {
		return (*p)[:n]
	}
	return make([]uint8, n)
}

// release gives the pixels back. The stripes must not be used after it.
func (s stripes) release() {
	if cap(s.pix) <= mostLent {
		lent.Put(&s.pix)
	}
}
