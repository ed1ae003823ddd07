package dhash

import (
	"context"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"
)

// withCopies are n random fingerprints, of which every tenth is a copy, perhaps mirrored, of an
// earlier one, of which bits differ. of says of which, or -1.
func withCopies(n, bits int, seed uint64) (prints []Fingerprint, of []int) {
	r := rand.New(rand.NewPCG(seed, 0))
	for i := range n {
		var f Fingerprint
		for k := range f.Hash {
			f.Hash[k] = r.Uint64()
		}
		for k := range f.Cells {
			f.Cells[k] = [3]uint8{100, 128, 128}
		}
		from := -1
		if i%10 == 9 {
			if from = r.IntN(i); of[from] >= 0 {
				from = of[from]
			}
			if f = prints[from]; r.IntN(2) == 0 {
				f = f.Mirrored()
			}
			for range bits {
				bit := r.IntN(512)
				f.Hash[bit/64] ^= 1 << (bit % 64)
			}
		}
		prints, of = append(prints, f), append(of, from)
	}
	return prints, of
}

func componentsOf(t *testing.T, prints []Fingerprint, distance int) []int32 {
	t.Helper()
	hashes := make([]Hash, len(prints))
	for i, f := range prints {
		hashes[i] = f.Hash
	}
	numbers, err := Components(t.Context(), hashes, func(i int) (Cells, error) { return prints[i].Cells, nil },
		distance, nil)
	if err != nil {
		t.Fatal(err)
	}
	return numbers
}

// All copies that were planted are found, and nothing else.
func TestComponentsFindsPlantedCopies(t *testing.T) {
	for _, distance := range []int{1, 10, 16, 64} {
		n := map[int]int{16: 100_000, 64: 1000}[distance]
		if n == 0 {
			n = 10_000
		}
		prints, of := withCopies(n, distance, uint64(distance))
		for i, got := range componentsOf(t, prints, distance) {
			if want := max(of[i], -1); got != int32(want) && (want >= 0 || got != int32(i)) {
				t.Fatalf("distance %d: fingerprint %d is counted to %d, want %d", distance, i, got, want)
			}
		}
	}
}

// The components are those that comparing all pairs gives.
func TestComponentsAgreeWithAllPairs(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	prints, _ := withCopies(400, 30, 4)
	for i := range prints { // some of another colour
		if r.IntN(5) == 0 {
			prints[i].Cells[r.IntN(144)] = [3]uint8{100, 60, 128}
			prints[i].Cells[0][1] = 127 // and so none is grey
		}
	}
	want := make([]int32, len(prints))
	for i := range want {
		want[i] = int32(i)
	}
	for again := true; again; {
		again = false
		for i, f := range prints {
			for j, q := range prints[:i] {
				if f.Distance(q) <= 24 && want[i] != want[j] {
					want[i], want[j], again = min(want[i], want[j]), min(want[i], want[j]), true
				}
			}
		}
	}
	for i, got := range componentsOf(t, prints, 24) {
		if got != want[i] {
			t.Errorf("fingerprint %d is counted to %d, want %d", i, got, want[i])
		}
	}
}

// Ten thousand copies of one picture, each a little different, take about as long as ten thousand
// pictures.
func TestComponentsOfManyCopies(t *testing.T) {
	prints, _ := withCopies(10_000, 0, 5)
	r := rand.New(rand.NewPCG(6, 0))
	copies := make([]Fingerprint, len(prints))
	for i := range copies {
		copies[i] = prints[0]
		for range 5 {
			bit := r.IntN(512)
			copies[i].Hash[bit/64] ^= 1 << (bit % 64)
		}
	}
	var compared atomic.Int64 // cells are asked for by several goroutines
	hashes := make([]Hash, len(copies))
	for i, f := range copies {
		hashes[i] = f.Hash
	}
	began := time.Now()
	numbers, err := Components(t.Context(), hashes,
		func(i int) (Cells, error) { compared.Add(1); return copies[i].Cells, nil }, 16, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range numbers {
		if got != 0 {
			t.Fatalf("copy %d is counted to %d", i, got)
		}
	}
	t.Logf("%v, cells were read %d times", time.Since(began), compared.Load())
	if compared.Load() > int64(40*len(copies)) {
		t.Errorf("cells were read %d times for %d copies", compared.Load(), len(copies))
	}
}

func TestComponentsStop(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Components(ctx, make([]Hash, 10_000), func(int) (Cells, error) { return Cells{}, nil }, 16,
		nil); err == nil {
		t.Error("no error after ctx ended")
	}
}
