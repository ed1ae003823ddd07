package align

import "testing"

// BenchmarkBest compares pictures that are no copies, which most pairs are.
func BenchmarkBest(b *testing.B) {
	p, q := Thumb(scene(1)), Thumb(scene(2))
	for b.Loop() {
		Best(p, q)
	}
}
