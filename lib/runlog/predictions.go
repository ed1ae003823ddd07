package runlog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/seal"
	"imagelab/lib/metric"
)

// Predictions are the probabilities that the model of one run gave to the photos of one side. They
// stand in a file of their own beside the records, since most readers of records do not need them.
type Predictions struct {
	Version int          `json:"version"`
	Record  string       `json:"record"` // ID of the fit
	Side    string       `json:"side"`   // "val" or "test"
	Classes []string     `json:"classes"`
	Photos  []Prediction `json:"photos"` // in the order of the set
}

// Prediction is what a model said of one photo. It holds the most probable classes: those with at
// least 0.0001, at most 100 of them, and in any case the true class.
type Prediction struct {
	Path      string    `json:"path"` // in the set
	SHA256    string    `json:"sha256"`
	Label     int       `json:"label"`     // true class, an index into Classes
	Predicted int       `json:"predicted"` // most probable class
	Top       []int     `json:"top"`       // classes, the most probable first
	P         []float64 `json:"p"`         // their probabilities, rounded to 0.00001
}

const (
	leastKept = 1e-4
	mostKept  = 100
)

// NewPrediction is a prediction with probabilities `[classes]` that sum to 1.
func NewPrediction(path, sha256 string, label int, probs []float64) Prediction {
	p := Prediction{Path: path, SHA256: sha256, Label: label, Predicted: metric.Predicted([][]float64{probs})[0]}
	for k, v := range probs {
		if v >= leastKept || k == label || k == p.Predicted {
			p.Top = append(p.Top, k)
		}
	}
	slices.SortStableFunc(p.Top, func(a, b int) int {
		switch {
		case a == p.Predicted || probs[a] > probs[b]:
			return -1
		case b == p.Predicted || probs[a] < probs[b]:
			return 1
		}
		return 0
	})
	if len(p.Top) > mostKept {
		rest := p.Top[mostKept:]
		if p.Top = p.Top[:mostKept]; slices.Contains(rest, label) {
			p.Top[mostKept-1] = label
		}
	}
	for _, k := range p.Top {
		p.P = append(p.P, math.Round(probs[k]*1e5)/1e5)
	}
	return p
}

// Of is the probability of a class; 0 if it is not kept.
func (p Prediction) Of(class int) float64 {
	if i := slices.Index(p.Top, class); i >= 0 && i < len(p.P) {
		return p.P[i]
	}
	return 0
}

// Right reports whether the predicted class is the true one.
func (p Prediction) Right() bool { return p.Predicted == p.Label }

// Fits reports whether r is the result of these predictions: the classes are the same, and so is
// the number of photos in every cell of the confusion matrix.
func (p *Predictions) Fits(r metric.Result) bool {
	if p == nil || !slices.Equal(p.Classes, r.Classes) || len(p.Photos) != r.N || len(r.Confusion) != len(r.Classes) {
		return false
	}
	cells := map[[2]int]int{}
	for _, one := range p.Photos {
		cells[[2]int{one.Label, one.Predicted}]++
	}
	for cell, n := range cells {
		if row := r.Confusion[cell[0]]; cell[1] >= len(row) || row[cell[1]] != n {
			return false
		}
	}
	return true
}

// predictionsPath is the file of the predictions for one side in the folder of a run.
func predictionsPath(dir, side string) string {
	return filepath.Join(dir, "predictions-"+side+".json")
}

// Save writes the predictions into the folder of a run. It replaces the file at once or not at all.
func (p Predictions) Save(dir string) error {
	p.Version = Version
	data, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("runlog: predictions: %w", err)
	}
	data = seal.Object(data)
	err = atomicfile.Write(predictionsPath(dir, p.Side), int64(len(data)), func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
	if err != nil {
		return fmt.Errorf("runlog: predictions: %w", err)
	}
	return nil
}

// LoadPredictions reads the predictions for one side from the folder of a run. Without such a file,
// as in runs of earlier versions, it returns nil. A file that was changed or damaged is an error.
func LoadPredictions(dir, side string) (*Predictions, error) {
	var p Predictions
	err := seal.ReadJSON(predictionsPath(dir, side), &p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err == nil:
		err = p.validate(side)
	}
	if err != nil {
		return nil, fmt.Errorf("runlog: predictions: %w; remove the file, and evaluate again", err)
	}
	return &p, nil
}

func (p *Predictions) validate(side string) error {
	if p.Version > Version {
		return fmt.Errorf("version %d is newer than this program", p.Version)
	}
	if p.Side != side {
		return fmt.Errorf("they are of side %q, not %q", p.Side, side)
	}
	for i, one := range p.Photos {
		known := func(k int) bool { return k >= 0 && k < len(p.Classes) }
		sound := known(one.Label) && known(one.Predicted) && len(one.Top) == len(one.P) && len(one.Top) > 0
		for _, k := range one.Top {
			sound = sound && known(k)
		}
		for _, v := range one.P {
			sound = sound && v >= 0 && v <= 1.01
		}
		if !sound {
			return fmt.Errorf("photo %d has a class or a probability that cannot be", i+1)
		}
	}
	return nil
}
