package finetune

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/engine"
	"imagelab/lib/imgset"
	"imagelab/lib/runlog"
	"imagelab/lib/safetensors"
	"imagelab/lib/split"
)

// generated writes a folder per class of made-up photos, stripes in the direction of the class with noise, and returns the
// ingested and split set. Generated images, because the truth must be known.
func generated(t testing.TB, perClass int) *imgset.Set {
	t.Helper()
	photos := t.TempDir()
	r := rand.New(rand.NewPCG(1, 1))
	for class, name := range []string{"across", "down", "slanted"} {
		dir := filepath.Join(photos, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		for i := range perClass {
			writePNG(t, filepath.Join(dir, fmt.Sprintf("%02d.png", i)), stripes(class, r))
		}
	}
	s, err := imgset.Ingest(context.Background(), photos, filepath.Join(t.TempDir(), "set"), imgset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := split.Run(s, split.Options{Val: 0.25, Test: 0.25, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	return s
}

func stripes(class int, r *rand.Rand) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, 96, 80))
	period, phase := 6+r.Float64()*8, r.Float64()*6
	for y := range 80 {
		for x := range 96 {
			along := []float64{float64(y), float64(x), float64(x + y)}[class]
			v := uint8(128 + 80*math.Sin((along+phase)*2*math.Pi/period) + 40*(r.Float64()-0.5))
			img.Set(x, y, color.NRGBA{v, uint8(r.IntN(256)), v, 255})
		}
	}
	return img
}

func writePNG(t testing.TB, path string, img image.Image) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, img), f.Close()); err != nil {
		t.Fatal(err)
	}
}

func openEngine(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := engine.Open(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// quick trains the last stage on small inputs.
func quick() Config {
	c := Default()
	c.Size, c.Cut, c.Epochs, c.Batch, c.Views, c.Patience = 64, "stage7", 4, 8, 1, 100
	return c
}

func TestRunTrainsAndRemembers(t *testing.T) {
	s, e, ctx := generated(t, 16), openEngine(t), context.Background()
	dir := filepath.Join(t.TempDir(), "run")
	m, r, err := Run(ctx, e, Data{Set: s}, quick(), dir, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Val.Top1 < 0.9 {
		t.Errorf("validation top-1 %.2f on stripes that are easy to tell apart", r.Val.Top1)
	}
	p, err := m.Predictor(e)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	again, err := p.Evaluate(ctx, s, s.InSplit("val"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if again.Top1 != r.Val.Top1 || math.Abs(again.LogLoss-r.Val.LogLoss) > 0.01 {
		t.Errorf("the predictor finds top-1 %.3f, loss %.4f; training reported %.3f, %.4f: activations are kept in half precision, but no more may differ",
			again.Top1, again.LogLoss, r.Val.Top1, r.Val.LogLoss)
	}
	epochs := 0
	if _, second, err := Run(ctx, e, Data{Set: s}, quick(), dir, Observer{Epoch: func(runlog.Epoch) { epochs++ }}); err != nil || epochs != 0 || second.ID != r.ID {
		t.Errorf("a finished run was trained again: %d epochs, error %v", epochs, err)
	}
	other := quick()
	other.LR *= 2
	if _, _, err := Run(ctx, e, Data{Set: s}, other, dir, Observer{}); !errors.Is(err, ErrOtherRun) {
		t.Errorf("another configuration in the same folder: %v, want ErrOtherRun", err)
	}
}

// TestOnlyWhatIsAboveTheCutMoves trains for two epochs on made-up activations and compares every tensor with the pretrained one.
func TestOnlyWhatIsAboveTheCutMoves(t *testing.T) {
	e, ctx := openEngine(t), context.Background()
	c, spec, err := quick().Resolve()
	if err != nil {
		t.Fatal(err)
	}
	before, err := LoadBackbone(ctx, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	before[headKernel] = safetensors.Tensor{Shape: []int{spec.Features, 3}, Data: make([]float32, spec.Features*3)}
	before[headBias] = safetensors.Tensor{Shape: []int{3}, Data: make([]float32, 3)}
	cut, err := spec.CutIndex(c.Cut)
	if err != nil {
		t.Fatal(err)
	}
	trained, err := newTrainer(e.Backend, spec, c, cut, before)
	if err != nil {
		t.Fatal(err)
	}
	defer trained.close()
	made := examples{labels: []int{0, 1, 2, 0, 1, 2, 0, 1, 2, 0}, read: func(dst []byte, i, _ int) error {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		for k := 0; k < len(dst); k += 2 {
			dst[k], dst[k+1] = byte(r.IntN(256)), byte(0x38+r.IntN(8)) // half-precision numbers of about 0.5 to 2
		}
		return nil
	}}
	c.Epochs = 2
	for epoch := range c.Epochs {
		if _, _, err := trained.epoch(ctx, c, made, slices.Repeat([]float32{1}, len(made.labels)), epoch, nil); err != nil {
			t.Fatal(err)
		}
	}
	after, err := trained.state()
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range before {
		now, above := after[name]
		if above != (strings.HasPrefix(name, "stage7.") || strings.HasPrefix(name, "top") || strings.HasPrefix(name, "head.")) {
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

func TestStoppedRunContinues(t *testing.T) {
	s, e := generated(t, 8), openEngine(t)
	c := quick()
	whole, record, err := Run(context.Background(), e, Data{Set: s}, c, filepath.Join(t.TempDir(), "whole"), Observer{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "stopped")
	for stopAfter := 1; stopAfter <= 3; stopAfter++ {
		ctx, stop := context.WithCancel(context.Background())
		_, r, err := Run(ctx, e, Data{Set: s}, c, dir, Observer{Epoch: func(e runlog.Epoch) {
			if e.Phase == "body" && e.Epoch == stopAfter {
				stop()
			}
		}})
		if !errors.Is(err, context.Canceled) || !r.Interrupted {
			t.Fatalf("stopped after epoch %d: error %v, interrupted %v", stopAfter, err, r.Interrupted)
		}
		if _, err := LoadModel(dir); err != nil {
			t.Fatalf("stopping must leave a usable model: %v", err)
		}
	}
	var ran []int
	m, r, err := Run(context.Background(), e, Data{Set: s}, c, dir, Observer{Epoch: func(e runlog.Epoch) {
		if e.Phase == "body" {
			ran = append(ran, e.Epoch)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ran, []int{4}) {
		t.Errorf("the last call ran epochs %v, want only the fourth", ran)
	}
	if len(r.Epochs) != len(record.Epochs) {
		t.Errorf("%d epochs in the record, %d in that of an undisturbed run", len(r.Epochs), len(record.Epochs))
	}
	for name, w := range whole.Weights {
		for i, v := range w.Data {
			if d := math.Abs(float64(v - m.Weights[name].Data[i])); d > 1e-4 {
				t.Fatalf("%s differs by %g from the undisturbed run", name, d)
			}
		}
	}
	if _, err := os.Stat(checkpointPath(dir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a finished run keeps its checkpoint: %v", err)
	}
}

func TestLeakySplitIsRefused(t *testing.T) {
	s, e, ctx := generated(t, 8), openEngine(t), context.Background()
	train, val := -1, -1
	for i, im := range s.Images {
		switch im.Split {
		case "train":
			train = i
		case "val":
			val = i
		}
	}
	s.Images[val].SHA256 = s.Images[train].SHA256
	c := quick()
	c.Cut = "head"
	var leak *split.LeakError
	if _, _, err := Run(ctx, e, Data{Set: s}, c, t.TempDir(), Observer{}); !errors.As(err, &leak) {
		t.Fatalf("a photo on both sides gave %v, want a leak error", err)
	}
	_, r, err := Run(ctx, e, Data{Set: s, AllowLeak: true}, c, filepath.Join(t.TempDir(), "leaky"), Observer{})
	if err != nil || !r.AllowLeak {
		t.Errorf("with AllowLeak: error %v, marked %v", err, r.AllowLeak)
	}
}

func TestBundleIsChecked(t *testing.T) {
	s, e := generated(t, 8), openEngine(t)
	c := quick()
	c.Cut = "head"
	run := filepath.Join(t.TempDir(), "run")
	if _, _, err := Run(context.Background(), e, Data{Set: s}, c, run, Observer{}); err != nil {
		t.Fatal(err)
	}
	good, err := LoadModel(run)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, reason string
		change       func(m *Model)
		want         string
	}{
		{"missing tensor", "a half-copied bundle must not predict", func(m *Model) { delete(m.Weights, headBias) }, "head.bias is missing"},
		{"extra tensor", "weights of another network", func(m *Model) { m.Weights["extra"] = safetensors.Tensor{Shape: []int{1}, Data: []float32{1}} }, "extra does not belong"},
		{"other shape", "classes were edited by hand", func(m *Model) { m.Classes = m.Classes[:2] }, "has shape"},
		{"newer version", "its meaning is unknown here", func(m *Model) { m.Version = BundleVersion + 1 }, "update it"},
		{"unknown backbone", "made by a program with more backbones", func(m *Model) { m.Spec.Name = "resnet9000" }, "choose one of"},
		{"no classes", "nothing could be predicted", func(m *Model) { m.Classes = nil }, "at least two classes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := *good
			m.Weights = map[string]safetensors.Tensor{}
			for name, w := range good.Weights {
				m.Weights[name] = w
			}
			c.change(&m)
			dir := t.TempDir()
			if err := m.Save(dir); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadModel(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one with %q", c.reason, err, c.want)
			}
		})
	}
	if _, err := LoadModel(t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no model") {
		t.Errorf("a folder that is no bundle: %v", err)
	}
}

func TestConfigIsValidated(t *testing.T) {
	if _, _, err := Default().Resolve(); err != nil {
		t.Fatalf("the default is refused: %v", err)
	}
	for _, c := range []struct {
		name, reason string
		change       func(c *Config)
	}{
		{"backbone", "a typing error", func(c *Config) { c.Backbone = "lite9" }},
		{"cut", "a stage that the network has not got", func(c *Config) { c.Cut = "stage9" }},
		{"size", "smaller than the network's stride", func(c *Config) { c.Size = 16 }},
		{"epochs", "nothing would be trained", func(c *Config) { c.Epochs = 0 }},
		{"rate", "a rate of 1 destroys the weights", func(c *Config) { c.LR = 1 }},
		{"smoothing", "nothing of the label would be left", func(c *Config) { c.LabelSmoothing = 1 }},
		{"crop", "larger than the photo", func(c *Config) { c.Augment.Crop = 1.5 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := Default()
			c.change(&config)
			if config.Validate() == nil {
				t.Errorf("%s was accepted", c.reason)
			}
		})
	}
}

// TestManyFitsOnOnePreparation holds fits of a sweep against runs of their own.
func TestManyFitsOnOnePreparation(t *testing.T) {
	s, e, ctx := generated(t, 16), openEngine(t), context.Background()
	for _, cut := range []string{"head", "stage7"} {
		c := quick()
		c.Cut, c.Epochs, c.TTA, c.Augment.FlipV = cut, 2, cut == "head", true
		p, err := Prepare(ctx, e, Data{Set: s, Judge: true}, c, Observer{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		other := c
		other.Seed, other.Steps, other.LR = 7, 6, 1e-3
		few := []int{0, 1, 2, 10, 11, 12, 20, 21}
		if _, r, err := p.Fit(ctx, other, few, Observer{}); err != nil || r.Counts["train"] != len(few) {
			t.Fatalf("a fit on %d images: %v, %v", len(few), r.Counts, err)
		}
		_, again, err := p.Fit(ctx, c, nil, Observer{}) // after a fit with another seed, rate and subset
		if err != nil {
			t.Fatal(err)
		}
		m, alone, err := Run(ctx, e, Data{Set: s}, c, filepath.Join(t.TempDir(), "run"), Observer{})
		if err != nil {
			t.Fatal(err)
		}
		if again.ID != alone.ID || math.Abs(again.Val.LogLoss-alone.Val.LogLoss) > 1e-5 {
			t.Errorf("cut %s: record %s with loss %.6f, but %s with %.6f alone: an earlier fit left traces", cut, again.ID, again.Val.LogLoss, alone.ID, alone.Val.LogLoss)
		}
		judged, err := m.Predictor(e)
		if err != nil {
			t.Fatal(err)
		}
		defer judged.Close()
		want, err := judged.Evaluate(ctx, s, s.InSplit("test"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if again.Test == nil || again.Test.Top1 != want.Top1 || again.Outcomes.Side != "test" || len(again.Outcomes.Predicted) != want.N {
			t.Errorf("cut %s: the test images gave %+v, the predictor finds top-1 %.3f", cut, again.Test, want.Top1)
		}
		larger := c
		larger.Size = 96
		if c.SharesPreparation(larger) || !c.SharesPreparation(other) {
			t.Error("a preparation serves other seeds and schedules, and no other size")
		}
		if _, _, err := p.Fit(ctx, larger, nil, Observer{}); err == nil {
			t.Error("a fit at another size was accepted")
		}
	}
}

func TestSubsetIsChecked(t *testing.T) {
	p := &Prepared{train: &side{images: make([]imgset.Image, 4), labels: []int{0, 0, 1, 1}}}
	for _, c := range []struct {
		reason  string
		indices []int
	}{
		{"no images", []int{}}, {"one class only", []int{0, 1}}, {"an image that is not there", []int{0, 4}}, {"a negative index", []int{-1, 2}},
	} {
		if _, err := p.subset(c.indices); err == nil {
			t.Errorf("%s were accepted", c.reason)
		}
	}
	if all, err := p.subset(nil); err != nil || len(all) != 4 {
		t.Errorf("nil gives %v, %v; want all four", all, err)
	}
}

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		name, reason     string
		n, epochs, steps int
		total            int
	}{
		{"equal epochs", "whole passes, the last batch smaller", 10, 3, 0, 9},
		{"equal steps, few images", "passes are as many as it takes", 3, 2, 11, 11},
		{"equal steps, many images", "not even one pass", 1000, 2, 8, 8},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSchedule(Config{Batch: 4, Epochs: c.epochs, Steps: c.steps, Seed: 5}, c.n)
			if s.total != c.total {
				t.Errorf("%d steps, want %d: %s", s.total, c.total, c.reason)
			}
			next, seen := 0, map[[2]int]int{}
			for epoch := range c.epochs {
				first, last := s.steps(epoch)
				if first != next {
					t.Errorf("epoch %d starts at step %d, not %d", epoch, first, next)
				}
				next = last
				for step := first; step < last; step++ {
					pass, indices := s.images(step)
					for _, i := range indices {
						if seen[[2]int{pass, i}]++; i < 0 || i >= c.n || seen[[2]int{pass, i}] > 1 {
							t.Fatalf("image %d of %d is seen twice in pass %d", i, c.n, pass)
						}
					}
				}
			}
			if next != c.total {
				t.Errorf("the epochs end at step %d of %d", next, c.total)
			}
			if c.steps == 0 && len(seen) != c.n*c.epochs {
				t.Errorf("%d views in %d epochs of %d images: %s", len(seen), c.epochs, c.n, c.reason)
			}
		})
	}
}

func TestRate(t *testing.T) {
	const total = 100
	top := 0.0
	for step := range total {
		r := rate(step, total, 0.2)
		if r <= 0 || r > 1 {
			t.Fatalf("step %d: rate %g outside (0,1]", step, r)
		}
		if step > 21 && r > rate(step-1, total, 0.2) {
			t.Errorf("step %d: the rate rises after the warm-up", step)
		}
		top = max(top, r)
	}
	if top < 0.99 || rate(total-1, total, 0.2) > 0.01 {
		t.Errorf("peak %g, last %g; want about 1 and 0", top, rate(total-1, total, 0.2))
	}
}

func TestClassWeights(t *testing.T) {
	labels := []int{0, 0, 0, 1}
	for _, c := range []struct {
		balance, want0, want1 float64
		reason                string
	}{
		{0, 1, 1, "without balance all images count the same"},
		{1, 2.0 / 3, 2, "with balance 1 both classes weigh the same in total"},
	} {
		w := classWeights(labels, 2, c.balance)
		if math.Abs(float64(w[0])-c.want0) > 1e-6 || math.Abs(float64(w[3])-c.want1) > 1e-6 {
			t.Errorf("%s: got %v", c.reason, w)
		}
	}
}
