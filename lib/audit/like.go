package audit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/internal/crossfit"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

const (
	mostLike  = 2000 // deployment photos that are compared; of more, evenly spaced ones
	leastLike = 20   // below which there is no test
	differs   = 0.60 // AUC from which on a difference that is no chance matters
	farther   = 0.01 // share of the set's photos that are farther from all others than an "unlike" photo
	another   = 0.5  // share of unlike photos from which on the folder is of another kind
	shownLike = 8    // photos nearest and farthest
)

// Likeness compares the photos of the test side (of the whole set where there is none) with those
// of a deployment folder.
type Likeness struct {
	Folder   string `json:"folder"`
	Photos   int    `json:"photos"`   // of the folder that were compared
	Compared int    `json:"compared"` // of the set
	Known    int    `json:"known"`    // of the folder whose content is in the set; they are not compared

	// AUC is that of a classifier that tells the two apart, in cross-validation: the share of pairs
	// of a deployment photo and one of the set that it orders rightly. Photos of one group, and
	// copies, count as one photo with their mean score. 0.5: it cannot. P is the probability of
	// that much by chance (classifier two-sample test, Lopez-Paz and Oquab 2017). 0 and 1 for fewer
	// than 20 photos, and for so few groups that no P could be below 0.05.
	AUC    float64 `json:"auc"`
	P      float64 `json:"p"`
	groups bool    // whether the deployment folder has groups

	// share of the folder's photos that are farther from all photos of the set than 99 % of these are
	Unlike     float64     `json:"unlike"`
	ranked     bool        // whether Unlike was computed, which takes 20 photos of the set
	Statistics []Statistic `json:"statistics"`
	Nearest    []string    `json:"nearest"`  // of the folder, relative to it
	Farthest   []string    `json:"farthest"` // of the folder, the farthest first
	Twins      []string    `json:"twins"`    // of the set: nearest to each of Nearest, and then to each of Farthest
}

// Statistic compares one number of photos.
type Statistic struct {
	Name string  `json:"name"`
	Set  float64 `json:"set"`  // median of the set's photos
	Like float64 `json:"like"` // median of the deployment photos
	// share of pairs in which the deployment photo has the larger value, less 0.5; photos of one
	// group, and copies, count as one photo with their mean value
	Difference float64 `json:"difference"`
	P          float64 `json:"p"` // Mann-Whitney test on the same pairs, adjusted for the number of statistics (Holm)
}

// Larger is the share of pairs in which the deployment photo has the larger value.
func (s Statistic) Larger() float64 { return s.Difference + 0.5 }

// likeness compares the set with a deployment folder.
func (a *auditor) likeness(ctx context.Context) error {
	if a.Like == "" {
		return nil
	}
	other, err := dataset.Open(ctx, a.Like, a.progress)
	if err != nil {
		return fmt.Errorf("deployment photos: %w", err)
	}
	r := &Likeness{Folder: a.Like, Nearest: []string{}, Farthest: []string{}, Twins: []string{}}
	images := a.unknown(spaced(other.Kept(), mostLike), r)
	if len(images) == 0 {
		a.find(KindLikeness, Warning, "All %s of the deployment folder that were looked at are in the set already: "+
			"there is nothing to compare.", text.Count(r.Known, "photo"))
		return nil
	}
	units, err := a.unitsBehind(ctx, other, images)
	if err != nil {
		return err
	}
	o := a.Embed
	o.Cache = a.cache
	features, err := embed.Images(ctx, a.engine, other, images, o, a.progress)
	if err != nil {
		return err
	}
	measures, err := measureAll(ctx, other, images, a.cache, a.progress)
	if err != nil {
		return err
	}
	mine := a.on(dataset.Test)
	if len(mine) == 0 {
		for i := range a.images {
			mine = append(mine, i)
		}
	}
	r.Photos, r.Compared = len(images), len(mine)
	r.groups = slices.ContainsFunc(images, func(im dataset.Image) bool { return im.Group != "" })
	if err := a.twoSample(ctx, r, mine, features, units); err != nil {
		return err
	}
	if err := a.distances(ctx, r, images, features); err != nil {
		return err
	}
	a.statistics(r, mine, images, measures, units)
	a.result.Likeness = r
	a.likenessFinding(r)
	return nil
}

// unknown are the images whose content is not in the set.
func (a *auditor) unknown(images []dataset.Image, r *Likeness) []dataset.Image {
	known := map[string]bool{}
	for _, im := range a.set.Images {
		known[im.SHA256], known[im.Pixels] = true, true
	}
	return slices.DeleteFunc(images, func(im dataset.Image) bool {
		is := known[im.SHA256] || known[im.Pixels]
		if is {
			r.Known++
		}
		return is
	})
}

// unitsBehind numbers images of another set as [dedup.Units] does, at the distance of the audited
// set and behind the units of that. Missing hashes of images are filled in.
func (a *auditor) unitsBehind(ctx context.Context, other *dataset.Set, images []dataset.Image) ([]int, error) {
	some := *other
	some.Images = images
	if err := dataset.TakeHashes(ctx, &some, a.progress); err != nil {
		return nil, fmt.Errorf("deployment photos: %w", err)
	}
	units, err := dedup.Units(ctx, images, dedup.DistanceOf(a.set))
	if err != nil {
		return nil, fmt.Errorf("deployment photos: %w", err)
	}
	for i := range units {
		units[i] += len(a.images)
	}
	return units, nil
}

// spaced takes at most so many, evenly spaced.
func spaced[T any](all []T, most int) []T {
	if len(all) <= most {
		return all
	}
	out := make([]T, most)
	for i := range out {
		out[i] = all[i*len(all)/most]
	}
	return out
}

// twoSample has a classifier tell the two kinds of photos apart; `features` and `units` are those
// of the deployment photos.
func (a *auditor) twoSample(ctx context.Context, r *Likeness, mine []int, features [][]float32, units []int) error {
	if r.P = 1; len(features) < leastLike || len(mine) < leastLike {
		return nil
	}
	rows, labels := a.rows(mine), make([]int, len(mine))
	for _, row := range features {
		rows, labels = append(rows, row), append(labels, 1)
	}
	units = slices.Concat(a.unitsOf(mine), units)
	fitter, err := crossfit.New(a.engine, rows, labels, 2, a.progress)
	if err != nil {
		return err
	}
	defer fitter.Close()
	fold := crossfit.Folds(units, labels, halves, a.Seed)
	probs, err := fitter.Predict(ctx, fold, halves)
	if err != nil {
		return err
	}
	r.AUC, r.P = halvesAUC(probs, labels, units, fold)
	return nil
}

// unitsOf are the units of some photos.
func (a *auditor) unitsOf(photos []int) []int {
	out := make([]int, len(photos))
	for n, i := range photos {
		out[n] = a.units[i]
	}
	return out
}

// halves: a classifier learns from one half of the photos and is tested on the other, and the other
// way round. Photos of more folds would share what was learned, and p be too small: in simulations
// with five folds 10 % of tests found a difference at 5 % where there was none.
const halves = 2

// halvesAUC is the mean area under the ROC curve of both halves, and its one-sided p value: twice
// the smaller one of the halves' (Bonferroni). Each unit counts once, by its mean score: photos of
// one film are not independent, and p of photos would be far too small. It is 0 and 1 where a half
// lacks one of the two, and where both halves have too few units for a p below 0.05.
func halvesAUC(probs [][]float64, labels, units, fold []int) (auc, p float64) {
	p = 1
	possible := 1.0
	for this := range halves {
		var scores [2][]float64 // of the set, and of the deployment folder
		var of [2][]int
		for i, k := range labels {
			if fold[i] == this {
				scores[k], of[k] = append(scores[k], probs[i][1]), append(of[k], units[i])
			}
		}
		low, high := unitMeans(scores[0], of[0]), unitMeans(scores[1], of[1])
		m, n := float64(len(low)), float64(len(high))
		if m == 0 || n == 0 {
			return 0, 1
		}
		wins := mannWhitney(low, high)
		auc += wins / (m * n) / halves
		p = min(p, halves*upperP(wins, m, n))
		possible = min(possible, halves*upperP(m*n, m, n))
	}
	if possible >= 0.05 {
		return 0, 1
	}
	return auc, p
}

// unitMeans is the mean value of each unit. It is a running mean: that of equal values is exactly
// their value, so that units of different sizes stay equal where all their photos are.
func unitMeans(values []float64, units []int) []float64 {
	at, photos, means := map[int]int{}, []float64{}, []float64{}
	for i, v := range values {
		k, ok := at[units[i]]
		if !ok {
			k = len(means)
			at[units[i]], photos, means = k, append(photos, 0), append(means, 0)
		}
		photos[k]++
		means[k] += (v - means[k]) / photos[k]
	}
	return means
}

// upperP is the one-sided p value of the Mann-Whitney test with `wins` of m*n pairs, by the normal
// approximation with continuity correction: without it, p of a few units is too small.
func upperP(wins, m, n float64) float64 {
	return distuv.UnitNormal.Survival((wins - m*n/2 - 0.5) / math.Sqrt(m*n*(m+n+1)/12))
}

// mannWhitney counts pairs in which the value of high is larger; equal ones count half.
func mannWhitney(low, high []float64) float64 {
	low = slices.Sorted(slices.Values(low))
	wins := 0.0
	for _, v := range high {
		below, _ := slices.BinarySearch(low, v)
		upTo, _ := slices.BinarySearchFunc(low, v, func(x, v float64) int { return cmp.Or(cmp.Compare(x, v), -1) })
		wins += float64(below) + float64(upTo-below)/2
	}
	return wins
}

// distances finds the deployment photos that are nearest to the set and farthest from it.
func (a *auditor) distances(ctx context.Context, r *Likeness, images []dataset.Image, features [][]float32) error {
	own, err := embed.Nearest(ctx, a.engine, a.features, a.features, 1, func(q, i int) bool {
		return a.units[q] == a.units[i]
	})
	if err != nil {
		return err
	}
	near, err := embed.Nearest(ctx, a.engine, features, a.features, 1, nil)
	if err != nil {
		return err
	}
	var usual []float64
	for _, n := range own {
		if len(n) > 0 {
			usual = append(usual, n[0].Distance)
		}
	}
	order := make([]int, len(images))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(near[x][0].Distance, near[y][0].Distance) })
	if slices.Sort(usual); len(usual) >= leastLike {
		limit, unlike := usual[int((1-farther)*float64(len(usual)-1))], 0
		for _, n := range near {
			if n[0].Distance > limit {
				unlike++
			}
		}
		r.Unlike, r.ranked = float64(unlike)/float64(len(near)), true
	}
	for _, i := range order[:min(len(order), shownLike)] {
		r.Nearest = append(r.Nearest, images[i].Path)
		r.Twins = append(r.Twins, a.images[near[i][0].Index].Path)
	}
	slices.Reverse(order)
	for _, i := range order[:min(len(order), shownLike)] {
		r.Farthest = append(r.Farthest, images[i].Path)
		r.Twins = append(r.Twins, a.images[near[i][0].Index].Path)
	}
	return nil
}

// statistics compares brightness, contrast, blur, size and aspect; `units` are those of images.
func (a *auditor) statistics(r *Likeness, mine []int, images []dataset.Image, measures []measure, units []int) {
	own, other := a.unitsOf(mine), &auditor{images: images, measures: measures}
	var p []float64
	for _, n := range numbers {
		var x, y []float64
		for _, i := range mine {
			x = append(x, n.of(a, i))
		}
		for i := range images {
			y = append(y, n.of(other, i))
		}
		low, high := unitMeans(x, own), unitMeans(y, units)
		m, k := float64(len(low)), float64(len(high))
		wins := mannWhitney(low, high)
		p = append(p, min(1, 2*upperP(max(wins, m*k-wins), m, k)))
		r.Statistics = append(r.Statistics, Statistic{Name: n.kind, Set: metric.Median(x), Like: metric.Median(y),
			Difference: wins/(m*k) - 0.5})
	}
	for i, v := range metric.Holm(p) {
		r.Statistics[i].P = v
	}
}

func (a *auditor) likenessFinding(r *Likeness) {
	kind, severity, said := "like the photos of the set", Note, ""
	switch {
	case r.Unlike >= another:
		kind, severity = "of another kind than the set", Warning
		said = " A result on this test set says little about them."
	case r.P < 0.05 && r.AUC >= differs:
		kind, severity = "unlike the photos of the set", Warning
		said = " Accuracy on them may be lower: label some of them and test on these."
	case r.AUC == 0:
		kind = fmt.Sprintf("too few for a test, or the %s of the set are: it takes %d of each, of several groups",
			text.Count(r.Compared, "photo"), leastLike)
	}
	f := a.find(KindLikeness, severity, "The %s of the deployment folder are %s.%s", text.Count(r.Photos, "photo"),
		kind, said)
	if r.AUC > 0 {
		assumes := ""
		if !r.groups {
			assumes = "; p assumes unrelated deployment photos"
		}
		f.Text += fmt.Sprintf(" A classifier tells the two apart in %s of pairs (50 %% is chance, p %s%s).",
			text.Percent(r.AUC, 0), pText(r.P), assumes)
	}
	if r.ranked {
		f.Text += fmt.Sprintf(" %s of the photos are farther from every photo of the set than 99 %% of its own photos "+
			"are.", text.Percent(r.Unlike, 0))
	}
	if unlike := r.differences(); unlike != "" {
		f.Text += " They differ in " + unlike + "."
	}
	if r.Known > 0 {
		f.Text += fmt.Sprintf(" %s in the set already, and left out here.",
			text.Count(r.Known, "photo is", "photos are"))
	}
	f.Photos = slices.Clone(r.Twins)
	n := len(r.Nearest)
	for i, of := range slices.Concat(r.Farthest, r.Nearest) {
		what, twin := "nearest", i-len(r.Farthest)
		if i < len(r.Farthest) {
			what, twin = "farthest", n+i
		}
		f.Together = append(f.Together, Together{Text: what + ", beside the most similar photo of the set",
			Like: []string{of}, Photos: []string{r.Twins[twin]}})
	}
}

// differences names the statistics that differ, with their medians.
func (r *Likeness) differences() string {
	var out []string
	for _, s := range r.Statistics {
		if s.P < 0.05 && math.Abs(s.Difference) >= 0.1 {
			out = append(out, fmt.Sprintf("%s (median %.4g, set %.4g)", s.Name, s.Like, s.Set))
		}
	}
	return strings.Join(out, ", ")
}

func pText(p float64) string {
	if p < 0.001 {
		return "below 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}
