package classifier

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"imagelab/lib/asset"
	"imagelab/lib/backbone"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
)

// Pretrained is a published network as it was trained on ImageNet, with its own classifier: it
// names photos by 1,000 classes without any training here. Weights and names are fetched where they
// are not in the cache.
func Pretrained(ctx context.Context, name string, p progress.Func) (*Model, error) {
	spec, err := backbone.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("classifier: %w", err)
	}
	path, err := asset.Fetch(ctx, spec.Weights, p)
	if err != nil {
		return nil, err
	}
	m := &Model{Version: BundleVersion, Spec: spec, Size: spec.Size}
	if m.Weights, err = backbone.Load(spec, path); err != nil {
		return nil, err
	}
	if _, ok := m.Weights[backbone.ClassifierKernel]; !ok {
		return nil, fmt.Errorf("classifier: the weights of %s have no linear classifier of ImageNet's classes: "+
			"train one", spec.Name)
	}
	for from, to := range map[string]string{backbone.ClassifierKernel: network.HeadKernel,
		backbone.ClassifierBias: network.HeadBias} {
		m.Weights[to] = m.Weights[from]
		delete(m.Weights, from)
	}
	if m.Classes, err = imageNetNames(ctx, p); err != nil {
		return nil, err
	}
	return m, m.checkTensors()
}

// imageNetNames are the names of ImageNet's classes in their order. Two names stand for two classes
// each ("missile", "sunglasses"), which differ in the data set by little more than who labelled
// them; the later one is numbered.
func imageNetNames(ctx context.Context, p progress.Func) ([]string, error) {
	path, err := asset.Fetch(ctx, "imagenet_names", p)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("classifier: %w", err)
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		return nil, fmt.Errorf("classifier: names of ImageNet's classes: %w; remove the file and run "+
			"asset.Fetch(imagenet_names)", err)
	}
	count := map[string]int{}
	for i, name := range names {
		if count[name]++; count[name] > 1 {
			names[i] = fmt.Sprintf("%s (%d)", name, count[name])
		}
	}
	return names, nil
}

// Guess is one class with its probability.
type Guess struct {
	Label       string  `json:"label"`
	Probability float64 `json:"probability"`
}

// String is "fig 96 %", with a space that does not break.
func (g Guess) String() string { return fmt.Sprintf("%s %.0f\u00a0%%", g.Label, 100*g.Probability) }

// Top are the k most probable classes of a photo, the most probable first, the earlier class first
// of equals. probs `[classes]` are what [Predictor.Image] gives; k may be larger than their number.
func (m *Model) Top(probs []float64, k int) []Guess {
	guesses := make([]Guess, len(probs))
	for i, v := range probs {
		guesses[i] = Guess{m.Classes[i], v}
	}
	slices.SortStableFunc(guesses, func(x, y Guess) int { return cmp.Compare(y.Probability, x.Probability) })
	return guesses[:min(max(k, 0), len(guesses))]
}
