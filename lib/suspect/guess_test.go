package suspect

import (
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
)

// TestAFewLabelsTellTheRest: with eight labels of each class, the classes of all other photos are
// guessed, and a wrong label is not repeated by the guess.
func TestAFewLabelsTellTheRest(t *testing.T) {
	s, features := clusters(30, "cat", "dog", "elk")
	images := append([]dataset.Image(nil), s.Images...)
	for i := range images {
		if i%30 >= 8 {
			images[i].Class = ""
		}
	}
	images[0].Class = "dog"
	found, err := guesses(t.Context(), enginetest.Go(t), s, images, features, Default(), nil)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for _, im := range s.Images {
		g := found[im.SHA256]
		if g.Probability <= 0 || g.Probability > 1 {
			t.Fatalf("%s: the guess is %+v", im.Path, g)
		}
		if g.Class == im.Class {
			right++
		}
	}
	if right < 85 {
		t.Errorf("%d of 90 guesses are right", right)
	}
	if got := found[images[0].SHA256].Class; got != "cat" {
		t.Errorf("the photo with the wrong label is guessed to be %q", got)
	}
}

// TestNothingIsGuessedFromNothing: one class, or one photo of each, is nothing to learn from.
func TestNothingIsGuessedFromNothing(t *testing.T) {
	s, features := clusters(3, "cat", "dog")
	images := append([]dataset.Image(nil), s.Images...)
	for i := range images {
		if i != 0 && i != 3 {
			images[i].Class = ""
		}
	}
	found, err := guesses(t.Context(), enginetest.Go(t), s, images, features, Default(), nil)
	if err != nil || len(found) > 0 {
		t.Errorf("%d guesses, error %v", len(found), err)
	}
}
