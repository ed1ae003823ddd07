package dhash

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// flipped is f with n bits of its hash flipped.
func flipped(r *rand.Rand, f Fingerprint, n int) Fingerprint {
	for _, bit := range r.Perm(512)[:n] {
		f.Hash[bit/64] ^= 1 << (bit % 64)
	}
	return f
}

// planted are random fingerprints, every tenth of them at most most bits from an earlier one, some
// of these mirrored.
func planted(r *rand.Rand, n, most int) []string {
	texts := make([]string, n)
	for i := range texts {
		var f Fingerprint
		for w := range f.Hash {
			f.Hash[w] = r.Uint64() & r.Uint64()
		}
		if i%10 == 9 {
			earlier, _ := Parse(texts[r.IntN(i)])
			f = flipped(r, earlier, r.IntN(most+1))
		}
		if i%30 == 29 {
			f = f.Mirrored()
		}
		texts[i] = f.String()
	}
	return texts
}

func parsed(t *testing.T, texts []string) []Fingerprint {
	t.Helper()
	prints := make([]Fingerprint, len(texts))
	for i, text := range texts {
		var err error
		if prints[i], err = Parse(text); err != nil {
			t.Fatal(err)
		}
	}
	return prints
}

// TestIndexMissesNone compares it with all pairs.
func TestIndexMissesNone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, distance := range []int{0, 1, 5, 16, 40} {
		prints := parsed(t, planted(r, 300, distance+2))
		x := NewIndex(distance, 0)
		pairs := 0
		for i, f := range prints {
			var want []int
			for j, o := range prints[:i] {
				if f.Distance(o) <= distance {
					want = append(want, j)
				}
			}
			var got []int
			for j, d := range x.Near(f) {
				if d != f.Distance(prints[j]) {
					t.Fatalf("distance %d told as %d", f.Distance(prints[j]), d)
				}
				got = append(got, j)
			}
			slices.Sort(got)
			if got = slices.Compact(got); !slices.Equal(got, want) {
				t.Fatalf("within %d of number %d: %v, want %v", distance, i, got, want)
			}
			pairs += len(want)
			if err := x.Add(f.String()); err != nil {
				t.Fatal(err)
			}
		}
		if pairs < 10 {
			t.Errorf("only %d pairs within %d: the test says nothing", pairs, distance)
		}
	}
}

func TestCopiesAmong(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	prints := parsed(t, planted(r, 3, 0))
	known := []string{"", prints[0].String(), prints[1].String(), "0123"}
	photos := []string{flipped(r, prints[1], 5).String(), prints[2].String(), "", "0123", prints[0].Mirrored().String()}
	if got, want := CopiesAmong(known, photos, 5), []int{2, -1, -1, -1, 1}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// BenchmarkIndex adds and looks up fingerprints, a tenth of which have a copy.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			texts := planted(rand.New(rand.NewPCG(1, 1)), n, 16)
			before := heap()
			for b.Loop() {
				x := NewIndex(16, n)
				found := 0
				for _, text := range texts {
					f, err := Parse(text)
					if err != nil {
						b.Fatal(err)
					}
					for range x.Near(f) {
						found++
						break
					}
					if err := x.Add(text); err != nil {
						b.Fatal(err)
					}
				}
				if found < n/11 || len(x.hashes) != n {
					b.Fatalf("found %d among %d", found, len(x.hashes))
				}
				b.ReportMetric(float64(heap()-before)/1e6, "MB")
				runtime.KeepAlive(x)
			}
		})
	}
}

// heap is what is in use after a collection, bytes.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
