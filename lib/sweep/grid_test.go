package sweep

import (
	"slices"
	"testing"

	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// TestPrecisionsOfAGrid: each is a candidate with a name and a fit of its own, and who asks for one
// only finds the fits of earlier versions again.
func TestPrecisionsOfAGrid(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		precisions   []string
		names        []string
		values       []string // of the fits' Config
	}{
		{"none", "that of the settings", nil, []string{"efficientnet_lite0 at 64, cut head"}, []string{""}},
		{"float32", "the default is what it was", []string{recipe.Float32},
			[]string{"efficientnet_lite0 at 64, cut head"}, []string{""}},
		{"one", "a comparison of networks in bfloat16", []string{recipe.BFloat16},
			[]string{"efficientnet_lite0 at 64, cut head"},
			[]string{recipe.BFloat16}},
		{"several", "candidates are told apart by their names", recipe.Precisions(),
			[]string{"efficientnet_lite0 at 64, cut head",
				"efficientnet_lite0 at 64, cut head, tf32", "efficientnet_lite0 at 64, cut head, bfloat16"},
			[]string{"", recipe.TF32, recipe.BFloat16}},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := Grid{Backbones: []string{"lite0"}, Sizes: []int{64}, Cuts: []string{"head"}, Seeds: 2, Precisions: c.precisions}
			fits, err := g.Fits(finetune.Data{}, recipe.Default())
			if err != nil {
				t.Fatal(err)
			}
			var names, values []string
			for _, f := range fits {
				names, values = append(names, f.Name), append(values, f.Config.Precision)
			}
			if !slices.Equal(names, c.names) || !slices.Equal(values, c.values) {
				t.Errorf("got %q in %q: %s", names, values, c.reason)
			}
		})
	}
	if _, err := (Grid{Backbones: []string{"lite0"}, Sizes: []int{64}, Cuts: []string{"head"}, Seeds: 1,
		Precisions: []string{"half"}}).
		Fits(finetune.Data{}, recipe.Default()); err == nil {
		t.Error("a precision that nothing knows is a candidate")
	}
}

// TestCutsOfOtherNetworks: stages have the names of their family, and a comparison of families asks
// for cuts that only some have.
func TestCutsOfOtherNetworks(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		backbones    []string
		cuts         []string
		fits         []string // nil: an error
		without      [][2]string
	}{
		{"one family", "nothing is left out", []string{"lite0", "lite1"}, []string{"stage7"},
			[]string{"efficientnet_lite0 at 64, cut stage7", "efficientnet_lite1 at 64, cut stage7"}, nil},
		{"two families", "weights of a ResNet at hand must not end a comparison that asks for Lite's stages",
			[]string{"lite0", "resnet18"}, []string{"head", "stage6"},
			[]string{"efficientnet_lite0 at 64, cut head", "efficientnet_lite0 at 64, cut stage6",
				"resnet18 at 64, cut head"}, [][2]string{{"resnet18", "stage6"}}},
		{"a cut of none", "a slip of the pen", []string{"lite0", "resnet18"}, []string{"head", "stage9"}, nil, nil},
		{"a network of none", "a slip of the pen", []string{"lite0", "resnet17"}, []string{"head"}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := Grid{Backbones: c.backbones, Sizes: []int{64}, Cuts: c.cuts, Seeds: 1}
			fits, err := g.Fits(finetune.Data{}, recipe.Default())
			if (err != nil) != (c.fits == nil) {
				t.Fatalf("%v: %s", err, c.reason)
			}
			var names []string
			for _, f := range fits {
				names = append(names, f.Name)
			}
			if !slices.Equal(names, c.fits) || !slices.Equal(g.Without(), c.without) {
				t.Errorf("got %q without %q: %s", names, g.Without(), c.reason)
			}
		})
	}
}
