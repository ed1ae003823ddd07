package figure

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"imagelab/lib/backbone"
	"imagelab/lib/figure/figuretest"
	"imagelab/lib/latency"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

var (
	slowMachine = runlog.Environment{Engine: "xla:cpu", OS: "linux", Arch: "amd64", CPU: "AMD EPYC", Cores: 2}
	fastMachine = runlog.Environment{Engine: "xla:cuda", OS: "linux", Arch: "amd64",
		CPU: "Intel(R) Xeon(R) Platinum 8480+", Cores: 16}
)

// network is a backbone at a size, as a made-up trade-off has them.
type network struct {
	backbone string
	size     int
}

func networks() []network {
	return []network{{"efficientnet_lite0", 128}, {"efficientnet_lite0", 160}, {"efficientnet_lite0", 224},
		{"efficientnet_lite1", 240}, {"efficientnet_lite2", 192}, {"efficientnet_lite2", 260}}
}

// costed is a made-up speed, of a machine that is so many times as fast as the slow one.
func costed(t *testing.T, n network, e runlog.Environment, times float64) tradeoff.Speed {
	t.Helper()
	spec, err := backbone.Lookup(n.backbone)
	if err != nil {
		t.Fatal(err)
	}
	seconds := (0.0008 + float64(latency.MultiplyAdds(spec, n.size, 10))/60e9) / times
	s := tradeoff.Speed{Backbone: n.backbone, Size: n.size, Environment: e,
		BundleBytes: 4 * latency.Parameters(spec, 10), Parameters: latency.Parameters(spec, 10), Photos: 48, Megapixels: 0.21}
	s.Latency = tradeoff.Latency{Median: seconds, P90: seconds * 1.12,
		Interval: metric.Interval{seconds * 0.94, seconds * 1.07}}
	for i, part := range []float64{0.00012, 0.0041, 0.0019 * float64(n.size) / 224, 0.0001, seconds} {
		s.Stages = append(s.Stages, runlog.Timing{Stage: tradeoff.Stages()[i], Seconds: part})
	}
	return s
}

// tradedOff is a made-up trade-off of cuts and seeds on one machine or two.
func tradedOff(t *testing.T, cuts []string, machines int) tradeoff.Result {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 0))
	var records []runlog.Record
	var speeds []tradeoff.Speed
	difficulty := make([]float64, 340)
	for i := range difficulty {
		difficulty[i] = rng.Float64()
	}
	for k, n := range networks() {
		for j, cut := range cuts {
			for seed := range uint64(3) {
				wrong := 0.25*math.Exp(-float64(n.size)/150) + 0.05 - 0.006*float64(k) - 0.025*float64(j)*float64(n.size)/224 + 0.06
				r := runlog.Record{ID: fmt.Sprint(k, j, seed), Backbone: n.backbone, Size: n.size, Cut: cut,
					Seed: seed, Split: "5f2c9a41", Dataset: "clothing", Environment: slowMachine}
				r.Outcomes, r.Test = guesses("test", difficulty, wrong, rng)
				var val *metric.Result
				r.Validated, val = guesses("val", difficulty, wrong, rng)
				r.Val = *val
				r.Shared, r.Own = []runlog.Work{{Name: "features",
					Seconds: 9 * costed(t, n, slowMachine, 1).Latency.Median * 300}}, 30*float64(j*(k+1))
				records = append(records, r)
			}
		}
		speeds = append(speeds, costed(t, n, slowMachine, 1))
		if machines > 1 {
			speeds = append(speeds, costed(t, n, fastMachine, 6))
		}
	}
	w, err := tradeoff.Compare(records, speeds, 10*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// guesses of a model that is wrong on this share of images.
func guesses(side string, difficulty []float64, wrong float64, rng *rand.Rand) (*runlog.Outcomes, *metric.Result) {
	o := &runlog.Outcomes{Side: side, Labels: make([]int, len(difficulty)), Predicted: make([]int, len(difficulty))}
	right := 0
	for i, d := range difficulty {
		if 0.9*d+0.1*rng.Float64() < wrong {
			o.Predicted[i] = 1
		} else {
			right++
		}
	}
	return o, &metric.Result{Top1: float64(right) / float64(len(difficulty)), N: len(difficulty)}
}

func speedsOf(t *testing.T, machines int) []tradeoff.Speed {
	t.Helper()
	var speeds []tradeoff.Speed
	for _, n := range networks() {
		speeds = append(speeds, costed(t, n, slowMachine, 1))
		if machines > 1 {
			speeds = append(speeds, costed(t, n, fastMachine, 6))
		}
	}
	return speeds
}

func TestTradeOffGolden(t *testing.T) {
	cuts := []string{"head", "stage6"}
	for _, tt := range []struct {
		name, reason string
		figure       Figure
	}{
		{"tradeoff", "models of one network side by side, the front through the filled ones",
			TradeOff(tradedOff(t, cuts, 1))},
		{"tradeoff-2", "machines by shape, each with its front", TradeOff(tradedOff(t, cuts, 2))},
		{"tradeoff-size", "networks of one backbone share a size", TradeOffSize(tradedOff(t, cuts, 2))},
		{"tradeoff-training", "times in seconds and minutes", TradeOffTraining(tradedOff(t, cuts, 2))},
		{"field", "every network has a name, and those of the comparison are filled", Field(surveyed(t))},
		{"stages", "the slowest is lowest", StageBreakdown(speedsOf(t, 1))},
		{"stages-2", "bars of one machine stand together", StageBreakdown(speedsOf(t, 2))},
	} {
		t.Run(tt.name, func(t *testing.T) {
			figuretest.Golden(t, tt.name, tt.reason, tt.figure)
		})
	}
}

// surveyed is a made-up trade-off with speeds of the whole field.
func surveyed(t *testing.T) tradeoff.Result {
	t.Helper()
	w := tradedOff(t, []string{"head"}, 1)
	for _, n := range latency.Field() {
		s := costed(t, network{n.Backbone, n.Size}, slowMachine, 1)
		spec, err := backbone.Lookup(n.Backbone)
		if err != nil {
			t.Fatal(err)
		}
		s.Published = &tradeoff.Published{Top1: spec.ImageNetTop1, Size: spec.Size, Source: spec.Top1Source()}
		w.Speeds = append(w.Speeds, s)
	}
	return w
}

// TestFieldNames: each of the 17 networks has its name.
func TestFieldNames(t *testing.T) {
	svg, err := Field(surveyed(t)).SVG()
	if err != nil {
		t.Fatal(err)
	}
	text := wellFormed(t, svg)
	for _, name := range backbone.Names() {
		if name = strings.Replace(name, "efficientnet_lite", "lite", 1); !strings.Contains(text, name) {
			t.Errorf("%s has no name in the figure", name)
		}
	}
}

// TestTradeOffAnySize draws no, few and many models: every figure is whole.
func TestTradeOffAnySize(t *testing.T) {
	for _, machines := range []int{1, 2} {
		for _, cuts := range [][]string{{"head"}, {"all", "head", "stage4", "stage5", "stage6", "stage7"}} {
			w := tradedOff(t, cuts, machines)
			for _, f := range []Figure{TradeOff(w), TradeOffSize(w), TradeOffTraining(w)} {
				for _, scale := range []vg.Length{1, 2} {
					svg, err := Figure{f.Plot, scale * Width, scale * Height}.SVG()
					if err != nil {
						t.Fatal(err)
					}
					if text := wellFormed(t, svg); bytes.Contains(svg, []byte("NaN")) || !strings.Contains(text, "lite0@") {
						t.Errorf("%d machines, cuts %v: a coordinate is not a number, or no name is written", machines, cuts)
					}
				}
			}
		}
	}
	one := tradedOff(t, []string{"head"}, 1)
	one.Points = one.Points[:1]
	for name, f := range map[string]Figure{"no points": TradeOff(tradeoff.Result{}),
		"no size": TradeOffSize(tradeoff.Result{}), "no training": TradeOffTraining(tradeoff.Result{}),
		"no field":  Field(tradeoff.Result{}),
		"one point": TradeOff(one), "no bars": StageBreakdown(nil), "one bar": StageBreakdown(speedsOf(t, 1)[:1]),
		"a failed one": StageBreakdown([]tradeoff.Speed{{Error: "no"}})} {
		svg, err := f.SVG()
		if err != nil {
			t.Fatal(err)
		}
		if wellFormed(t, svg); bytes.Contains(svg, []byte("NaN")) || bytes.Contains(svg, []byte("Inf")) {
			t.Errorf("%s: a coordinate is not a number", name)
		}
	}
}

// TestLabelBoard writes names for points at random: those that are written touch neither a mark nor
// each other.
func TestLabelBoard(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	frame := vg.Rectangle{Max: vg.Point{X: 280, Y: 150}}
	var points []vg.Point
	board := &labelBoard{frame: frame}
	for range 90 {
		at := vg.Point{X: 10 + 260*vg.Length(r.Float64()), Y: 10 + 130*vg.Length(r.Float64())}
		points = append(points, at)
		board.marks = append(board.marks, around(at, markRadius))
	}
	c := draw.NewCanvas(vgsvg.New(280, 150), 280, 150)
	for _, at := range points {
		board.write(c, "lite0@224", []vg.Point{at}, false)
	}
	if n := len(board.labels); n < 10 || n == len(points) {
		t.Errorf("%d of %d names were written: there is room for some and not for all", n, len(points))
	}
	for i, a := range board.labels {
		for _, b := range slices.Concat(board.marks, board.labels[i+1:]) {
			a := grow(a, -1)
			a.Min.X, a.Max.X = a.Min.X+2, a.Max.X-2
			if overlap(a, b) > 0 { // labels keep a point of distance, and three between names on a line
				t.Fatalf("%v overlaps %v", a, b)
			}
		}
	}
}

func TestCutNames(t *testing.T) {
	if cutHead != backbone.CutHead || cutAll != backbone.CutAll {
		t.Errorf("figures know the cuts %q and %q, networks %q and %q", cutHead, cutAll, backbone.CutHead, backbone.CutAll)
	}
}
