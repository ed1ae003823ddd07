package photo

import (
	"fmt"
	"image"
	"slices"
)

// Window says which levels of photos with 16 bits a sample become black and white; between them
// brightness stays linear, and what lies beyond is clipped. The zero value is the whole range, of
// which the upper 8 bits are kept, as Pillow and libvips do.
//
// Cameras of microscopes, X-ray detectors and thermal cameras count to 1,000 or 4,000 in files of
// 16 bits, and so the upper bits hold nothing. Their window is taken once for a set, from all of
// its photos, so that one that is darker than another stays so; a model keeps it for the photos
// that it is shown.
type Window struct {
	Low  uint16 `json:"low"`
	High uint16 `json:"high"`
}

// The levels in use, of a photo, are those that all but one in 10,000 of its samples lie within at
// either end, for pixels that are stuck; of a set, those of all but one in 100 of its photos. The
// ends of the range do not count where they lie apart from all others, see [withoutMarks].
const (
	samplesBeyond = 10_000
	photosBeyond  = 100
)

// narrowest is half of the range: where more than that is in use, a bit at most is to be gained,
// and the whole range stays.
const narrowest = 1 << 15

// Validate reports a window without a level in it.
func (w Window) Validate() error {
	if w != (Window{}) && w.High <= w.Low {
		return fmt.Errorf("the window from %d to %d of 16-bit levels is empty", w.Low, w.High)
	}
	return nil
}

// CommonWindow is what photos with these levels in use are seen through.
func CommonWindow(levels []Window) Window {
	if len(levels) == 0 {
		return Window{}
	}
	lows, highs := make([]uint16, len(levels)), make([]uint16, len(levels))
	for i, l := range levels {
		lows[i], highs[i] = l.Low, l.High
	}
	slices.Sort(lows)
	slices.Sort(highs)
	beyond := len(levels) / photosBeyond
	w := Window{lows[beyond], highs[len(highs)-1-beyond]}
	if w.High <= w.Low || w.High-w.Low >= narrowest {
		return Window{}
	}
	return w
}

// levelsOf returns the levels in use of a photo with 16 bits, alpha and transparent pixels aside.
func levelsOf(raw image.Image) (used Window) {
	var counts [1 << 16]int
	total := 0
	tallyDeep := func(pix []uint8, step, colours int) {
		for i := 0; i+step <= len(pix); i += step {
			if step == 8 && pix[i+6] == 0 && pix[i+7] == 0 {
				continue
			}
			for k := i; k < i+2*colours; k += 2 {
				counts[int(pix[k])<<8|int(pix[k+1])]++
			}
			total += colours
		}
	}
	switch img := raw.(type) {
	case *image.Gray16:
		tallyDeep(img.Pix, 2, 1)
	case *image.NRGBA64:
		tallyDeep(img.Pix, 8, 3)
	case *image.RGBA64:
		tallyDeep(img.Pix, 8, 3)
	}
	used = Window{0, 1<<16 - 1}
	for n := counts[used.Low]; n <= total/samplesBeyond && used.Low < 1<<16-1; n += counts[used.Low] {
		used.Low++
	}
	for n := counts[used.High]; n <= total/samplesBeyond && used.High > 0; n += counts[used.High] {
		used.High--
	}
	return withoutMarks(used, &counts)
}

// withoutMarks takes the ends of the range, 0 and 65,535, from the levels in use where no sample is
// near them: saturated pixels, scale bars, borders and what a detector writes where it sees
// nothing. Near is as far as the other levels span.
func withoutMarks(used Window, counts *[1 << 16]int) Window {
	inner := used
	if inner.Low == 0 {
		for inner.Low++; inner.Low < inner.High && counts[inner.Low] == 0; {
			inner.Low++
		}
	}
	if inner.High == 1<<16-1 {
		for inner.High--; inner.High > inner.Low && counts[inner.High] == 0; {
			inner.High--
		}
	}
	if inner.Low >= inner.High {
		return used
	}
	span := inner.High - inner.Low
	if used.Low == 0 && inner.Low > span {
		used.Low = inner.Low
	}
	if used.High == 1<<16-1 && used.High-inner.High > span {
		used.High = inner.High
	}
	return used
}

// table is the 8-bit level of each of 16 bits.
func (w Window) table() *[1 << 16]uint8 {
	var out [1 << 16]uint8
	span := uint32(w.High) - uint32(w.Low)
	for v := range out {
		if w == (Window{}) {
			out[v] = uint8(v >> 8)
			continue
		}
		level := min(max(uint32(v), uint32(w.Low)), uint32(w.High)) - uint32(w.Low)
		out[v] = uint8((level*255 + span/2) / span)
	}
	return &out
}

// narrow brings a photo with 16 bits to 8; of others it returns nil.
func (w Window) narrow(raw image.Image) *image.NRGBA {
	var pix []uint8
	step, colours := 8, 3
	switch img := raw.(type) {
	case *image.Gray16:
		pix, step, colours = img.Pix, 2, 1
	case *image.NRGBA64:
		pix = img.Pix
	case *image.RGBA64: // of image/png, which is opaque
		pix = img.Pix
	default:
		return nil
	}
	table := w.table()
	out := image.NewNRGBA(image.Rectangle{Max: raw.Bounds().Size()})
	for i := range len(pix) / step {
		from, to := pix[i*step:(i+1)*step], out.Pix[4*i:4*i+4]
		to[3] = 255
		for k := range 3 {
			at := 2 * min(k, colours-1)
			to[k] = table[int(from[at])<<8|int(from[at+1])]
		}
		if step == 8 {
			to[3] = from[6]
		}
	}
	return out
}
