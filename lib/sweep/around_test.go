package sweep

import (
	"strings"
	"testing"

	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

func TestAround(t *testing.T) {
	c := recipe.Default()
	fits, err := Around(finetune.Data{}, c, map[string][]float64{"size": {96}, "lr": {1e-4, 1e-2}, "epochs": {2}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for i, a := range fits {
		if want := uint64(i%2) + 1; a.Config.Seed != want {
			t.Errorf("fit %d has seed %d, want %d", i, a.Config.Seed, want)
		}
		if i%2 == 0 {
			names = append(names, a.Name)
		}
	}
	// Another size is another preparation, and comes last.
	if got, want := strings.Join(names, ", "), "as it is, epochs 2, lr 0.0001, lr 0.01, size 96"; got != want {
		t.Errorf("fits %s, want %s", got, want)
	}
	want := c
	want.LR, want.Seed = 1e-4, 1
	if got := fits[4].Config; got != want {
		t.Errorf("%s changed more than the rate: %+v", fits[4].Name, got)
	}
}

func TestAroundRefuses(t *testing.T) {
	for _, row := range []struct {
		reason, name string
		value        float64
	}{
		{"a name that no configuration has", "learning_rate", 0.1},
		{"a value out of range", "lr", 7},
		{"half an epoch", "epochs", 0.5},
		{"a setting that is no number", "backbone", 1},
	} {
		if _, err := Around(finetune.Data{}, recipe.Default(), map[string][]float64{row.name: {row.value}},
			1); err == nil || !strings.Contains(err.Error(), row.name) {
			t.Errorf("%s: %v, want an error that names %q", row.reason, err, row.name)
		}
	}
}
