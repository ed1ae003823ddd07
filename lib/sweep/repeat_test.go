package sweep

import (
	"testing"

	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

func TestRepeat(t *testing.T) {
	c := recipe.Default()
	arms := Repeat("plain", finetune.Data{}, c, 3)
	if len(arms) != 3 {
		t.Fatalf("%d arms, want 3", len(arms))
	}
	for i, a := range arms {
		want := c
		want.Seed = uint64(i) + 1
		if a.Name != "plain" || a.Config != want || a.Subset != nil {
			t.Errorf("arm %d is %+v: arms must differ in the seed only, and take all images", i, a)
		}
	}
}
