package sweep

import (
	"testing"

	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

func TestRepeat(t *testing.T) {
	c := recipe.Default()
	fits := repeat("plain", finetune.Data{}, c, 3)
	if len(fits) != 3 {
		t.Fatalf("%d fits, want 3", len(fits))
	}
	for i, a := range fits {
		want := c
		want.Seed = uint64(i) + 1
		if a.Name != "plain" || a.Config != want || a.Subset != nil {
			t.Errorf("fit %d is %+v: fits must differ in the seed only, and take all images", i, a)
		}
	}
}
