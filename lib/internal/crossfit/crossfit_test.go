package crossfit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"imagelab/lib/engine/enginetest"
)

// fitter is for 60 photos of two classes that are easy to tell apart; photo 7 has the wrong label.
func fitter(t *testing.T) (f *Fitter, labels []int) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	var features [][]float32
	for i := range 60 {
		row := make([]float32, 8)
		for j := range row {
			row[j] = float32(r.NormFloat64())
		}
		row[0] += float32(6*(i%2) - 3)
		features, labels = append(features, row), append(labels, i%2)
	}
	labels[7] = 0
	f, err := New(enginetest.Go(t), features, labels, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Strength = 1 // so few photos say little otherwise
	t.Cleanup(f.Close)
	return f, labels
}

// TestPredictLeavesOut: a photo is judged by what did not learn from it, so a wrong label shows;
// what takes no part is judged by nobody, and nobody learns from it.
func TestPredictLeavesOut(t *testing.T) {
	f, labels := fitter(t)
	fold := make([]int, len(labels))
	for i := range fold {
		fold[i] = i % 3
	}
	fold[4] = -1
	probs, err := f.Predict(t.Context(), fold, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range probs {
		switch {
		case i == 4 && row != nil:
			t.Errorf("photo 4 takes no part, and has the probabilities %v", row)
		case i == 7 && row[1] < 0.5:
			t.Errorf("photo 7 is of class 1, and its wrong label gave it %v", row)
		case i != 4 && i != 7 && row[labels[i]] < 0.5:
			t.Errorf("photo %d of class %d has %v", i, labels[i], row)
		}
	}
	labels[4] = 1 - labels[4] // a label that nobody learns from changes nothing
	again, err := f.Predict(t.Context(), fold, 3)
	if err != nil {
		t.Fatal(err)
	}
	for i := range probs {
		if !slices.Equal(again[i], probs[i]) {
			t.Errorf("photo %d has %v and then %v, though only photo 4 changed, which takes no part", i, probs[i], again[i])
		}
	}
}

// TestApplyFromAnyStart: where a fit begins changes how long it takes, not what comes out.
func TestApplyFromAnyStart(t *testing.T) {
	f, labels := fitter(t)
	var learn, judge []int
	for i := range labels {
		if i%2 == 0 || i > 30 {
			learn = append(learn, i)
		} else {
			judge = append(judge, i)
		}
	}
	want, params, err := f.ApplyFrom(t.Context(), nil, learn, judge)
	if err != nil {
		t.Fatal(err)
	}
	far := slices.Clone(params)
	for i := range far {
		far[i] = -2*far[i] + 0.1
	}
	got, _, err := f.ApplyFrom(t.Context(), far, learn, judge)
	if err != nil {
		t.Fatal(err)
	}
	for n := range want {
		if math.Abs(got[n][0]-want[n][0]) > 1e-2 {
			t.Errorf("photo %d has %v from zeros and %v from elsewhere", judge[n], want[n], got[n])
		}
	}
	uniform, err := f.Apply(t.Context(), nil, judge[:1])
	if err != nil || !slices.Equal(uniform[0], []float64{0.5, 0.5}) {
		t.Errorf("without photos to learn from: %v, %v", uniform, err)
	}
}

// TestFoldsKeepUnits: photos of a unit are in one fold, and classes are spread over all.
func TestFoldsKeepUnits(t *testing.T) {
	units, labels := make([]int, 90), make([]int, 90)
	for i := range units {
		units[i], labels[i] = i/3, i/3%2
	}
	fold := Folds(units, labels, 5, 3)
	of := map[[2]int]int{}
	for i := range fold {
		if fold[i] != fold[i/3*3] {
			t.Fatalf("unit %d is torn", units[i])
		}
		of[[2]int{fold[i], labels[i]}]++
	}
	for f := range 5 {
		if of[[2]int{f, 0}] != 9 || of[[2]int{f, 1}] != 9 {
			t.Errorf("fold %d has %d and %d photos of the classes, want 9 of each", f, of[[2]int{f, 0}], of[[2]int{f, 1}])
		}
	}
}
