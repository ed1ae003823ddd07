package audit

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/dhash"
)

// singles are units of n deployment photos that have nothing to do with each other.
func singles(a *auditor, n int) []int {
	units := make([]int, n)
	for i := range units {
		units[i] = len(a.images) + i
	}
	return units
}

const (
	ofFilms   = 10 // films of the set, and as many of the deployment folder
	ofPhotos  = 6  // photos of a film
	filmWidth = 16
	unread    = "no hash" // stands for a hash that was taken, so that no file is read
)

// films is an auditor of a set of films, with features and measures that are mostly those of their
// film, and the photos of a deployment folder that has other films. shift is the difference
// between the two; the standard deviation of films is 1.
func films(t *testing.T, seed uint64, shift float64) (a *auditor, mine []int, other *auditor) {
	r := rand.New(rand.NewPCG(seed, 7))
	film := func(to *auditor, n int, shift float64) {
		centre, light := make([]float64, filmWidth), r.NormFloat64()+shift
		for j := range centre {
			centre[j] = r.NormFloat64() + shift
		}
		for range ofPhotos {
			row := make([]float32, filmWidth)
			for j, v := range centre {
				row[j] = float32(v + 0.3*r.NormFloat64())
			}
			name := fmt.Sprintf("%d/%d.jpg", n, len(to.images))
			to.images = append(to.images, dataset.Image{Path: name, SHA256: name, Pixels: name, Width: 400, Height: 300,
				Hash: unread, Group: fmt.Sprintf("film %d", n)})
			to.features = append(to.features, row)
			to.measures = append(to.measures, measure{Brightness: 100 + 20*light + r.NormFloat64(),
				Contrast: 40 + 5*light, Sharpness: 9 + light*light})
		}
	}
	a, other = &auditor{Options: Default(), set: &dataset.Set{}}, &auditor{}
	a.Seed = seed
	for n := range ofFilms {
		film(a, n, 0)
		film(other, n, shift)
	}
	a.set.Images = a.images
	if err := a.number(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range a.images {
		mine = append(mine, i)
	}
	return a, mine, other
}

// TestFilmsOfOneDistribution: photos of a film resemble each other, so other films of the same kind
// look like another kind where photos are counted. False alarms must stay near 5 %, and a true
// difference must still be found.
func TestFilmsOfOneDistribution(t *testing.T) {
	e := enginetest.Go(t)
	for _, c := range []struct {
		name        string
		shift       float64
		times       int
		least, most int // of that many comparisons
	}{
		{"films of one kind", 0, 40, 0, 5}, // at 5 %, 5 or fewer of 40 have a probability of 99 %
		{"films of another kind", 2.5, 15, 14, 15},
	} {
		warned, differ := 0, 0
		for k := range c.times {
			a, mine, other := films(t, uint64(k), c.shift)
			a.engine = e
			units, err := a.unitsBehind(t.Context(), &dataset.Set{Images: other.images}, other.images)
			if err != nil {
				t.Fatal(err)
			}
			l := &Likeness{Photos: len(other.images), Compared: len(mine), groups: true}
			if err := a.twoSample(t.Context(), l, mine, other.features, units); err != nil {
				t.Fatal(err)
			}
			a.statistics(l, mine, other.images, other.measures, units)
			a.likenessFinding(l)
			if found(a.result, KindLikeness)[0].Severity == Warning {
				warned++
			}
			if l.differences() != "" {
				differ++
			}
		}
		if warned < c.least || warned > c.most {
			t.Errorf("%s: %d of %d folders are called unlike, not %d to %d", c.name, warned, c.times, c.least, c.most)
		}
		if differ < c.least || differ > c.most {
			t.Errorf("%s: %d of %d folders differ in a statistic, not %d to %d", c.name, differ, c.times, c.least, c.most)
		}
	}
}

// TestUnitsOfDeploymentPhotos: bursts, groups and copies of the deployment folder are one unit
// each, and none is a unit of the set, even where both have a group of the same name.
func TestUnitsOfDeploymentPhotos(t *testing.T) {
	a := &auditor{set: &dataset.Set{Images: []dataset.Image{{Path: "a", SHA256: "a", Pixels: "a", Group: "1"}}}}
	a.images = a.set.Images
	if err := a.number(t.Context()); err != nil {
		t.Fatal(err)
	}
	var picture dhash.Hash
	r := rand.New(rand.NewPCG(1, 1))
	for i := range picture {
		picture[i] = r.Uint64()
	}
	near := picture
	near[0] ^= 5 // two bits of 256
	hash := func(h dhash.Hash) string { return dhash.Fingerprint{Hash: h}.String() }
	images := []dataset.Image{
		{Path: "b", SHA256: "b", Pixels: "b", Hash: unread, Group: "1"},
		{Path: "c", SHA256: "c", Pixels: "c", Hash: unread, Group: "1"},
		{Path: "d", SHA256: "d", Pixels: "d", Hash: hash(picture)},
		{Path: "e", SHA256: "e", Pixels: "e", Hash: hash(near)},
		{Path: "f", SHA256: "f", Pixels: "f", Hash: unread},
		{Path: "g", SHA256: "f", Pixels: "f", Hash: unread},
	}
	units, err := a.unitsBehind(t.Context(), &dataset.Set{}, images)
	if err != nil {
		t.Fatal(err)
	}
	if units[0] != units[1] || units[2] != units[3] || units[4] != units[5] || slices.Min(units) < len(a.images) ||
		units[0] == units[2] || units[2] == units[4] || units[0] == units[4] {
		t.Errorf("units are %v; want three of two photos, from 1 on", units)
	}
}

// TestUnitMeans: a unit counts once, and equal values stay equal whatever the size of their unit:
// else all photos of one shape would differ in shape from those of a folder with other groups.
func TestUnitMeans(t *testing.T) {
	if got := unitMeans([]float64{1, 5, 3, 8}, []int{4, 2, 4, 9}); !reflect.DeepEqual(got, []float64{2, 5, 8}) {
		t.Errorf("means are %v, want 2, 5, 8", got)
	}
	third := 4.0 / 3
	for n := 1; n < 50; n++ {
		if got := unitMeans(slices.Repeat([]float64{third}, n), make([]int, n)); got[0] != third {
			t.Errorf("the mean of %d times %v is %v", n, third, got[0])
		}
	}
}

// TestUpperP: values of the exact distribution, where the largest number of pairs has one order of
// the units out of all.
func TestUpperP(t *testing.T) {
	for _, c := range []struct{ m, n, want float64 }{{4, 4, 1.0 / 70}, {5, 5, 1.0 / 252}, {3, 6, 1.0 / 84}} {
		if p := upperP(c.m*c.n, c.m, c.n); math.Abs(p-c.want) > 0.003 {
			t.Errorf("%v of %v units: p is %.4f, exactly %.4f", c.m, c.n, p, c.want)
		}
	}
	if p := upperP(0, 20, 20); p < 0.99 {
		t.Errorf("no pair in the right order: p is %v", p)
	}
}

// TestTooFewFilms: 20 photos of few films are no test, however well they are told apart, and a
// folder is not called like the set because of that.
func TestTooFewFilms(t *testing.T) {
	for _, c := range []struct {
		films int
		auc   float64
	}{{4, 0}, {6, 0}, {8, 1}} { // in two halves: 3 of 3 films in order have p = 0.05, times two
		var probs [][]float64
		var labels, units, fold []int
		for i := range 10 * c.films {
			film, label := i%c.films, i/(5*c.films)
			probs = append(probs, []float64{0, float64(label)})
			labels, units, fold = append(labels, label), append(units, film+label*c.films), append(fold, film%2)
		}
		if auc, p := halvesAUC(probs, labels, units, fold); auc != c.auc || (auc == 0) != (p == 1) {
			t.Errorf("%d films: AUC %v with p %v, want AUC %v", c.films, auc, p, c.auc)
		}
	}
}

// TestWhatPAssumes: without groups in the folder, nobody knows which photos belong together.
func TestWhatPAssumes(t *testing.T) {
	for _, groups := range []bool{false, true} {
		a := &auditor{}
		a.likenessFinding(&Likeness{Photos: 60, Compared: 60, AUC: 0.7, P: 0.01, groups: groups})
		if says := strings.Contains(a.result.Findings[0].Text, "assumes unrelated"); says == groups {
			t.Errorf("groups known %v: %s", groups, a.result.Findings[0].Text)
		}
	}
}
