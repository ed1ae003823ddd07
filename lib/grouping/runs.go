package grouping

import (
	"context"
	"fmt"
	"math/rand/v2"

	"imagelab/lib/text"
)

// leastExcess is how much nearer neighbours must be than any two photos of their class, as a share
// of the distance of these, to be called a sequence.
const leastExcess = 0.05

// runs proposes runs of neighbours in file order where photos resemble their neighbours less and
// less with the number of photos between them. Were all groups of n photos, two photos k places
// apart would be of one group in a share 1 - k/n of cases, so half of the resemblance is left at
// n/2: a run is twice as long as that. There are at least 20 runs. Of solar, whose modules have
// about 60 cells, runs are of 110, and 3.4 points (1.9 to 4.9) of accuracy are inflation.
func (f *finder) runs(context.Context) error {
	if len(f.images) < 100 {
		return nil
	}
	rows := unit(f.features)
	usual := f.usual(rows)
	excess := func(lag int) float64 { return 1 - f.apart(rows, lag, usual) }
	first := excess(1)
	if first < leastExcess {
		return nil
	}
	lag := 2
	for ; lag < len(rows)/40 && excess(lag) > first/2; lag += max(1, lag/10) {
	}
	n := min(2*lag, len(rows)/20)
	left := fmt.Sprintf("half of the resemblance of neighbours is gone %d places apart", lag)
	if excess(lag) > first/2 {
		left = fmt.Sprintf("more than half of the resemblance of neighbours is left %d places apart, but longer runs "+
			"would be fewer than 20", lag)
	}
	of := make([]string, len(rows))
	for i := range of {
		of[i] = fmt.Sprintf("run %d", i/n)
	}
	f.add(Proposal{Name: "runs", Run: n,
		Text: fmt.Sprintf("runs of %s in file order: %s", text.Count(n, "neighbour"), left)}, of)
	return nil
}

// usual is the mean distance of any two photos of each class that are of different units; 0 where
// there are none. Classes differ in it, so distances are compared within a class.
func (f *finder) usual(rows [][]float32) []float64 {
	r := rand.New(rand.NewPCG(f.Seed, 4))
	of := make([][]int, f.classes)
	for i, k := range f.labels {
		if k >= 0 {
			of[k] = append(of[k], i)
		}
	}
	usual := make([]float64, f.classes)
	for k, photos := range of {
		total, n := 0.0, 0
		for range randomPairs / max(f.classes, 1) {
			if len(photos) < 2 {
				break
			}
			i, j := photos[r.IntN(len(photos))], photos[r.IntN(len(photos))]
			if f.units[i] != f.units[j] {
				total += distance(rows[i], rows[j])
				n++
			}
		}
		if n > 0 {
			usual[k] = total / float64(n)
		}
	}
	return usual
}

// apart is the mean distance of photos with so many places between them, of one class and of
// different units, as a share of what is usual in that class; 1 where there are no such photos.
func (f *finder) apart(rows [][]float32, lag int, usual []float64) float64 {
	total, n := 0.0, 0
	for i := lag; i < len(rows); i++ {
		k := f.labels[i]
		if k >= 0 && k == f.labels[i-lag] && usual[k] > 0 && f.units[i] != f.units[i-lag] {
			total += distance(rows[i], rows[i-lag]) / usual[k]
			n++
		}
	}
	if n == 0 {
		return 1
	}
	return total / float64(n)
}
