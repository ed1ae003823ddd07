package feed

import "math/rand/v2"

// Turn is one of the eight ways to lay a square: transposed or not, then mirrored left-right, then top-bottom.
type Turn struct{ Transpose, Mirror, Flip bool }

// turns lists the ways to lay a photo that a allows, the plain one first.
func (a Augment) turns() []Turn {
	var all []Turn
	for _, transpose := range []bool{false, true} {
		for _, mirror := range []bool{false, true} {
			for _, flip := range []bool{false, true} {
				if t := (Turn{transpose, mirror, flip}); a.allows(t) {
					all = append(all, t)
				}
			}
		}
	}
	return all
}

func (a Augment) allows(t Turn) bool {
	quarter := t.Transpose != (t.Mirror != t.Flip) // an odd number of mirrors is no rotation
	switch {
	case a.Rotate90 && (a.Flip || a.FlipV):
		return true
	case a.Rotate90:
		return !quarter
	}
	return !t.Transpose && (a.Flip || !t.Mirror) && (a.FlipV || !t.Flip)
}

// turnOf is how image i is laid in an epoch: in epoch 0 as it is, then each way once, in an order of its own, before any
// comes again.
func (a Augment) turnOf(seed uint64, i, epoch int) Turn {
	all := a.turns()
	at := epoch % len(all)
	if at == 0 {
		return all[0]
	}
	order := rand.New(rand.NewPCG(seed, uint64(i)<<1|1)).Perm(len(all) - 1)
	return all[1+order[at-1]]
}

// apply writes src, `[size, size, 3]`, to dst as the turn lays it.
func (t Turn) apply(dst, src []byte, size int) {
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

// Layings is the augmentation that only lays the photo in other ways, as a does: what predictions may be averaged over.
func (a Augment) Layings() Augment {
	return Augment{Flip: a.Flip, FlipV: a.FlipV, Rotate90: a.Rotate90}
}

// Ways is the number of ways to lay a photo that a allows, 1 to 8.
func (a Augment) Ways() int { return len(a.turns()) }

// Lay writes src, `[size, size, 3]`, to dst in the given one of a's ways, in [0, a.Ways()); 0 is as it is.
func (a Augment) Lay(dst, src []byte, size, way int) { a.turns()[way].apply(dst, src, size) }
