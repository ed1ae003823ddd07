package finetune

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/network"
	"imagelab/lib/latency"
	"imagelab/lib/recipe"
)

// everyCut is the environment variable that has TestFamiliesOverfit try every network at every
// cut, the small ones first, which takes an hour or two, and names a file for the results, such
// as testdata/everycut.csv; what stands there is not tried again. Without it, the smallest of
// each family is tried above its last stage but one. That file has what was tried so far: networks
// that are not in it, or not at each cut, were not.
const everyCut = "IMAGELAB_TEST_EVERY_CUT"

// TestFamiliesOverfit: gradients of every layer are right enough to learn eight photos by heart,
// from weights that know nothing.
func TestFamiliesOverfit(t *testing.T) {
	e, results := enginetest.Open(t), os.Getenv(everyCut)
	names := []string{"resnet18", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "convnext_atto", "vit_tiny"}
	if results != "" {
		names = backbone.Names()
	}
	var specs []backbone.Spec
	for _, name := range names {
		spec, err := backbone.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		specs = append(specs, spec)
	}
	slices.SortStableFunc(specs, func(a, b backbone.Spec) int {
		return cmp.Compare(latency.MultiplyAdds(a, 32, 0), latency.MultiplyAdds(b, 32, 0))
	})
	for _, spec := range specs {
		cuts := []string{spec.Stages()[len(spec.Stages())-2]}
		if results != "" {
			cuts = slices.Concat([]string{backbone.CutAll}, spec.Stages())
		}
		for _, cut := range cuts {
			t.Run(spec.Name+" at "+cut, func(t *testing.T) {
				if results == "" {
					overfits(t, e, spec, cut, 64)
					return
				}
				recorded(t, e, results, spec, cut)
			})
		}
	}
}

// recorded tries a cut at the least size, unless the file of results has it.
func recorded(t *testing.T, e *engine.Engine, file string, spec backbone.Spec, cut string) {
	t.Helper()
	fulltest.Record(t, file, "network,cut,pixels,steps,loss", spec.Name+","+cut, func() string {
		const size = 32
		steps, loss := overfits(t, e, spec, cut, size)
		return fmt.Sprintf("%s,%s,%d,%d,%.3f\n", spec.Name, cut, multiple(spec, size), steps, loss)
	})
}

// multiple is the least size from the given one on that a network takes: DINOv2 has patches of 14
// pixels.
func multiple(spec backbone.Spec, size int) int {
	if strings.Contains(spec.Name, "dino") {
		return (size + 13) / 14 * 14
	}
	return size
}

// overfits trains the stages from a cut on.
func overfits(t *testing.T, e *engine.Engine, spec backbone.Spec, cut string, size int) (steps int, loss float64) {
	t.Helper()
	c := recipe.Default()
	c.Backbone, c.Cut, c.Size, c.Batch, c.Epochs = spec.Name, cut, multiple(spec, size), 8, 60
	c.LR, c.WeightDecay, c.LabelSmoothing, c.Weights = 1e-3, 0, 0, recipe.RandomWeights
	r, err := resolve(c)
	if err != nil {
		t.Fatal(err)
	}
	weights := network.WithBlankHead(backbone.Random(r.spec), r.spec, 2)
	made, err := newTrainer(e.Backend, r, weights, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer made.close()
	return overfit(t, compiled{made, r.Config, weights})
}

// overfit trains on eight made-up inputs of two classes until their loss is small, and returns
// the number of steps.
func overfit(t *testing.T, s compiled) (steps int, loss float64) {
	t.Helper()
	inputs := rows(func(dst []byte, i, _ int) error {
		r := rand.New(rand.NewPCG(uint64(i), 7))
		for k := 0; k < len(dst); k += 2 {
			if s.cut == 0 {
				dst[k], dst[k+1] = byte(r.IntN(256)), byte(r.IntN(256))
			} else {
				dst[k], dst[k+1] = byte(r.IntN(256)), byte(0x38+r.IntN(4)) // halves of 0.5 to 2
			}
		}
		return nil
	})
	e := examples{labels: []int{0, 1, 0, 1, 1, 0, 0, 1}, source: inputs}
	if err := s.load(s.before); err != nil {
		t.Fatal(err)
	}
	var losses []string
	for epoch := range s.config.Epochs {
		loss, _, err := s.epoch(context.Background(), s.config, e, slices.Repeat([]float32{1}, 8), epoch, nil)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, fmt.Sprintf("%.3f", loss))
		if math.IsNaN(loss) {
			break
		}
		if loss < 0.1 {
			t.Logf("loss %.3f after %d steps", loss, epoch+1)
			return epoch + 1, loss
		}
	}
	t.Fatalf("losses %s", strings.Join(losses, " "))
	return 0, 0
}
