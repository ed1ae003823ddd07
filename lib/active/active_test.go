package active

import (
	"math/rand/v2"
	"reflect"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
)

const width = 8

// around is a photo whose features lie around weights of two directions, that of class 0 and that
// of class 1.
func around(r *rand.Rand, a, b float32) []float32 {
	row := make([]float32, width)
	for j := range row {
		row[j] = float32(r.NormFloat64()) / 10
	}
	row[0] += a
	row[1] += b
	return row
}

// pool is 60 photos that are clearly of one of two classes, and then 10 between them.
func pool() (known Known, photos [][]float32) {
	r := rand.New(rand.NewPCG(1, 1))
	known.Classes = 2
	for i := range 40 {
		known.Features = append(known.Features, around(r, float32(1-i%2)*2, float32(i%2)*2))
		known.Labels = append(known.Labels, i%2)
	}
	for i := range 60 {
		photos = append(photos, around(r, float32(1-i%2)*2, float32(i%2)*2))
	}
	for range 10 {
		photos = append(photos, around(r, 1, 1))
	}
	return known, photos
}

// TestUncertainPhotosAreChosen: most of what is chosen lies between the classes, each photo once,
// and the same seed chooses the same.
func TestUncertainPhotosAreChosen(t *testing.T) {
	known, photos := pool()
	e := enginetest.Go(t)
	picks, err := Choose(t.Context(), e, known, photos, 8, 1, nil)
	if err != nil || len(picks) != 8 {
		t.Fatalf("%d picks, %v", len(picks), err)
	}
	between, seen := 0, map[int]bool{}
	for _, p := range picks {
		if p.Index >= 60 {
			between++
		}
		if seen[p.Index] || p.Uncertainty < 0 || p.Uncertainty > 1 {
			t.Errorf("%+v", p)
		}
		seen[p.Index] = true
	}
	if between < 5 {
		t.Errorf("%d of 8 lie between the classes, where 1 in 7 photos does", between)
	}
	if again, err := Choose(t.Context(), e, known, photos, 8, 1, nil); err != nil || !reflect.DeepEqual(picks, again) {
		t.Errorf("the same seed chooses other photos, %v", err)
	}
}

// TestChooseFromLittle: what there is to learn from and to choose from may be nothing.
func TestChooseFromLittle(t *testing.T) {
	known, photos := pool()
	for _, c := range []struct {
		reason string
		known  Known
		pool   [][]float32
		want   int
	}{
		{"nothing to choose from", known, nil, 0},
		{"fewer than asked for", known, photos[:3], 3},
		{"nothing is labelled", Known{}, photos, 5},
		{"one class is labelled", Known{known.Features[:1], known.Labels[:1], 1}, photos, 5},
		{"all photos are the same", known, [][]float32{photos[0], photos[0], photos[0]}, 3},
	} {
		picks, err := Choose(t.Context(), enginetest.Go(t), c.known, c.pool, 5, 1, nil)
		seen := map[int]bool{}
		for _, p := range picks {
			seen[p.Index] = true
		}
		if err != nil || len(seen) != c.want {
			t.Errorf("%s: %d photos, not %d, %v", c.reason, len(seen), c.want, err)
		}
	}
}

// TestUnknown: a person is asked once about a photo, whether its answer is used or not.
func TestUnknown(t *testing.T) {
	pool := &dataset.Set{Images: []dataset.Image{{Path: "a", Pixels: "1"}, {Path: "copy of a", Pixels: "1"}}}
	tests := []struct {
		name, reason string
		in           dataset.Image // the same photo in the set
		asked        bool
	}{
		{"labelled", "it has an answer", dataset.Image{Class: "cat"}, false},
		{"no label", "it waits for one", dataset.Image{}, true},
		{"dropped", "somebody looked and wants none of it", dataset.Image{Excluded: "blurred"}, false},
		{"near copy", "it has the label, and its copy is used", dataset.Image{Class: "cat", DuplicateOf: "b"}, false},
		{"conflict", "it has two labels: review asks which, not this", dataset.Image{Class: "cat", Conflict: true}, false},
		{"buffer", "a frame between two sides has its label", dataset.Image{Class: "cat", Buffer: true}, false},
	}
	for _, tt := range tests {
		tt.in.Path, tt.in.Pixels = "another name", "1"
		got := unknown(&dataset.Set{Images: []dataset.Image{tt.in}}, pool)
		if asked := len(got) == 1 && got[0].Path == "a"; asked != tt.asked || len(got) > 1 {
			t.Errorf("%s: chosen from are %+v: %s", tt.name, got, tt.reason)
		}
	}
}
