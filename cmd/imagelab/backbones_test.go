package main

import (
	"strings"
	"testing"

	"imagelab/lib/backbone"
)

// TestBackbones: every network is described, with how to get its weights where there is no network.
func TestBackbones(t *testing.T) {
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	list, err := describeBackbones(nil)
	if err != nil || len(list) != len(backbone.Names()) {
		t.Fatalf("%d networks, %v", len(list), err)
	}
	for _, b := range list {
		w := b.Weights
		if b.Parameters < 100_000 || b.MultiplyAdds < 1e7 || b.Top1 < 50 || w.AtHand || w.File == "" || len(w.SHA256) < 8 ||
			w.Place != "imagelab fetch "+b.Name+" --from FILE" {
			t.Errorf("%+v", b)
		}
	}
	if _, err := describeBackbones([]string{"resnet19"}); err == nil || !strings.Contains(err.Error(), "resnet18") {
		t.Errorf("a name that does not exist: %v", err)
	}
}
