package runlog

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/metric"
)

var long = flag.Bool("long", false, "simulate ten times as many samples")

// split5 are the records and accuracies of 5 random splits of 1000 photos, a quarter judged. A
// prediction is right when a level, the luck of the training photos, how hard the photo is, and
// chance add up to more than 0: expected accuracy is truth.
func split5(rng *rand.Rand, truth, spread float64) (records []Record, values []float64) {
	const photos, judged = 1000, 250
	const variety = 3 // of photos, where chance has 1
	level := distuv.UnitNormal.Quantile(truth) * math.Sqrt(1+variety*variety+spread*spread)
	hard, teach := make([]float64, photos), make([]float64, photos)
	for i := range hard {
		hard[i], teach[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	for s := range 5 {
		order, shift, right := rng.Perm(photos), 0.0, 0
		for _, i := range order[judged:] {
			shift += spread * teach[i] / math.Sqrt(photos-judged)
		}
		for _, i := range order[:judged] {
			if level+shift+variety*hard[i]+rng.NormFloat64() > 0 {
				right++
			}
		}
		r := Record{Manifest: "one", Split: fmt.Sprint(s),
			Counts: map[string]int{"train": 650, "val": 100, "test": judged}, Test: &metric.Result{N: judged}}
		records, values = append(records, r), append(values, float64(right)/judged)
	}
	return records, values
}

func TestSplitsCoverage(t *testing.T) {
	repeats := 2000
	if *long {
		repeats *= 10
	}
	for _, spread := range []float64{0, 0.1} { // of fits, where chance has 1: none, and 0.7 points
		rng := rand.New(rand.NewPCG(1, 1))
		const truth = 0.88
		corrected, plain := 0, 0
		for range repeats {
			records, values := split5(rng, truth, spread)
			if _, in := SplitsInterval(records, values); in[0] <= truth && truth <= in[1] {
				corrected++
			}
			if _, in := MeanInterval(values); in[0] <= truth && truth <= in[1] {
				plain++
			}
		}
		share := float64(corrected) / float64(repeats)
		t.Logf("spread %g: corrected %.1f %%, as if splits were independent %.1f %%", spread, 100*share,
			100*float64(plain)/float64(repeats))
		if share < 0.93 || share > 0.975 {
			t.Errorf("spread %g: %.1f %% of the intervals hold the truth", spread, 100*share)
		}
		if plain >= corrected {
			t.Error("overlapping splits should not look as sure as they do without the correction")
		}
	}
}

func TestSplitsInterval(t *testing.T) {
	record := func(split, manifest string) Record {
		return Record{Split: split, Manifest: manifest, Counts: map[string]int{"train": 60, "val": 15, "test": 25},
			Test: &metric.Result{N: 25}}
	}
	values := []float64{0.8, 0.9, 0.85, 0.85}
	tests := []struct {
		name, reason string
		records      []Record
		want         float64 // half width, in that of independent repeats
	}{
		{"splits", "1/4 + 1/3 in place of 1/4", []Record{record("a", "x"), record("b", "x"), record("c", "x"),
			record("d", "x")}, math.Sqrt((1.0/4 + 1.0/3) * 4)},
		{"seeds", "one split: independent given its images", []Record{record("a", "x"), record("a", "x"),
			record("a", "x"), record("a", "x")}, 1},
	}
	_, plain := MeanInterval(values)
	for _, tt := range tests {
		mean, in := SplitsInterval(tt.records, values)
		if got := (in[1] - in[0]) / (plain[1] - plain[0]); math.Abs(mean-0.85) > 1e-12 || math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: mean %g, interval %g times as wide, want %g: %s", tt.name, mean, got, tt.want, tt.reason)
		}
	}
	twice := []Record{record("a", "x"), record("a", "x"), record("b", "x")}
	if mean, in := SplitsInterval(twice, []float64{0.8, 0.9, 0.95}); math.Abs(mean-0.9) > 1e-12 || in[0] > 0.5 {
		t.Errorf("two splits, one fitted twice: mean %g %v", mean, in)
	}
	// The committed figure of leakage: five splits of solar, 656 of 2,624 cells judged.
	var solar []Record
	for i := range 5 {
		r := record(fmt.Sprint(i), "solar")
		r.Counts = map[string]int{"train": 1706, "val": 262, "test": 656}
		solar = append(solar, r)
	}
	mean, in := SplitsInterval(solar, []float64{0.8918, 0.8674, 0.8994, 0.8811, 0.8780})
	if math.Abs(mean-0.884) > 0.0005 || math.Abs(in[0]-0.858) > 0.0005 || math.Abs(in[1]-0.909) > 0.0005 {
		t.Errorf("solar at random %.4f, %.4f", mean, in)
	}
}
