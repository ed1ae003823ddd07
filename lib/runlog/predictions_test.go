package runlog

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/metric"
)

func somePredictions() Predictions {
	return Predictions{Version: Version, Record: "abcd", Side: "test", Classes: []string{"cat", "dog"},
		Photos: []Prediction{
			NewPrediction("cat/1.jpg", "1", 0, []float64{0.75, 0.25}),
			NewPrediction("cat/2.jpg", "2", 0, []float64{0.00001, 0.99999}),
		}}
}

func TestPredictions(t *testing.T) {
	dir, p := t.TempDir(), somePredictions()
	if none, err := LoadPredictions(dir, "test"); none != nil || err != nil {
		t.Fatalf("%v, %v from an empty folder", none, err)
	}
	if err := p.Save(dir); err != nil {
		t.Fatal(err)
	}
	got, err := LoadPredictions(dir, "test")
	if err != nil || !reflect.DeepEqual(*got, p) {
		t.Fatalf("%v, error %v, want %v", got, err, p)
	}
	if second := got.Photos[1]; second.Right() || second.Of(0) != 0.00001 || !slices.Equal(second.Top, []int{1, 0}) {
		t.Errorf("%+v: the true class is kept, however improbable", second)
	}
	fits := metric.Result{N: 2, Classes: p.Classes, Confusion: [][]int{{1, 1}, {0, 0}}}
	other := metric.Result{N: 2, Classes: p.Classes, Confusion: [][]int{{2, 0}, {0, 0}}}
	if !got.Fits(fits) || got.Fits(other) {
		t.Error("predictions belong to the result with the same confusion matrix")
	}
}

func TestPredictionKeepsTheMostProbable(t *testing.T) {
	probs := make([]float64, 1000)
	for k := range probs {
		probs[k] = 1.0 / 1000
	}
	probs[500] += 0.01
	p := NewPrediction("x", "", 999, probs)
	if len(p.Top) != mostKept || p.Top[0] != 500 || p.Predicted != 500 || p.Of(999) != 0.001 {
		t.Errorf("%d classes kept, the first is %d, the true one has %g", len(p.Top), p.Top[0], p.Of(999))
	}
}

// TestPredictionsRefused reads files that are not what was written.
func TestPredictionsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		change       func(*Predictions)
	}{
		{"newer", "a newer version may mean something else", func(p *Predictions) { p.Version = Version + 1 }},
		{"other side", "validation photos are no test", func(p *Predictions) { p.Side = "val" }},
		{"no such class", "an index must not panic on a page", func(p *Predictions) { p.Photos[0].Label = 7 }},
		{"probability", "a share is at most 1", func(p *Predictions) { p.Photos[0].P[0] = 7 }},
		{"lengths", "each class has its probability", func(p *Predictions) { p.Photos[0].P = nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, dir := somePredictions(), t.TempDir()
			tt.change(&p)
			text, err := json.Marshal(p)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(predictionsPath(dir, "test"), text, 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := LoadPredictions(dir, "test"); err == nil || !strings.Contains(err.Error(), "remove the file") {
				t.Errorf("error %v: %s", err, tt.reason)
			}
		})
	}
}
