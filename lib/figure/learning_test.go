package figure

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"imagelab/lib/curve"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// learned is a made-up learning curve of n classes, each larger and harder than the one before,
// with this floor of the error.
func learned(t *testing.T, name string, n int, floor float64, seed uint64) curve.Result {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0))
	classes, labels := letters(n), []int{}
	difficulty := []float64{}
	for i := range 240 {
		labels, difficulty = append(labels, i%n), append(difficulty, rng.Float64())
	}
	var records []runlog.Record
	for s := range 5 {
		for _, size := range []int{5, 10, 20, 50, 100, 200, 0} {
			r := runlog.Record{ID: fmt.Sprint(size, s), Seed: uint64(s), PerClass: size, Cut: name,
				Split: "5f2c9a417b30", Trained: map[string]int{}, Val: metric.Result{Classes: classes}}
			r.Outcomes = &runlog.Outcomes{Side: "val", Labels: labels}
			for k, class := range classes {
				r.Trained[class] = 80 + 240*k/n
				if size > 0 {
					r.Trained[class] = min(r.Trained[class], size)
				}
			}
			shift := 0.03 * rng.NormFloat64()
			for i, k := range labels {
				wrong := floor + (0.9+float64(k)/float64(n))*math.Pow(float64(r.Trained[classes[k]]), -0.6)
				predicted := k
				if 0.8*difficulty[i]+0.2*rng.Float64() < wrong+shift*wrong {
					predicted = (k + 1) % n
				}
				r.Outcomes.Predicted = append(r.Outcomes.Predicted, predicted)
			}
			records = append(records, r)
		}
	}
	c, err := curve.New(records)
	if err != nil {
		t.Fatal(err)
	}
	c.Regime = "equal epochs"
	return curve.Result{Curve: c, Forecast: c.Forecast(1)}
}

func TestLearningEdges(t *testing.T) {
	full := learned(t, "head", 3, 0.09, 1)
	bare := full
	bare.Forecast = curve.Forecast{Why: "one seed"}
	other := full
	other.Curve.Split = "another"
	odd := full
	odd.Curve.Name, odd.Curve.Split = "<script>\n", ""
	empty := full
	empty.Curve.Classes = nil
	short := full
	short.Curve.Points, short.Forecast = full.Curve.Points[:1], bare.Forecast
	tests := []struct {
		name   string
		reason string
		figure Figure
		says   string
	}{
		{"none", "a run may have no curve", LearningCurve(), "No learning curve"},
		{"no forecast", "it is said, nothing is dashed", LearningCurve(bare), "no forecast yet"},
		{"one point", "a sweep that has just begun", LearningCurve(short), "with 5 photos a class"},
		{"two splits", "their digests are not one", LearningCurve(full, other), "each curve on its own split"},
		{"more than colours", "colours repeat, names do not", LearningCurve(full, full, full, full, full, full), "head"},
		{"odd name", "it stays text", LearningCurve(odd, full), "<script>"},
		{"no gain", "no class is singled out", LearningClasses(bare), "There is no forecast yet"},
		{"no classes", "an empty plot", LearningClasses(empty), "gains most"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			svg, err := tt.figure.SVG()
			if err != nil {
				t.Fatal(err)
			}
			if text := wellFormed(t, svg); !strings.Contains(text, tt.says) {
				t.Errorf("%q does not say %q: %s", text, tt.says, tt.reason)
			}
			if bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
				t.Error("a coordinate is not a number")
			}
		})
	}
}

func TestSizeTicks(t *testing.T) {
	for _, c := range []struct {
		reason    string
		low, high float64
		want      string
	}{
		{"some hundred photos", 4.7, 614, "5 10 20 50 100 200 500"},
		{"many thousand: labels would run into each other", 4.7, 12_000, "10 100 1000 10000"},
	} {
		var labels []string
		for _, tick := range (sizeTicks{}).Ticks(c.low, c.high) {
			if !tick.IsMinor() {
				labels = append(labels, tick.Label)
			}
		}
		if got := strings.Join(labels, " "); got != c.want {
			t.Errorf("%s: ticks %s, want %s", c.reason, got, c.want)
		}
	}
}
