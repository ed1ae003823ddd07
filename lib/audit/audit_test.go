package audit

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/photo/phototest"
	"imagelab/lib/split"
)

const width = 64

// planted is an auditor of n photos of each class, whose features lie around a centre for each
// class, every fifth of them a test photo. The set lives in memory.
func planted(t *testing.T, n int, classes ...string) *auditor {
	r := rand.New(rand.NewPCG(5, 5))
	a := &auditor{Options: Default(), engine: enginetest.Go(t), set: &dataset.Set{Root: "/photos"}}
	for k, class := range classes {
		for i := range n {
			row := make([]float32, width)
			for j := range row {
				row[j] = float32(r.NormFloat64()) / 2
			}
			row[k] += 3
			name := fmt.Sprintf("%s/%03d.jpg", class, i)
			im := dataset.Image{Path: name, Class: class, SHA256: name, Pixels: name, Width: 300 + i, Height: 200,
				Split: dataset.Train}
			if i%5 == 0 {
				im.Split = dataset.Test
			}
			a.features = append(a.features, row)
			a.set.Images = append(a.set.Images, im)
			a.measures = append(a.measures, measure{Brightness: 100 + 50*r.NormFloat64(),
				Contrast: 40 + r.NormFloat64(), Sharpness: 9 + r.NormFloat64()})
		}
	}
	return a
}

func (a *auditor) run(t *testing.T) Result {
	t.Helper()
	a.images = a.set.Images
	if err := a.audit(t.Context()); err != nil {
		t.Fatal(err)
	}
	return a.result
}

// found are the findings of a kind.
func found(r Result, kind string) []Finding {
	return slices.DeleteFunc(slices.Clone(r.Findings), func(f Finding) bool { return f.Kind != kind })
}

// TestPlantedFaultsAreFound: each fault gives a finding of its kind and severity with its photos,
// and a set without faults gives none of them.
func TestPlantedFaultsAreFound(t *testing.T) {
	for _, c := range []struct {
		name, reason   string
		plant          func(a *auditor)
		kind, severity string
		text           string
		photos         []string
	}{
		{"the same photo on two sides", "it was learned",
			func(a *auditor) { a.set.Images[1].SHA256 = a.set.Images[0].SHA256 }, KindLeak, Error, "same bytes: 1",
			[]string{"cat/000.jpg", "cat/001.jpg"}},
		{"a group on two sides", "photos of a group resemble each other", func(a *auditor) {
			a.set.Images[0].Group,
				a.set.Images[1].Group = "g", "g"
		}, KindLeak, Error, "same group: 1", []string{"cat/000.jpg", "cat/001.jpg"}},
		{"the details of a photo on two sides", "the gate does not see crops", func(a *auditor) {
			a.near = []Leak{{split.LeakEmbedding, []string{"cat/000.jpg", "cat/001.jpg"},
				[]string{dataset.Test, dataset.Train}, 0.9}}
		}, KindLeak, Error, "same details: 1", []string{"cat/000.jpg", "cat/001.jpg"}},
		{"a class without training photos", "it cannot be learned", func(a *auditor) {
			for i := range a.set.Images[:60] {
				a.set.Images[i].Split = dataset.Test
			}
		}, KindBalance, Error, "no train photo (cat)", nil},
		{"another share of a class", "accuracy depends on the shares", func(a *auditor) {
			for i := range a.set.Images[:30] {
				a.set.Images[i].Split = dataset.Test
			}
		}, KindShares, Warning, "cat 60.0 %", nil},
		{"no test side", "nothing is tested", func(a *auditor) {
			for i := range a.set.Images {
				a.set.Images[i].Split = ""
			}
		}, KindSplit, Warning, "no test side", nil},
		{"wrong labels on dark photos", "a model is worse on them", func(a *auditor) {
			for i := range 16 {
				a.measures[10*i].Brightness, a.set.Images[10*i].Class = -200, []string{"elk", "cat", "dog"}[i%3]
			}
		}, KindSlice, Warning, "darkest fifth", nil},
		{"some photos without a label", "they are left out where labels matter",
			func(a *auditor) { a.set.Images[3].Class = "" }, KindSize, Warning, "36 test photos", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := planted(t, 60, "cat", "dog", "elk")
			c.plant(a)
			r := a.run(t)
			ok := func(f Finding) bool {
				return f.Severity == c.severity && strings.Contains(f.Text, c.text) &&
					(c.photos == nil || reflect.DeepEqual(f.Photos, c.photos))
			}
			if !slices.ContainsFunc(found(r, c.kind), ok) {
				t.Errorf("%s: not found in\n%s%v", c.reason, r, found(r, c.kind))
			}
		})
	}
	clean := planted(t, 60, "cat", "dog", "elk").run(t)
	if clean.Count(Error) > 0 || len(found(clean, KindShares)) > 0 || found(clean, KindSlice)[0].Severity != Note {
		t.Errorf("a set without faults:\n%s", clean)
	}
}

// TestLeakedPhotosAreCounted: accuracy is told with and without the leaked test photos, of every
// tier, and a photo that leaks for two reasons counts once.
func TestLeakedPhotosAreCounted(t *testing.T) {
	a := planted(t, 60, "cat", "dog", "elk")
	images := a.set.Images
	images[0].SHA256, images[5].Pixels = images[1].SHA256, images[6].Pixels
	images[10].Group, images[11].Group = "g", "g"
	for i := range 5 { // test photos with a wrong label, which look like the training photos that are copied
		copy(a.features[5*i+60], a.features[5*i+1])
		a.near = append(a.near, Leak{split.LeakEmbedding, []string{images[5*i+1].Path, images[5*i+60].Path},
			[]string{dataset.Train, dataset.Test}, 0.9})
	}
	a.near = append(a.near, Leak{split.LeakEmbedding, []string{images[0].Path, images[2].Path},
		[]string{dataset.Test, dataset.Train}, 0.9})
	r := a.run(t)
	l := r.Leakage
	if l == nil || l.Photos != 36 || l.Leaked != 8 || l.Without > l.With || l.With-l.Without > 3 || l.Without < 26 {
		t.Errorf("of 36 test photos 8 leak, of which 3 have the right label: %+v\n%s", l, r)
	}
	if len(r.Leaks) != 9 || len(found(r, KindLeak)[0].Photos) != 14 {
		t.Errorf("%d leaks of %d photos: %+v", len(r.Leaks), len(found(r, KindLeak)[0].Photos), r.Leaks)
	}
}

// TestOddSets: sets of which little can be said are audited as far as that goes.
func TestOddSets(t *testing.T) {
	for _, c := range []struct {
		name  string
		set   func() *auditor
		wants string
	}{
		{"one photo", func() *auditor { a := planted(t, 1, "cat"); return a }, "one class only"},
		{"no labels", func() *auditor {
			a := planted(t, 30, "cat")
			for i := range a.set.Images {
				a.set.Images[i].Class = ""
			}
			return a
		}, "No photo, and no copy"},
		{"three hundred times one photo, flat", func() *auditor {
			a := planted(t, 100, "cat", "dog", "elk")
			for i := range a.features {
				a.features[i] = make([]float32, width)
				a.measures[i] = measure{}
				a.set.Images[i].SHA256, a.set.Images[i].Pixels = "one", "one"
			}
			return a
		}, "All test photos leak"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.set().run(t)
			if !strings.Contains(r.String(), c.wants) || math.IsNaN(r.Accuracy) {
				t.Errorf("not %q:\n%s", c.wants, r)
			}
		})
	}
}

// TestNeededPhotos holds the formula against values of the literature, and against its inverse.
func TestNeededPhotos(t *testing.T) {
	for _, c := range []struct {
		name                   string
		difference, discordant float64
		want                   int
	}{
		{"Connor's formula by hand: (1.95996 √0.2 + 0.84162 √0.19)² / 0.01", 0.1, 0.2, 155},
		{"two points where a tenth is discordant", 0.02, 0.1, 1960},
		{"discordant is at least the difference", 0.1, 0.01, 77},
	} {
		if n := NeededPhotos(c.difference, c.discordant); math.Abs(float64(n-c.want)) > 2 {
			t.Errorf("%s: %d, not %d", c.name, n, c.want)
		}
	}
	if d := Detectable(NeededPhotos(0.05, 0.1), 0.1); math.Abs(d-0.05) > 0.001 {
		t.Errorf("%.4f", d)
	}
}

// TestFisher: values of R's fisher.test.
func TestFisher(t *testing.T) {
	for _, c := range []struct {
		hits, drawn, kind, all int
		want                   float64
	}{{3, 4, 4, 8, 0.4857}, {1, 10, 12, 24, 0.002759}, {0, 5, 0, 10, 1}} {
		if p := fisher(c.hits, c.drawn, c.kind, c.all); math.Abs(p-c.want) > 1e-4 {
			t.Errorf("%+v: %.6f", c, p)
		}
	}
}

// TestMeasurePixels: a picture made darker, flatter or blurred measures so, and flat ones are 0.
func TestMeasurePixels(t *testing.T) {
	noise, dark := phototest.Noise(64, 64), image.NewNRGBA(image.Rect(0, 0, 64, 64))
	flat := image.NewNRGBA(image.Rect(0, 0, 300, 2))
	for i := range noise.Pix {
		dark.Pix[i] = noise.Pix[i] / 4
	}
	for i := range flat.Pix {
		flat.Pix[i] = 255
	}
	flat.Set(0, 0, color.White)
	n, d, f := measurePixels(noise), measurePixels(dark), measurePixels(flat)
	if !(d.Brightness < n.Brightness && d.Contrast < n.Contrast && d.Sharpness < n.Sharpness) ||
		math.Abs(f.Brightness-255) > 1e-6 || f.Contrast > 1e-6 || f.Sharpness > 1e-6 {
		t.Errorf("%+v %+v %+v", n, d, f)
	}
	if other := measurePixels(struct{ image.Image }{noise}); math.Abs(other.Contrast-n.Contrast) > 1e-9 ||
		math.Abs(other.Sharpness-n.Sharpness) > 1e-6 {
		t.Errorf("a picture of another kind measures %+v, want %+v", other, n)
	}
}

// TestBelieved: times that lie make no slices.
func TestBelieved(t *testing.T) {
	day := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	make100 := func(at func(i int) time.Time) (out []measure) {
		for i := range 100 {
			out = append(out, measure{Taken: at(i)})
		}
		return out
	}
	for _, c := range []struct {
		name string
		at   func(i int) time.Time
		want bool
	}{
		{"a photo a minute", func(i int) time.Time { return day.Add(time.Duration(i) * time.Minute) }, true},
		{"all equal", func(int) time.Time { return day }, false},
		{"none", func(int) time.Time { return time.Time{} }, false},
		{"three a second, as in bursts", func(i int) time.Time { return day.Add(time.Duration(i/3) * time.Second) }, true},
	} {
		if got := believed(make100(c.at)); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestTwoSampleTest: photos of one kind are seldom called different, and other ones mostly.
func TestTwoSampleTest(t *testing.T) {
	const times = 40
	for _, c := range []struct {
		name        string
		shift       float64
		least, most int // tests of 40 with p below 0.05
	}{{"the same kind", 0, 0, 6}, {"another kind", 0.5, 36, times}} {
		found := 0
		for k := range times {
			a := planted(t, 20, "cat", "dog", "elk")
			a.Seed = uint64(k)
			r := rand.New(rand.NewPCG(uint64(k), 1))
			row := func(shift float64) []float32 {
				out := make([]float32, width)
				for j := range out {
					out[j] = float32(r.NormFloat64() + shift)
				}
				return out
			}
			var mine []int
			for i := range a.features {
				a.features[i], mine = row(0), append(mine, i)
			}
			a.images = a.set.Images
			if err := a.number(t.Context()); err != nil {
				t.Fatal(err)
			}
			var other [][]float32
			for range 40 {
				other = append(other, row(c.shift))
			}
			var l Likeness
			if err := a.twoSample(t.Context(), &l, mine, other, singles(a, len(other))); err != nil {
				t.Fatal(err)
			}
			if l.P < 0.05 {
				found++
			}
		}
		if found < c.least || found > c.most {
			t.Errorf("%s: %d of %d tests find a difference, not %d to %d", c.name, found, times, c.least, c.most)
		}
	}
}

// TestDeploymentFolders: a folder of another kind is told apart from one of the same kind, and few
// photos are no test.
func TestDeploymentFolders(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		photos       int
		row          func(r *rand.Rand, own []float32) []float32
		severity     string
		says         string
	}{
		{"the same kind", "they are drawn as the set was", 60, func(r *rand.Rand, own []float32) []float32 {
			return noisy(r, own, 0.5, 0)
		}, Note, "like the photos of the set"},
		{"another kind", "what they show is in no photo of the set", 60, func(r *rand.Rand, own []float32) []float32 {
			return noisy(r, make([]float32, width), 0.1, 9)
		}, Warning, "of another kind than the set"},
		{"three photos", "that many prove nothing", 3, func(r *rand.Rand, own []float32) []float32 {
			return noisy(r, own, 0.5, 0)
		}, Note, "too few for a test"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, r := planted(t, 40, "cat", "dog", "elk"), rand.New(rand.NewPCG(9, 9))
			a.images = a.set.Images
			if err := a.number(t.Context()); err != nil {
				t.Fatal(err)
			}
			var mine []int
			var features [][]float32
			var images []dataset.Image
			for i := range a.images {
				mine = append(mine, i)
			}
			for k := range c.photos {
				own := make([]float32, width)
				own[k%3] = 3
				features = append(features, c.row(r, own))
				images = append(images, dataset.Image{Path: fmt.Sprintf("new/%d.jpg", k), Width: 300, Height: 200})
			}
			l := &Likeness{Photos: len(images), Compared: len(mine)}
			if err := a.twoSample(t.Context(), l, mine, features, singles(a, len(features))); err != nil {
				t.Fatal(err)
			}
			if err := a.distances(t.Context(), l, images, features); err != nil {
				t.Fatal(err)
			}
			a.likenessFinding(l)
			f := found(a.result, KindLikeness)[0]
			if f.Severity != c.severity || !strings.Contains(f.Text, c.says) {
				t.Errorf("%s: %s: %s", c.reason, f.Severity, f.Text)
			}
		})
	}
}

// noisy is a row with noise of so much, and shift on its last value.
func noisy(r *rand.Rand, row []float32, noise, shift float64) []float32 {
	out := make([]float32, len(row))
	for j, v := range row {
		out[j] = v + float32(noise*r.NormFloat64())
	}
	out[len(out)-1] += float32(shift)
	return out
}
