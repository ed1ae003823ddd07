package dedup

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/dhash"
)

// packOf writes n random fingerprints, of which every tenth is a copy of an earlier one, to a pack.
func packOf(t *testing.T, n int) (p *Pack, prints []dhash.Fingerprint, of []int) {
	t.Helper()
	p, err := OpenPack(filepath.Join(t.TempDir(), "prints"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	r := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		f, from := dhash.Fingerprint{}, -1
		for k := range f.Hash {
			f.Hash[k] = r.Uint64()
		}
		for k := range f.Cells {
			f.Cells[k] = [3]uint8{uint8(k), 128, 130}
		}
		if i%10 == 9 {
			from = 10 * r.IntN((i+1)/10)
			f = prints[from]
			if r.IntN(2) == 0 {
				f = f.Mirrored()
			}
			for range 16 {
				bit := r.IntN(512)
				f.Hash[bit/64] ^= 1 << (bit % 64)
			}
		}
		prints, of = append(prints, f), append(of, from)
		if err := p.Add(f); err != nil {
			t.Fatal(err)
		}
	}
	return p, prints, of
}

func TestPackFindsPlantedGroups(t *testing.T) {
	p, prints, of := packOf(t, 20_000)
	groups, err := p.Groups(t.Context(), 16, nil)
	if err != nil {
		t.Fatal(err)
	}
	at := map[int]int{}
	for _, g := range groups {
		for _, i := range g {
			at[i] = g[0]
		}
	}
	planted := map[int]bool{}
	for i, from := range of {
		if from < 0 || prints[i].Distance(prints[from]) > 16 {
			continue
		}
		planted[from] = true
		if group, ok := at[i]; !ok || group != from {
			t.Fatalf("copy %d of %d is in the group of %d (in any: %v)", i, from, group, ok)
		}
	}
	if len(groups) != len(planted) {
		t.Errorf("%d groups, and %d were planted", len(groups), len(planted))
	}
	near, err := p.Near(t.Context(), prints[9], 16)
	if err != nil || !slices.Contains(near, 9) || !slices.Contains(near, of[9]) {
		t.Errorf("near copy 9 of %d are %v, %v", of[9], near, err)
	}
}

// What was torn by a kill is not counted, and a pack goes on where it ended.
func TestPackGoesOn(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p")
	for n := range 3 {
		p, err := OpenPack(name)
		if err != nil || p.Len() != n {
			t.Fatalf("%d fingerprints, want %d, %v", p.Len(), n, err)
		}
		if err := p.Add(near(n)); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
		f, err := os.OpenFile(name+".hashes", os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		f.WriteString("torn")
		f.Close()
	}
	if err := os.WriteFile(name+".cells", []byte(strings.Repeat("imagelab fingerprints 1\n", 9)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenPack(name); err == nil || !strings.Contains(err.Error(), "this version") {
		t.Errorf("fingerprints of another version: %v", err)
	}
}
