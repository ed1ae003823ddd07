package finetune

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/recipe"
)

// compiled is a training step above stage7 with three classes, and the weights it starts from.
type compiled struct {
	*trainer
	config recipe.Config
	before backbone.Weights
}

func compileStep(t *testing.T) compiled {
	t.Helper()
	e := enginetest.Open(t)
	c := quick()
	c.Size = 64 // smaller inputs end in one position, where noise lights no feature
	r, err := resolve(c)
	if err != nil {
		t.Fatal(err)
	}
	before, err := backbone.Pretrained(context.Background(), r.spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	before[network.HeadKernel] = safetensors.Tensor{Shape: []int{r.spec.Features, 3},
		Data: make([]float32, r.spec.Features*3)}
	for i := range before[network.HeadKernel].Data {
		before[network.HeadKernel].Data[i] = float32(i%7-3) / 100
	}
	before[network.HeadBias] = safetensors.Tensor{Shape: []int{3}, Data: []float32{0.1, -0.2, 0.3}}
	made, err := newTrainer(e.Backend, r, before, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(made.close)
	return compiled{made, r.Config, before}
}

// noise are made-up activations with the given labels.
func noise(labels ...int) examples {
	return examples{labels: labels, source: rows(func(dst []byte, i, _ int) error {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		for k := 0; k < len(dst); k += 2 {
			// half-precision numbers of 2 to 8, and -8 to -2
			dst[k], dst[k+1] = byte(r.IntN(256)), byte(0x40+r.IntN(8)|r.IntN(2)<<7)
		}
		return nil
	})}
}

// train starts anew from weights and returns every tensor after c's epochs, and the loss of the
// last one.
func (s compiled) train(t *testing.T, c recipe.Config, from backbone.Weights, e examples,
	weights []float32) (map[string]backbone.Tensor, float64) {
	t.Helper()
	if err := s.load(from); err != nil {
		t.Fatal(err)
	}
	loss := 0.0
	for epoch := range c.Epochs {
		var err error
		if loss, _, err = s.epoch(context.Background(), c, e, weights, epoch, nil); err != nil {
			t.Fatal(err)
		}
	}
	after, err := s.state()
	if err != nil {
		t.Fatal(err)
	}
	return after, loss
}

func TestTrainingStep(t *testing.T) {
	s := compileStep(t)
	t.Run("only what is above the cut moves", s.movesAboveTheCut)
	t.Run("decay", s.decaysKernels)
	t.Run("smoothed cross entropy", s.smoothsLabels)
	t.Run("in one pass", s.updatesInOnePass)
}

// updatesInOnePass: AdamW over one vector of all parameters gives the parameters and the loss of
// AdamW tensor by tensor, with both learning rates and with decay where it belongs.
func (s compiled) updatesInOnePass(t *testing.T) {
	c := s.config
	c.Epochs, c.WeightDecay = 2, 0.3
	images, weights := noise(0, 1, 2, 0, 1, 2, 0, 1, 2, 0), slices.Repeat([]float32{1}, 10)
	want, wantLoss := s.train(t, c, s.before, images, weights)
	t.Setenv(backbone.FormVar, "adamw=flat")
	flat := compileStep(t)
	got, loss := flat.train(t, c, s.before, images, weights)
	if math.Abs(loss-wantLoss) > 1e-5*wantLoss {
		t.Errorf("the loss is %v, and %v tensor by tensor", loss, wantLoss)
	}
	if len(got) != len(want) {
		t.Fatalf("%d tensors, want %d", len(got), len(want))
	}
	worst, where, moved := 0.0, "", 0.0
	for name, w := range want {
		for i, x := range w.Data {
			if d := math.Abs(float64(x - got[name].Data[i])); d > worst {
				worst, where = d, name
			}
			if before, ok := s.before[name]; ok {
				moved = max(moved, math.Abs(float64(x-before.Data[i])))
			}
		}
	}
	t.Logf("losses %v and %v; largest difference %.2g, in %s, of parameters that moved by up to %.2g", loss, wantLoss,
		worst, where, moved)
	if worst > 1e-2*moved {
		t.Errorf("%s differs by %g, and parameters moved by %g", where, worst, moved)
	}
}

func (s compiled) movesAboveTheCut(t *testing.T) {
	c := s.config
	c.Epochs = 2
	after, _ := s.train(t, c, s.before, noise(0, 1, 2, 0, 1, 2, 0, 1, 2, 0), slices.Repeat([]float32{1}, 10))
	for name, w := range s.before {
		now, above := after[name]
		if above != (strings.HasPrefix(name, "stage7.") || strings.HasPrefix(name, "top") ||
			strings.HasPrefix(name, "head.")) {
			t.Errorf("%s: part of training is %v at cut %s", name, above, c.Cut)
		}
		same := slices.Equal(w.Data, now.Data)
		switch statistics := strings.HasSuffix(name, ".mean") || strings.HasSuffix(name, ".variance"); {
		case above && statistics && !same:
			t.Errorf("%s is a stored statistic, and moved", name)
		case above && !statistics && same:
			t.Errorf("%s lies above the cut, and did not move", name)
		}
	}
}

// decaysKernels takes one step with and one without decay: what differs is the decay, rate x decay
// x value.
func (s compiled) decaysKernels(t *testing.T) {
	c := s.config
	c.Epochs, c.Batch, c.LR, c.HeadLRMultiplier, c.WarmUp, c.WeightDecay = 1, s.batch, 0.01, 2, 0, 0
	e, weights := noise(0, 1, 2, 1), slices.Repeat([]float32{1}, 4)
	without, _ := s.train(t, c, s.before, e, weights)
	c.WeightDecay = 0.5
	with, _ := s.train(t, c, s.before, e, weights)
	kernels := 0
	for name, plain := range without {
		if strings.HasPrefix(name, "m:") || strings.HasPrefix(name, "v:") {
			continue
		}
		share := 0.0 // batch norm and biases: their size does not make a network overfit
		if strings.HasSuffix(name, ".kernel") {
			share = c.LR * c.WeightDecay
			kernels++
		}
		if name == network.HeadKernel {
			share *= c.HeadLRMultiplier
		}
		for i, v := range plain.Data {
			got, want := float64(v-with[name].Data[i]), share*float64(s.before[name].Data[i])
			if math.Abs(got-want) > 2e-6*(1+math.Abs(float64(v))) {
				t.Errorf("%s[%d] is decayed by %g, want %g", name, i, got, want)
				break
			}
		}
	}
	if kernels != 5 {
		t.Errorf("%d kernels were looked at, want three of stage7, top's and the classifier's", kernels)
	}
}

// smoothsLabels has a classifier that always says 1/8, 2/8, 5/8, so that the loss can be worked out
// by hand.
func (s compiled) smoothsLabels(t *testing.T) {
	constant := backbone.Weights{}
	for name, w := range s.before {
		constant[name] = w
	}
	constant[network.HeadKernel] = safetensors.Zeros(s.before[network.HeadKernel].Shape...)
	constant[network.HeadBias] = safetensors.Tensor{Shape: []int{3}, Data: []float32{0, float32(math.Log(2)),
		float32(math.Log(5))}}
	for _, c := range []struct {
		name, reason string
		smoothing    float64
		weights      []float32
		want         float64
	}{
		{"plain", "the mean of ln 8 = 2.07944 and ln 8/5 = 0.47000", 0, []float32{1, 1}, 1.27472},
		{"smoothed", "targets 0.8, 0.1, 0.1 and 0.1, 0.1, 0.8 of ln 8, ln 4 = 1.38629, ln 8/5: the mean of " +
			"1.84918 and 0.72258", 0.3, []float32{1, 1}, 1.28588},
		{"weighted", "the first image counts three times the second: (3 x 1.84918 + 0.72258) / 4", 0.3,
			[]float32{1.5, 0.5}, 1.56753},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := s.config
			config.Epochs, config.LabelSmoothing = 1, c.smoothing
			if _, loss := s.train(t, config, constant, noise(0, 2), c.weights); math.Abs(loss-c.want) > 1e-4 {
				t.Errorf("loss %.5f, want %.5f: %s", loss, c.want, c.reason)
			}
		})
	}
}
