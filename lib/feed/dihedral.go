package feed

import "math/rand/v2"

// Dihedral is one of the eight flips and rotations of a square: transposed or not, then flipped
// left-right (Mirror), then top-bottom (Flip).
type Dihedral struct{ Transpose, Mirror, Flip bool }

// Views lists the flips and rotations that `a` allows, starting with none.
func (a Augment) Views() []Dihedral {
	var all []Dihedral
	for _, transpose := range []bool{false, true} {
		for _, mirror := range []bool{false, true} {
			for _, flip := range []bool{false, true} {
				if t := (Dihedral{transpose, mirror, flip}); a.allows(t) {
					all = append(all, t)
				}
			}
		}
	}
	return all
}

func (a Augment) allows(t Dihedral) bool {
	quarter := t.Transpose != (t.Mirror != t.Flip) // an odd number of mirrors is no rotation
	switch {
	case a.Rotate90 && (a.Flip || a.FlipV):
		return true
	case a.Rotate90:
		return !quarter
	}
	return !t.Transpose && (a.Flip || !t.Mirror) && (a.FlipV || !t.Flip)
}

// orientation is that of image i in an epoch: as it is in epoch 0, then each once, in an order that
// depends on the image, before any comes again.
func (a Augment) orientation(seed uint64, i, epoch int) Dihedral {
	all := a.Views()
	at := epoch % len(all)
	if at == 0 {
		return all[0]
	}
	order := rand.New(rand.NewPCG(seed, uint64(i)<<1|1)).Perm(len(all) - 1)
	return all[1+order[at-1]]
}

// apply writes src, `[size, size, 3]`, to dst, flipped and rotated.
func (t Dihedral) apply(dst, src []byte, size int) {
	n := 0
	for y := range size {
		for x := range size {
			sx, sy := x, y
			if t.Mirror {
				sx = size - 1 - sx
			}
			if t.Flip {
				sy = size - 1 - sy
			}
			if t.Transpose {
				sx, sy = sy, sx
			}
			from := 3 * (sy*size + sx)
			copy(dst[n:n+3], src[from:from+3])
			n += 3
		}
	}
}

// FlipsAndRotations returns an Augment with the flips and rotations of `a` alone, for test-time
// augmentation.
func (a Augment) FlipsAndRotations() Augment {
	return Augment{Flip: a.Flip, FlipV: a.FlipV, Rotate90: a.Rotate90}
}

// Orientations returns the number of flips and rotations that `a` allows, 1 to 8, including none.
func (a Augment) Orientations() int { return len(a.Views()) }

// Orient writes src, `[size, size, 3]`, to dst in one of the orientations that a allows, in [0,
// a.Orientations()); 0 leaves it as it is.
func (a Augment) Orient(dst, src []byte, size, orientation int) {
	a.Views()[orientation].apply(dst, src, size)
}
