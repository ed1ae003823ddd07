package suspect

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// suspects are all photos that can be judged, and the odd ones, the most suspicious first.
func (j *judged) suspects() []Suspect {
	odd, typical := j.oddness()
	thresholds := j.thresholds()
	out := []Suspect{}
	for i, im := range j.images {
		s := Suspect{Path: im.Path, Label: im.Class, Guess: im.Class, SHA256: im.SHA256, Split: im.Split,
			Decided: im.Labelled, row: i, other: -1}
		switch {
		case j.labels[i] >= 0:
			j.judgeLabel(&s, i, thresholds)
		case im.Conflict && im.Class != "": // of a class that cannot be judged
			s.Kind, s.Score = KindConflict, listedFrom
			s.Reason = "a copy of this photo has another label" + j.copyLabel(i)
		}
		if odd[i] > 0 && odd[i] > s.Score {
			s.Kind, s.Score, s.Reason = KindOdd, odd[i], j.oddReason(i, typical)
		}
		if s.Kind != "" {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, mostSuspicious)
	return out
}

// thresholds are, by class, the mean probability of the class over the photos with its label: what
// the classifier says when it is as sure of the class as it usually is.
func (j *judged) thresholds() []float64 {
	sum, n := make([]float64, len(j.classes)), make([]float64, len(j.classes))
	for i, k := range j.labels {
		if k >= 0 {
			sum[k] += j.probs[i][k]
			n[k]++
		}
	}
	for k := range sum {
		sum[k] /= max(n[k], 1)
	}
	return sum
}

// judgeLabel fills in what the probabilities say of a label.
func (j *judged) judgeLabel(s *Suspect, i int, thresholds []float64) {
	label := j.labels[i]
	probs := j.probs[i]
	s.other = metric.MostProbable(probs, label)
	best := label
	if j.odds[i] > 0.5 {
		best = s.other
	}
	s.Guess, s.Probability, s.GuessProb = j.classes[best], probs[label], probs[best]
	s.Score, s.Kind = j.odds[i], KindAmbiguous
	if best != label && probs[best] >= thresholds[best] {
		s.Kind = KindLabel
	}
	s.Reason = j.labelReason(i, label, best, s)
	if j.images[i].Conflict {
		s.Kind, s.Score = KindConflict, max(s.Score, listedFrom)
		s.Reason = fmt.Sprintf("a copy of this photo has another label%s; %s", j.copyLabel(i), s.Reason)
	}
}

// copyLabel names the other label of a copy, where it is known.
func (j *judged) copyLabel(i int) string {
	kept := func(im dataset.Image) string { return cmp.Or(im.DuplicateOf, im.Path) }
	for _, im := range j.images {
		if im.Conflict && kept(im) == kept(j.images[i]) && im.Class != j.images[i].Class && im.Class != "" {
			return ", " + text.Name(im.Class)
		}
	}
	return ""
}

func (j *judged) labelReason(i, label, best int, s *Suspect) string {
	name := func(k int) string { return text.Name(j.classes[k]) }
	percent := func(k int) string { return text.Percent(j.probs[i][k], 0) }
	var says string
	switch {
	case s.Kind == KindLabel:
		says = fmt.Sprintf("labelled %s, but looks like %s: %s against %s", name(label), name(best), percent(best),
			percent(label))
	case best != label:
		says = fmt.Sprintf("labelled %s, but may be %s: %s against %s", name(label), name(best), percent(best),
			percent(label))
	default:
		says = fmt.Sprintf("the label %s is the first guess, with %s; next is %s with %s", name(label), percent(label),
			name(s.other), percent(s.other))
	}
	total, like := 0, 0
	for _, n := range j.near[i] {
		if k := j.labels[n.Index]; k >= 0 {
			total++
			if k == s.other {
				like++
			}
		}
	}
	if total > 0 {
		says += fmt.Sprintf("; of the %d nearest photos, %d are labelled %s", total, like, name(s.other))
	}
	return says
}

// oddFrom is the robust z-score, of the mean distance to the nearest photos, from which a photo is
// unlike all others. Its score is then 0.5.
const oddFrom = 4.0

// fewest is how many photos it takes to say what is usual.
const fewest = 20

// oddness scores how far each photo is from its nearest ones, in [0,1); 0 for a usual one. typical
// is the median distance to the nearest photo.
func (j *judged) oddness() (scores []float64, typical float64) {
	n := len(j.images)
	scores = make([]float64, n)
	if n < fewest {
		return scores, 0
	}
	mean, first := make([]float64, n), make([]float64, n)
	for i, of := range j.near {
		for _, d := range of {
			mean[i] += d.Distance / float64(len(of))
		}
		if len(of) > 0 {
			first[i] = of[0].Distance
		}
	}
	middle := metric.Median(mean)
	deviations := make([]float64, n)
	for i, d := range mean {
		deviations[i] = math.Abs(d - middle)
	}
	spread := 1.4826 * metric.Median(deviations) // the standard deviation of a normal distribution
	for i, d := range mean {
		if z := (d - middle) / max(spread, 1e-3); z >= oddFrom {
			scores[i] = z / (z + oddFrom)
		}
	}
	return scores, metric.Median(first)
}

func (j *judged) oddReason(i int, typical float64) string {
	n := j.near[i][0]
	return fmt.Sprintf("unlike all other photos: the nearest one, %s, is at distance %.2f; half of all photos have one "+
		"within %.2f", text.Name(j.images[n.Index].Path), n.Distance, typical)
}

// summary counts the judged labels, those that are probably wrong, and the share of those that are
// the first guess.
func (j *judged) summary(all []Suspect) (ranked, wrong int, accuracy float64) {
	right := 0
	for i, k := range j.labels {
		if k >= 0 {
			ranked++
			if j.odds[i] <= 0.5 {
				right++
			}
		}
	}
	for _, s := range all {
		if s.Kind == KindLabel {
			wrong++
		}
	}
	return ranked, wrong, float64(right) / float64(max(ranked, 1))
}

// mostPairs is how many pairs of classes are named, and fewestMixed how many photos must look like
// the other class.
const (
	mostPairs   = 20
	fewestMixed = 3
)

// pairs are the classes that are hardest to tell apart.
func (j *judged) pairs() []Pair {
	size := make([]int, len(j.classes))
	mixed := map[[2]int]int{} // photos by label and the class that is more probable
	for i, k := range j.labels {
		if k < 0 {
			continue
		}
		size[k]++
		if j.odds[i] > 0.5 {
			mixed[[2]int{k, metric.MostProbable(j.probs[i], k)}]++
		}
	}
	out := []Pair{}
	for a := range j.classes {
		for b := a + 1; b < len(j.classes); b++ {
			ab, ba := mixed[[2]int{a, b}], mixed[[2]int{b, a}]
			if ab+ba < fewestMixed {
				continue
			}
			p := Pair{Classes: [2]string{j.classes[a], j.classes[b]}, Photos: size[a] + size[b], Mixed: ab + ba}
			p.Share = float64(p.Mixed) / float64(p.Photos)
			x, y := text.Name(p.Classes[0]), text.Name(p.Classes[1])
			p.Reason = fmt.Sprintf("of %d photos of %s and %s, %d look more like the other class: %d %s like %s, %d %s like %s",
				p.Photos, x, y, p.Mixed, ab, x, y, ba, y, x)
			p.Between = [2][]string{j.between(a, b), j.between(b, a)}
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b Pair) int { return cmp.Compare(b.Share, a.Share) })
	return out[:min(len(out), mostPairs)]
}

// shown is how many photos illustrate a suspect or a pair, of each class.
const shown = 3

// between are photos labelled a for which a and b are most nearly as probable.
func (j *judged) between(a, b int) []string {
	var of []int
	for i, k := range j.labels {
		if k == a {
			of = append(of, i)
		}
	}
	gap := func(i int) float64 { return math.Abs(j.probs[i][a]-j.probs[i][b]) - (j.probs[i][a]+j.probs[i][b])/2 }
	slices.SortStableFunc(of, func(x, y int) int { return cmp.Compare(gap(x), gap(y)) })
	var paths []string
	for _, i := range of[:min(len(of), shown)] {
		paths = append(paths, j.images[i].Path)
	}
	return paths
}

// mostIllustrated is how many suspects have the paths of their nearest photos.
const mostIllustrated = 2000

// illustrate adds to the suspects that are listed, of the set and of its sides, the nearest photos
// with the same label and those of the class that they are compared with.
func (j *judged) illustrate(ctx context.Context, e *engine.Engine, r *Result) error {
	listed := map[int]bool{}
	for _, side := range []string{"", "train", "val", "test"} {
		for _, s := range r.Listed(side) {
			listed[s.row] = true
		}
	}
	var at []int // in r.Suspects
	var queries [][]float32
	for i, s := range r.Suspects {
		if listed[s.row] && s.other >= 0 && len(at) < mostIllustrated {
			at, queries = append(at, i), append(queries, j.features[s.row])
		}
	}
	for _, same := range []bool{true, false} {
		near, err := embed.Nearest(ctx, e, queries, j.features, shown, func(q, i int) bool {
			s := r.Suspects[at[q]]
			class := s.other
			if same {
				class = j.labels[s.row]
			}
			return j.unit[i] == j.unit[s.row] || j.labels[i] != class
		})
		if err != nil {
			return err
		}
		for q, of := range near {
			s := &r.Suspects[at[q]]
			if same {
				s.LikeLabel = j.paths(of)
			} else {
				s.LikeGuess, s.GuessShown = j.paths(of), j.classes[s.other]
			}
		}
	}
	return nil
}

func (j *judged) paths(of []embed.Neighbour) (paths []string) {
	for _, n := range of {
		paths = append(paths, j.images[n.Index].Path)
	}
	return paths
}
