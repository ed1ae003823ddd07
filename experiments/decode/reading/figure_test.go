package reading

import (
	"math"
	"strings"
	"testing"

	"imagelab/lib/figure/figuretest"

	"imagelab/lib/runlog"
)

// timed is a made-up report of these sizes, megapixels.
func timed(sizes ...float64) Report {
	r := Report{Environment: runlog.Environment{Cores: 2}, Rounds: 5,
		Baselines: []Baseline{{Name: "training above stage6", Seconds: 4}, {Name: "the forward pass", Seconds: 8}}}
	for _, form := range Forms() {
		for _, mp := range sizes {
			s := map[string]float64{Original: 4 * mp, Downsized: 4 * math.Min(mp, 4), Small: 1.2, Packed: 0.02}[form]
			r.Costs = append(r.Costs, Cost{Format: form, Megapixels: mp, Seconds: s, Low: 0.9 * s, High: 1.3 * s})
		}
	}
	return r
}

func TestDecodeTitle(t *testing.T) {
	tests := []struct {
		reason string
		report Report
		says   string
	}{
		{"4 s a megapixel cross 8 s at two", timed(0.3, 1, 4, 12), "From 2 megapixels on"},
		{"large photos only", timed(4, 12), "at every size"},
		{"small photos only", timed(0.1, 0.3), "never"},
		{"nothing to compare with", Report{Costs: timed(1).Costs}, "Reading photos by size"},
		{"nothing at all", Report{}, "No reading"},
	}
	for _, tt := range tests {
		f := tt.report.Figure()
		if !strings.Contains(f.Title.Text, tt.says) {
			t.Errorf("title %q does not say %q: %s", f.Title.Text, tt.says, tt.reason)
		}
		if _, err := f.SVG(); err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestGolden(t *testing.T) {
	figuretest.Golden(t, "decode", "what the network takes crosses the lines", timed(0.3, 1, 4, 12).Figure())
}
