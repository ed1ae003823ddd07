package metric

import (
	"cmp"
	"fmt"
	"slices"
)

// Ranking says how well the probability of one class separates its photos from all others, at every
// threshold (one versus rest).
type Ranking struct {
	Class  string
	N      int         // number of photos of the class
	Others int         // number of photos of the other classes
	Points []Threshold // by falling Value, down to the one at which every photo is positive
	// AUC is the area under the ROC curve. It is the share of pairs of a photo of the class and
	// another photo in which the first has the higher probability; equal ones count half (Hanley
	// and McNeil 1982). 0.5 is chance.
	AUC float64
	// AP is the average precision: the area under the precision-recall curve in steps, which is the
	// sum over Points of the gain in recall times the precision. N/(N+Others) is chance.
	AP float64
}

// Threshold is the result of calling every photo positive whose probability of the class is at
// least Value.
type Threshold struct {
	Value     float64 // threshold, [0,1]
	Found     int     // true positives
	False     int     // false positives
	Recall    float64 // true positive rate: Found / photos of the class
	Precision float64 // Found / (Found + False); 0 if both are 0
	FalseRate float64 // false positive rate: False / photos of other classes
}

// Rank sorts photos by their probability of a class. The arguments are those of [Evaluate]. It is
// an error if the class is unknown, has no photo, or has all photos.
func Rank(classes []string, labels []int, probs [][]float64, class string) (Ranking, error) {
	if err := check(classes, labels, probs, nil, nil); err != nil {
		return Ranking{}, err
	}
	k := slices.Index(classes, class)
	if k < 0 {
		return Ranking{}, fmt.Errorf("metric: there is no class %q to rank by; choose one of %q", class, classes)
	}
	positive, scores := make([]bool, len(labels)), make([]float64, len(labels))
	for i, label := range labels {
		positive[i], scores[i] = label == k, probs[i][k]
	}
	return RankScores(class, positive, scores)
}

// RankScores sorts photos by scores `[n]` for one class, such as its probability; positive `[n]`
// says which photos are of the class. It is an error if all are, or none.
func RankScores(class string, positive []bool, scores []float64) (Ranking, error) {
	if len(positive) != len(scores) {
		return Ranking{}, fmt.Errorf("metric: %d photos and %d scores", len(positive), len(scores))
	}
	r := Ranking{Class: class}
	order := make([]int, len(scores))
	for i, of := range positive {
		order[i] = i
		if of {
			r.N++
		}
	}
	if r.Others = len(scores) - r.N; r.N == 0 || r.Others == 0 {
		return Ranking{}, fmt.Errorf("metric: %d of %d photos are of class %q: a ranking needs photos of the "+
			"class and of others", r.N, len(scores), class)
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(scores[b], scores[a]) })
	var now Threshold
	for at, i := range order {
		if positive[i] {
			now.Found++
		} else {
			now.False++
		}
		if next := at + 1; next == len(order) || scores[order[next]] != scores[i] { // equal scores share a threshold
			now.Value = scores[i]
			r.add(now)
		}
	}
	return r, nil
}

// Cheapest is the threshold with the lowest cost, where a photo of the class that is missed costs
// `miss` and a false alarm costs 1. Of equal ones it is the highest. It may find nothing: its
// value is then above 1.
func (r Ranking) Cheapest(miss float64) Threshold {
	best, least := Threshold{Value: 1.01}, miss*float64(r.N)
	for _, t := range r.Points {
		if cost := miss*float64(r.N-t.Found) + float64(t.False); cost < least {
			best, least = t, cost
		}
	}
	return best
}

// add appends a threshold with known counts.
func (r *Ranking) add(t Threshold) {
	t.Recall, t.FalseRate, t.Precision = ratio(t.Found, r.N), ratio(t.False, r.Others), ratio(t.Found, t.Found+t.False)
	var before Threshold
	if n := len(r.Points); n > 0 {
		before = r.Points[n-1]
	}
	r.AUC += (t.FalseRate - before.FalseRate) * (t.Recall + before.Recall) / 2
	r.AP += (t.Recall - before.Recall) * t.Precision
	r.Points = append(r.Points, t)
}

// At is the result at this threshold.
func (r Ranking) At(threshold float64) Threshold {
	at := Threshold{}
	for _, t := range r.Points {
		if t.Value < threshold {
			break
		}
		at = t
	}
	at.Value = threshold
	return at
}

// Finding is the highest threshold at which the recall is at least this share, in [0,1].
func (r Ranking) Finding(recall float64) Threshold {
	for _, t := range r.Points {
		if t.Recall >= recall {
			return t
		}
	}
	return r.Points[len(r.Points)-1]
}
