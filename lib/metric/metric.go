// Package metric judges predicted probabilities against labels: accuracy with its interval, per-class figures, the
// confusion matrix, calibration and the most confident mistakes. Start with [Evaluate].
package metric

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// Interval is a 95 % interval, [low, high].
type Interval [2]float64

// Class holds the figures of one class. Precision is 0 when nothing was predicted as the class.
type Class struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	N         int     `json:"n"` // images of the class
}

// Mistake is one wrongly classified image.
type Mistake struct {
	File        string  `json:"file"`
	Label       string  `json:"label"`
	Predicted   string  `json:"predicted"`
	Probability float64 `json:"probability"` // of the predicted class
}

// Result is what an evaluation found. Rows of Confusion are true classes, columns predicted ones, in the order of Classes.
type Result struct {
	Top1      float64          `json:"top1"`
	Interval  Interval         `json:"interval"` // Wilson, 95 %
	N         int              `json:"n"`
	Balanced  float64          `json:"balanced_accuracy"` // mean recall over the classes that have images
	MacroF1   float64          `json:"macro_f1"`          // mean F1 over the classes that have images
	LogLoss   float64          `json:"log_loss"`          // nats
	ECE       float64          `json:"ece"`               // expected calibration error, 15 bins (Guo et al. 2017)
	Classes   []string         `json:"classes"`
	PerClass  map[string]Class `json:"per_class"`
	Confusion [][]int          `json:"confusion"`
	Mistakes  []Mistake        `json:"mistakes,omitempty"` // most confident first, at most 24
}

const (
	z95         = 1.959963984540054
	bins        = 15
	maxMistakes = 24
)

// Wilson is the 95 % score interval of correct out of n (Wilson 1927); [0,1] for n = 0.
func Wilson(correct, n int) Interval {
	if n == 0 {
		return Interval{0, 1}
	}
	p, m := float64(correct)/float64(n), float64(n)
	centre := p + z95*z95/(2*m)
	half := z95 * math.Sqrt(p*(1-p)/m+z95*z95/(4*m*m))
	scale := 1 + z95*z95/m
	return Interval{max(0, (centre-half)/scale), min(1, (centre+half)/scale)}
}

// Evaluate compares probs `[n][classes]` with labels, indices into classes. files names the images and may be nil.
func Evaluate(classes []string, labels []int, probs [][]float64, files []string) (Result, error) {
	n := len(labels)
	if n == 0 {
		return Result{}, errors.New("metric: there are no images to evaluate")
	}
	if len(probs) != n || files != nil && len(files) != n {
		return Result{}, fmt.Errorf("metric: %d labels, %d predictions, %d files", n, len(probs), len(files))
	}
	r := Result{N: n, Classes: slices.Clone(classes), PerClass: map[string]Class{}, Confusion: make([][]int, len(classes))}
	for i := range r.Confusion {
		r.Confusion[i] = make([]int, len(classes))
	}
	correct := 0
	for i, label := range labels {
		if label < 0 || label >= len(classes) || len(probs[i]) != len(classes) {
			return Result{}, fmt.Errorf("metric: row %d does not fit %d classes", i, len(classes))
		}
		best := argmax(probs[i])
		r.Confusion[label][best]++
		r.LogLoss -= math.Log(max(probs[i][label], 1e-15)) / float64(n)
		if best == label {
			correct++
		} else if files != nil {
			r.Mistakes = append(r.Mistakes, Mistake{files[i], classes[label], classes[best], probs[i][best]})
		}
	}
	slices.SortStableFunc(r.Mistakes, func(a, b Mistake) int {
		if a.Probability > b.Probability {
			return -1
		}
		if a.Probability < b.Probability {
			return 1
		}
		return 0
	})
	r.Mistakes = r.Mistakes[:min(len(r.Mistakes), maxMistakes)]
	r.Top1, r.Interval = float64(correct)/float64(n), Wilson(correct, n)
	r.ECE = calibrationError(labels, probs)
	r.perClass()
	return r, nil
}

func (r *Result) perClass() {
	present := 0.0
	for k, name := range r.Classes {
		hits, predicted, actual := r.Confusion[k][k], 0, 0
		for j := range r.Classes {
			predicted += r.Confusion[j][k]
			actual += r.Confusion[k][j]
		}
		c := Class{Precision: ratio(hits, predicted), Recall: ratio(hits, actual), F1: ratio(2*hits, predicted+actual), N: actual}
		r.PerClass[name] = c
		if actual > 0 {
			present++
			r.Balanced += c.Recall
			r.MacroF1 += c.F1
		}
	}
	r.Balanced /= present
	r.MacroF1 /= present
}

// calibrationError is the mean distance of confidence and accuracy over equal-width bins of confidence, weighted by their size.
func calibrationError(labels []int, probs [][]float64) float64 {
	var confidence, hits [bins]float64
	for i, p := range probs {
		best := argmax(p)
		bin := min(int(p[best]*bins), bins-1)
		confidence[bin] += p[best]
		if best == labels[i] {
			hits[bin]++
		}
	}
	sum := 0.0
	for b := range bins {
		sum += math.Abs(confidence[b]-hits[b]) / float64(len(labels))
	}
	return sum
}

func argmax(p []float64) int {
	best := 0
	for k, v := range p {
		if v > p[best] {
			best = k
		}
	}
	return best
}

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
