package suspect

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/crossfit"
)

const width = 16

// clusters are n photos of each class, whose features lie around a centre for each class. The set
// lives in memory.
func clusters(n int, classes ...string) (*dataset.Set, [][]float32) {
	r := rand.New(rand.NewPCG(5, 5))
	s := &dataset.Set{Root: "/photos"}
	var features [][]float32
	for k, class := range classes {
		for i := range n {
			row := make([]float32, width)
			for j := range row {
				row[j] = float32(r.NormFloat64()) / 2
			}
			row[k] += 3
			features = append(features, row)
			name := fmt.Sprintf("%s/%03d.jpg", class, i)
			s.Images = append(s.Images, dataset.Image{Path: name, Class: class, SHA256: name, Pixels: name})
		}
	}
	return s, features
}

func run(t *testing.T, s *dataset.Set, features [][]float32) Result {
	t.Helper()
	r, err := find(t.Context(), enginetest.Go(t), s, s.Images, features, Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range r.Suspects {
		if x.Score < 0 || x.Score > 1 || x.Reason == "" || x.Kind == "" || i > 0 && r.Suspects[i-1].Score < x.Score {
			t.Errorf("suspect %d: %+v", i, x)
		}
	}
	return r
}

// TestPlantedErrorsComeFirst: the wrong labels are the most suspicious, with the right guess and
// photos of both classes, and the set is as it was.
func TestPlantedErrorsComeFirst(t *testing.T) {
	s, features := clusters(30, "cat", "dog", "elk")
	wrong := map[string]string{}
	for _, i := range []int{3, 35, 70, 80} {
		im := &s.Images[i]
		wrong[im.Path] = im.Class
		im.Class = map[string]string{"cat": "dog", "dog": "elk", "elk": "cat"}[im.Class]
		im.Split = dataset.Test
	}
	before := slices.Clone(s.Images)
	r := run(t, s, features)
	if !reflect.DeepEqual(before, s.Images) {
		t.Error("the set was changed")
	}
	if r.Ranked != 90 || r.Wrong < 2 || r.Wrong > len(wrong) || len(r.Suspects) != 90 {
		t.Errorf("ranked %d, wrong %d, %d suspects", r.Ranked, r.Wrong, len(r.Suspects))
	}
	for _, x := range r.Suspects[:len(wrong)] {
		if x.Guess != wrong[x.Path] || x.Score < 0.6 || len(x.LikeLabel) != shown || len(x.LikeGuess) != shown {
			t.Errorf("%+v; its class is %q", x, wrong[x.Path])
		}
	}
	if n := len(r.Listed("")); n != 9 {
		t.Errorf("%d are listed, not a tenth", n)
	}
	ofTest := r.Listed(dataset.Test)
	if len(ofTest) == 0 {
		t.Error("no test photo is listed")
	}
	for _, x := range ofTest {
		if x.Split != dataset.Test {
			t.Errorf("%+v is listed as a test photo", x)
		}
	}
}

// TestSameSeedSameRanking: the order of the photos and a second run change nothing.
func TestSameSeedSameRanking(t *testing.T) {
	s, features := clusters(20, "cat", "dog")
	s.Images[3].Class = "dog"
	first := run(t, s, features)
	if again := run(t, s, features); !reflect.DeepEqual(first, again) {
		t.Error("a second run gives another result")
	}
	slices.Reverse(s.Images)
	slices.Reverse(features)
	if other := run(t, s, features); other.Suspects[0].Path != first.Suspects[0].Path {
		t.Errorf("in another order, the first suspect is %+v", other.Suspects[0])
	}
}

// TestWhatCannotBeJudged: sets and photos of which cross-validation knows nothing.
func TestWhatCannotBeJudged(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		change       func(s *dataset.Set)
		ranked       int
		note         string
	}{
		{"unlabelled", "photos without a label have nothing to be wrong", func(s *dataset.Set) {
			for i := range 10 {
				s.Images[i].Class = ""
			}
		}, 50, "10 photos without a label"},
		{"single photo", "nobody else shows what its class is", func(s *dataset.Set) { s.Images[0].Class = "yak" }, 59,
			"yak"},
		{"single group", "all of the class is in one fold", func(s *dataset.Set) {
			for i := range 20 {
				s.Images[i].Group = "burst"
			}
		}, 40, "cat"},
		{"one class", "there is no other to be taken for", func(s *dataset.Set) {
			for i := range s.Images {
				s.Images[i].Class = "cat"
			}
		}, 0, "two classes"},
		{"no labels", "there is nothing to judge", func(s *dataset.Set) {
			for i := range s.Images {
				s.Images[i].Class = ""
			}
		}, 0, "two classes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, features := clusters(20, "cat", "dog", "elk")
			c.change(s)
			r := run(t, s, features)
			if r.Ranked != c.ranked || !strings.Contains(strings.Join(r.Notes, "\n"), c.note) {
				t.Errorf("%s: %d ranked, not %d; notes %q", c.reason, r.Ranked, c.ranked, r.Notes)
			}
		})
	}
}

// TestFewPhotos: two classes of two photos are the fewest that are judged.
func TestFewPhotos(t *testing.T) {
	s, features := clusters(2, "cat", "dog")
	if r := run(t, s, features); r.Ranked != 4 || len(r.Suspects) != 4 {
		t.Errorf("%+v", r)
	}
}

// TestConflictAndOdd: of a photo with two labels both copies are suspects, and the wrong one comes
// first; a photo unlike all others is found though it has no label.
func TestConflictAndOdd(t *testing.T) {
	s, features := clusters(30, "cat", "dog")
	s.Images[30] = s.Images[0]
	s.Images[30].Path, s.Images[30].Class = "dog/copy.jpg", "dog"
	features[30] = features[0]
	s.Images[0].Conflict, s.Images[30].Conflict, s.Images[30].DuplicateOf = true, true, s.Images[0].Path
	s.Images[59].Class, s.Images[59].Path = "", "strange.jpg"
	features[59] = make([]float32, width)
	features[59][width-1] = -20
	r := run(t, s, features)
	kinds := map[string]string{}
	for _, x := range r.Listed("") {
		kinds[x.Path] = x.Kind
	}
	if x := r.Suspects[0]; x.Path != "dog/copy.jpg" || !strings.Contains(x.Reason, "another label, cat") {
		t.Errorf("the first is %+v", x)
	}
	if kinds["cat/000.jpg"] != KindConflict || kinds["strange.jpg"] != KindOdd {
		t.Errorf("%v", kinds)
	}
}

// TestFoldsKeepUnitsTogether: photos of a group are in one fold, and each class is spread evenly.
func TestFoldsKeepUnitsTogether(t *testing.T) {
	s, features := clusters(50, "cat", "dog")
	for i := range s.Images {
		s.Images[i].Group = fmt.Sprint("g", i/3)
	}
	d, err := newData(t.Context(), s, s.Images, features)
	if err != nil {
		t.Fatal(err)
	}
	fold, of, n := crossfit.Folds(d.unit, d.labels, 5, 1), map[string]int{}, map[[2]int]int{}
	for i, f := range fold {
		if first, seen := of[s.Images[i].Group]; seen && first != f {
			t.Errorf("group %s is in folds %d and %d", s.Images[i].Group, first, f)
		}
		of[s.Images[i].Group] = f
		n[[2]int{f, d.labels[i]}]++
	}
	for f := range 5 {
		for k := range 2 {
			if c := n[[2]int{f, k}]; c < 7 || c > 13 {
				t.Errorf("fold %d has %d photos of class %d", f, c, k)
			}
		}
	}
	if slices.Equal(fold, crossfit.Folds(d.unit, d.labels, 5, 2)) {
		t.Error("another seed deals the same folds")
	}
}

func TestSaveAndLoad(t *testing.T) {
	s, features := clusters(20, "cat", "dog")
	s.Images[3].Class = "dog"
	r, dir := run(t, s, features), t.TempDir()
	if _, err := Load(dir); err == nil {
		t.Error("loaded from an empty folder")
	}
	if err := Save(dir, r); err != nil {
		t.Fatal(err)
	}
	got, err := Load(dir)
	if err != nil || len(got.Suspects) != len(r.Listed("")) || got.Suspects[0].Path != "cat/003.jpg" ||
		got.Digest != s.Digest() {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestConflictsOfARareClass: a class that has only photos in conflict cannot be learned, and their
// labels are in conflict all the same; each is told the label of its own copy, also in a group that
// has others.
func TestConflictsOfARareClass(t *testing.T) {
	s, features := clusters(30, "cat", "dog")
	for i, class := range map[int]string{0: "rare", 30: "odd"} {
		s.Images[i+1] = s.Images[i] // a copy, labelled as the others
		s.Images[i].Class, s.Images[i].Path = class, class+"/copy.jpg"
		s.Images[i].DuplicateOf = s.Images[i+1].Path
		s.Images[i].Conflict, s.Images[i+1].Conflict = true, true
		features[i+1] = features[i]
	}
	for i := range s.Images {
		s.Images[i].Group = fmt.Sprint("module ", i%30/2)
	}
	reasons := map[string]string{}
	for _, x := range run(t, s, features).Suspects {
		if x.Kind == KindConflict {
			reasons[x.Path] = x.Reason
		}
	}
	for path, label := range map[string]string{"rare/copy.jpg": "cat", "odd/copy.jpg": "dog", "cat/000.jpg": "rare",
		"dog/000.jpg": "odd"} {
		if !strings.Contains(reasons[path], "has another label, "+label) {
			t.Errorf("%s: %q", path, reasons[path])
		}
	}
}
