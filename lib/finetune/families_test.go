package finetune

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/internal/network"
	"imagelab/lib/recipe"
)

// everyCut is the environment variable that has TestFamiliesOverfit try every network at every cut, which
// takes an hour; without it, the smallest of each family is tried at its own cut and trained whole.
const everyCut = "IMAGELAB_TEST_EVERY_CUT"

// TestFamiliesOverfit: gradients of every layer are right enough to learn eight photos by heart, from weights
// that know nothing.
func TestFamiliesOverfit(t *testing.T) {
	e := enginetest.Open(t)
	names := []string{"resnet18", "squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small", "convnext_atto", "vit_tiny"}
	if os.Getenv(everyCut) != "" {
		names = backbone.Names()
	}
	for _, name := range names {
		spec, err := backbone.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		cuts := []string{spec.Stages()[len(spec.Stages())-2]}
		if os.Getenv(everyCut) != "" {
			cuts = slices.Concat([]string{backbone.CutAll}, spec.Stages())
		}
		for _, cut := range cuts {
			t.Run(name+" at "+cut, func(t *testing.T) {
				c := recipe.Default()
				c.Backbone, c.Cut, c.Size, c.Batch, c.Epochs = name, cut, 64, 8, 60
				c.LR, c.WeightDecay, c.LabelSmoothing, c.Weights = 1e-3, 0, 0, recipe.RandomWeights
				if strings.Contains(name, "dino") {
					c.Size = 56
				}
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
				overfit(t, compiled{made, r.Config, weights})
			})
		}
	}
}

// overfit trains on eight made-up inputs of two classes until their loss is small.
func overfit(t *testing.T, s compiled) {
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
			return
		}
	}
	t.Errorf("losses %s", strings.Join(losses, " "))
}
