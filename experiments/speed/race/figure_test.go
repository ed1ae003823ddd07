package race

import (
	"strings"
	"testing"

	"imagelab/lib/figure/figuretest"
)

func ratio(work, peer string, low, middle, high float64) Ratio {
	return Ratio{Work: work, PeerName: peer, Ratio: middle, Min: low, Max: high}
}

func ratios() []Ratio {
	return []Ratio{
		ratio("decode and resize", "Pillow with draft", 1.1, 1.3, 1.4),
		ratio("difference hash", "imagehash", 1.9, 2.1, 2.2), ratio("difference hash", "imagehash with draft", 0.6,
			0.7, 0.72),
		ratio("forward, batch 1", "PyTorch", 1.3, 1.6, 1.7), ratio("forward, batch 1", "ONNX Runtime", 0.5, 0.62, 0.66),
		ratio("forward, best batch", "PyTorch", 1.2, 1.5, 2.4), ratio("forward, best batch", "ONNX Runtime", 0.44, 0.5, 0.62),
		ratio("step, cut all", "PyTorch", 0.5, 0.7, 0.75), ratio("step, cut stage7", "PyTorch", 8, 9, 12),
		ratio("step, stage7 against all", "ours, cut all", 14, 15, 16),
		{Work: "measured alone"},
		ratio("whole way, cut head", "fastai", 21, 21, 21),
	}
}

func TestContest(t *testing.T) {
	for _, tt := range []struct {
		reason string
		ratios []Ratio
		says   string
	}{
		{"works without a peer are not counted, nor is ours its own", ratios(), "in 6 of 10"},
		{"one is enough", ratios()[:1], "Faster than every peer"},
		{"ours alone", ratios()[9:10], "against another"},
		{"none", ratios()[10:11], "No peer"},
		{"nothing", nil, "No peer"},
	} {
		f := Figure(tt.ratios)
		if !strings.Contains(f.Title.Text, tt.says) {
			t.Errorf("title %q does not say %q: %s", f.Title.Text, tt.says, tt.reason)
		}
		if _, err := f.SVG(); err != nil {
			t.Errorf("%s: %v", tt.reason, err)
		}
	}
}

func TestGolden(t *testing.T) {
	figuretest.Golden(t, "contest", "works stand apart, their peers below each other", Figure(ratios()))
}
