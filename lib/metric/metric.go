// Package metric compares predicted probabilities with labels: accuracy with its interval,
// precision, recall and F1 of each class, the confusion matrix, calibration, and the most confident
// mistakes. Start with [Evaluate].
package metric

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
)

// Interval is a 95 % interval, [low, high].
type Interval [2]float64

// Class holds the metrics of one class, each in [0,1]. A metric that would be 0/0 is 0: precision
// if no photo is predicted as the class, recall if no photo has the class, F1 if both.
type Class struct {
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	N         int     `json:"n"` // number of photos of the class

	// Interval is the 95 % interval of Recall over groups. It is nil if photos have no groups: then
	// use [Wilson].
	Interval *Interval `json:"recall_interval,omitempty"`
}

// Mistake is one wrongly classified photo.
type Mistake struct {
	File        string  `json:"file"`
	Label       string  `json:"label"`
	Predicted   string  `json:"predicted"`
	Probability float64 `json:"probability"` // probability of the predicted class
}

// Result is the result of an evaluation. Rows of Confusion are true classes, columns predicted
// ones, in the order of Classes. Classes without photos do not count in Balanced and MacroF1.
type Result struct {
	Top1      float64          `json:"top1"`
	Interval  Interval         `json:"interval"` // 95 % interval of Top1: Wilson's, or over groups, see [Accuracy]
	N         int              `json:"n"`
	Groups    int              `json:"groups,omitempty"`  // number of groups of photos; 0: no groups
	Balanced  float64          `json:"balanced_accuracy"` // mean recall over classes
	MacroF1   float64          `json:"macro_f1"`          // mean F1 over classes
	LogLoss   float64          `json:"log_loss"`          // mean of -ln p(label), nats; p is at least 1e-15
	ECE       float64          `json:"ece"`               // expected calibration error, see [Bin]
	Classes   []string         `json:"classes"`
	PerClass  map[string]Class `json:"per_class"`
	Confusion [][]int          `json:"confusion"`
	Bins      []Bin            `json:"bins,omitempty"`     // bins that have photos, by rising confidence
	Mistakes  []Mistake        `json:"mistakes,omitempty"` // most confident first, at most 24
	// some of the photos, where they have tags; see classifier.Predictor.Evaluate
	Parts []Part `json:"parts,omitempty"`
}

const maxMistakes = 24

// Predicted is the number of photos that were predicted as class k, an index into Classes.
func (r Result) Predicted(k int) int {
	n := 0
	for _, row := range r.Confusion {
		if k < len(row) {
			n += row[k]
		}
	}
	return n
}

// Evaluate compares probs `[n][classes]`, whose rows sum to 1, with labels `[n]`, which are indices
// into classes. The predicted class is the most probable one, the first of equal ones. files `[n]`
// are the names of the photos; if it is nil, Mistakes is empty. Evaluate returns an error if there
// are no photos, if lengths do not match, or if numbers are not probabilities.
func Evaluate(classes []string, labels []int, probs [][]float64, files []string) (Result, error) {
	return EvaluateGroups(classes, labels, probs, files, nil)
}

// EvaluateGroups is [Evaluate] for photos with groups, whose photos resemble each other: groups
// `[n]` is the number of the group of each photo, and intervals are over groups. nil: no groups.
func EvaluateGroups(classes []string, labels []int, probs [][]float64, files []string, groups []int) (Result, error) {
	if err := check(classes, labels, probs, files, groups); err != nil {
		return Result{}, err
	}
	r := Result{N: len(labels), Classes: slices.Clone(classes), PerClass: map[string]Class{},
		Confusion: make([][]int, len(classes))}
	for i := range r.Confusion {
		r.Confusion[i] = make([]int, len(classes))
	}
	correct := 0
	for i, label := range labels {
		best := MostProbable(probs[i], -1)
		r.Confusion[label][best]++
		r.LogLoss -= math.Log(min(max(probs[i][label], 1e-15), 1)) / float64(r.N)
		if best == label {
			correct++
		} else if files != nil {
			r.Mistakes = append(r.Mistakes, Mistake{files[i], classes[label], classes[best], probs[i][best]})
		}
	}
	slices.SortStableFunc(r.Mistakes, func(a, b Mistake) int { return cmp.Compare(b.Probability, a.Probability) })
	r.Mistakes = r.Mistakes[:min(len(r.Mistakes), maxMistakes)]
	r.Top1, r.Interval = float64(correct)/float64(r.N), Wilson(correct, r.N)
	r.Bins, r.ECE = calibration(labels, probs)
	r.perClass()
	if groups != nil {
		r.group(labels, Predicted(probs), groups)
	}
	return r, nil
}

// slack is the largest rounding error of a float32 probability.
const slack = 1e-3

func check(classes []string, labels []int, probs [][]float64, files []string, groups []int) error {
	n := len(labels)
	if n == 0 {
		return errors.New("metric: there are no photos to evaluate")
	}
	if len(probs) != n || files != nil && len(files) != n || groups != nil && len(groups) != n {
		return fmt.Errorf("metric: %d labels, %d predictions, %d files, %d photos in groups", n, len(probs),
			len(files), len(groups))
	}
	for i, label := range labels {
		if label < 0 || label >= len(classes) || len(probs[i]) != len(classes) {
			return fmt.Errorf("metric: row %d, label %d of %d probabilities, does not fit %d classes", i, label,
				len(probs[i]), len(classes))
		}
		sum := 0.0
		for _, p := range probs[i] {
			if !(p >= -slack) { // also true for NaN
				return fmt.Errorf("metric: row %d has a probability of %g: a fit that diverged gives such "+
					"numbers, lower its learning rate", i, p)
			}
			sum += p
		}
		if !(math.Abs(sum-1) <= slack) {
			return fmt.Errorf("metric: the probabilities of row %d sum to %g, not 1", i, sum)
		}
	}
	return nil
}

// group replaces the intervals by intervals over groups.
func (r *Result) group(labels, predicted, groups []int) {
	r.Groups = int(newClusters(groups, len(groups)).count())
	right := make([]bool, len(labels))
	for i, label := range labels {
		right[i] = predicted[i] == label
	}
	_, r.Interval = Accuracy([][]bool{right}, groups)
	for k, name := range r.Classes {
		var own []bool
		var of []int
		for i, label := range labels {
			if label == k {
				own, of = append(own, right[i]), append(of, groups[i])
			}
		}
		c := r.PerClass[name]
		_, interval := Accuracy([][]bool{own}, of)
		c.Interval = &interval
		r.PerClass[name] = c
	}
}

func (r *Result) perClass() {
	present := 0.0
	for k, name := range r.Classes {
		hits, predicted, actual := r.Confusion[k][k], r.Predicted(k), 0
		for j := range r.Classes {
			actual += r.Confusion[k][j]
		}
		c := Class{Precision: ratio(hits, predicted), Recall: ratio(hits, actual),
			F1: ratio(2*hits, predicted+actual), N: actual}
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

// Predicted is the most probable class of each row, the first of equal ones.
func Predicted(probs [][]float64) []int {
	out := make([]int, len(probs))
	for i, row := range probs {
		out[i] = MostProbable(row, -1)
	}
	return out
}

// MostProbable is the most probable class, the first of equal ones, of all but one; -1: of all. It
// is -1 where no class is left.
func MostProbable(probs []float64, but int) int {
	best := -1
	for k, p := range probs {
		if k != but && (best < 0 || p > probs[best]) {
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
