package finetune

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/split"
)

// generated writes a folder per class of made-up photos, stripes in the direction of the class with
// noise, and returns the ingested and split set. Generated images, because the truth must be known.
func generated(t testing.TB, perClass int) *dataset.Set {
	t.Helper()
	fulltest.Needs(t, "weights")
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
	s, err := dataset.Ingest(context.Background(), photos, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
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

// quick trains the last stage on small inputs.
func quick() recipe.Config {
	c := recipe.Default()
	c.Size, c.Cut, c.Epochs, c.Batch, c.CachedViews = 32, "stage7", 4, 8, 1
	return c
}

func TestRunTrainsAndRemembers(t *testing.T) {
	s, e, ctx := generated(t, 16), enginetest.Open(t), context.Background()
	dir := filepath.Join(t.TempDir(), "run")
	c := quick()
	c.Size = 64
	m, r, err := Run(ctx, e, Data{Set: s}, c, dir, Observer{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Val.Top1 < 0.9 {
		t.Errorf("validation top-1 %.2f on stripes that are easy to tell apart", r.Val.Top1)
	}
	if want := []string{"decode", "frozen features", runlog.StageCompile, "head features", "head",
		"train"}; !slices.Equal(stages(r.Timings), want) {
		t.Errorf("timed stages %q, want %q", stages(r.Timings), want)
	}
	for _, predicting := range []*engine.Engine{e, enginetest.Go(t)} {
		p, err := m.Predictor(predicting)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		again, err := p.Evaluate(ctx, s, s.InSplit("val"), nil)
		if err != nil {
			t.Fatal(err)
		}
		if again.Top1 != r.Val.Top1 || math.Abs(again.LogLoss-r.Val.LogLoss) > 0.01 {
			t.Errorf("the predictor finds top-1 %.3f, loss %.4f on %s; training reported %.3f, %.4f: activations "+
				"are kept in half precision, but no more may differ",
				again.Top1, again.LogLoss, predicting, r.Val.Top1, r.Val.LogLoss)
		}
	}
	if err := os.WriteFile(checkpointPath(dir), []byte("left by a process that was killed behind its record"),
		0o644); err != nil {
		t.Fatal(err)
	}
	epochs, told := 0, false
	again := Observer{Epoch: func(runlog.Epoch) { epochs++ }, Finished: func(runlog.Record) { told = true }}
	if _, second, err := Run(ctx, e, Data{Set: s}, c, dir, again); err != nil || epochs != 0 ||
		second.ID != r.ID || !told {
		t.Errorf("a finished run was trained again: %d epochs, told that nothing was trained: %v, error %v",
			epochs, told, err)
	}
	if _, err := os.Stat(checkpointPath(dir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the checkpoint of a finished run is still there: %v", err)
	}
	c.LR *= 2
	if _, _, err := Run(ctx, e, Data{Set: s}, c, dir, Observer{}); !errors.Is(err, ErrOtherRun) {
		t.Errorf("another configuration in the same folder: %v, want ErrOtherRun", err)
	}
}

// TestOtherRunSaysWhatDiffers: a person must know whether the command or the data set is another.
func TestOtherRunSaysWhatDiffers(t *testing.T) {
	s := generated(t, 4)
	c, err := Resolve(quick())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := runlog.Append(RecordsPath(dir), newRecord(&engine.Engine{}, Data{Set: s}, c,
		fitID(c, Data{Set: s}, nil))); err != nil {
		t.Fatal(err)
	}
	changed := func(change func(im *dataset.Image)) Data {
		other := *s
		other.Images = slices.Clone(s.Images)
		change(&other.Images[0])
		return Data{Set: &other}
	}
	seeded := c
	seeded.Seed = 5
	for _, row := range []struct {
		name, reason string
		data         Data
		config       recipe.Config
		want         []string
	}{
		{"settings", "another seed", Data{Set: s}, seeded, []string{"settings"}},
		{"leak", "a flag that is no setting of the fit", Data{Set: s, AllowLeak: true}, c, []string{"settings"}},
		{"photos", "one was edited and ingested again",
			changed(func(im *dataset.Image) { im.SHA256 = strings.Repeat("0", 64) }), c, []string{"other photos or classes"}},
		{"split", "it was split again", changed(func(im *dataset.Image) { im.Split = "other" }), c,
			[]string{"split or grouped otherwise"}},
		{"both", "new photos and new settings", changed(func(im *dataset.Image) { im.Class = "other" }), seeded,
			[]string{"other photos or classes", "settings"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, _, err := finished(dir, row.data, row.config, Observer{})
			if !errors.Is(err, ErrOtherRun) || !strings.Contains(err.Error(), "another folder") {
				t.Fatalf("error %v, want ErrOtherRun and a word about another folder", err)
			}
			for _, part := range []string{"other photos or classes", "split or grouped otherwise", "settings"} {
				if got := strings.Contains(err.Error(), part); got != slices.Contains(row.want, part) {
					t.Errorf("%q: it is %v that %q stands in it: %s", err, got, part, row.reason)
				}
			}
		})
	}
}

func TestLeakySplitIsRefused(t *testing.T) {
	s, e, ctx := generated(t, 8), enginetest.Go(t), context.Background()
	train, val := -1, -1
	for i, im := range s.Images {
		switch im.Split {
		case "train":
			train = i
		case "val":
			val = i
		}
	}
	same, err := os.ReadFile(s.File(s.Images[train]))
	if err == nil {
		err = os.WriteFile(s.File(s.Images[val]), same, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Images[val].SHA256 = s.Images[train].SHA256
	c := quick()
	c.Cut = "head"
	var leak *split.LeakError
	if _, _, err := Run(ctx, e, Data{Set: s}, c, t.TempDir(), Observer{}); !errors.As(err, &leak) {
		t.Fatalf("a group on both sides gave %v, want a leak error", err)
	}
	_, r, err := Run(ctx, e, Data{Set: s, AllowLeak: true}, c, filepath.Join(t.TempDir(), "leaky"), Observer{})
	if err != nil || !r.AllowLeak {
		t.Errorf("with AllowLeak: error %v, marked %v", err, r.AllowLeak)
	}
}

func TestConfigIsValidated(t *testing.T) {
	if _, err := Resolve(recipe.Default()); err != nil {
		t.Fatalf("the default is refused: %v", err)
	}
	for _, c := range []struct {
		name, reason string
		change       func(c *recipe.Config)
	}{
		{"backbone", "a typing error", func(c *recipe.Config) { c.Backbone = "lite9" }},
		{"cut", "a stage that the network has not got", func(c *recipe.Config) { c.Cut = "stage9" }},
		{"size", "smaller than the network's stride", func(c *recipe.Config) { c.Size = 16 }},
		{"epochs", "nothing would be trained", func(c *recipe.Config) { c.Epochs = 0 }},
		{"rate", "a rate of 1 destroys the weights", func(c *recipe.Config) { c.LR = 1 }},
		{"smoothing", "nothing of the label would be left", func(c *recipe.Config) { c.LabelSmoothing = 1 }},
		{"precision", "half precision of the other kind, whose gradients overflow",
			func(c *recipe.Config) { c.Precision = "float16" }},
		{"crop", "larger than the photo", func(c *recipe.Config) { c.Augment.MinScale = 1.5 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := recipe.Default()
			c.change(&config)
			if _, err := Resolve(config); err == nil {
				t.Errorf("%s was accepted", c.reason)
			}
		})
	}
}
