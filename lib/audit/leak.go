package audit

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/metric"
	"imagelab/lib/split"
	"imagelab/lib/text"
)

// leaks lists what the gate refuses: copies and groups on two sides.
func (a *auditor) leaks(ctx context.Context) error {
	if len(a.on(dataset.Train)) == len(a.images) || len(a.on("")) == len(a.images) {
		return nil // one side cannot leak into another
	}
	leaks := split.Leaks(a.set)
	if len(leaks) == 0 {
		a.find(KindLeak, Note, "No photo, and no copy or group of one, stands on two sides.")
		return nil
	}
	told := map[string]string{split.LeakBytes: "same bytes", split.LeakPixels: "same pixels", split.LeakHash: "look alike", split.LeakGroup: "same group"}
	kinds, leaked, seen := map[string]int{}, map[string]bool{}, map[string]bool{}
	var photos []string
	var rows []Together
	for _, l := range leaks {
		kinds[told[l.Kind]]++
		row := Together{Text: told[l.Kind] + ": "}
		sides := map[string]bool{}
		for _, m := range l.Members {
			if leaked[m.Path] = leaked[m.Path] || m.Split == dataset.Test; !seen[m.Path] {
				seen[m.Path] = true
				photos = append(photos, m.Path)
			}
			if len(row.Photos) < 6 && (!sides[m.Split] || len(l.Members) <= 6) {
				row.Photos = append(row.Photos, m.Path)
				row.Text += cmp.Or(map[bool]string{true: ""}[len(row.Photos) == 1], " and ") + sideName(m.Split)
			}
			sides[m.Split] = true
		}
		if len(rows) < shownTogether {
			row.Text = strings.Replace(row.Text, ":  and ", ": ", 1)
			rows = append(rows, row)
		}
	}
	test := 0
	for _, is := range leaked {
		if is {
			test++
		}
	}
	var parts []string
	for _, name := range []string{"same bytes", "same pixels", "look alike", "same group"} {
		if kinds[name] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", name, kinds[name]))
		}
	}
	inflated, err := a.inflation(ctx, leaked)
	if err != nil {
		return err
	}
	f := a.find(KindLeak, Error, "%s on more than one side (%s), so that %d of %s are no test.%s Run imagelab dedup and then imagelab split, with --redo where the folders gave the sides.",
		text.Count(len(leaks), "photo or group stands", "photos or groups stand"), strings.Join(parts, ", "), test, text.Count(a.result.Test, "test photo"), inflated)
	f.Photos, f.Together = photos, rows
	return nil
}

// inflation says how much the leaked test photos lift accuracy: a classifier on frozen features is
// fitted to the training photos and judged on the test photos with and without them.
func (a *auditor) inflation(ctx context.Context, leaked map[string]bool) (string, error) {
	of := a.labelled()
	var learn, all []int
	for n, i := range of {
		switch a.images[i].Split {
		case dataset.Train:
			learn = append(learn, n)
		case dataset.Test:
			all = append(all, n)
		}
	}
	if len(a.classes) < 2 || len(learn) == 0 || len(all) == 0 {
		return "", nil
	}
	if err := a.openFitter(of); err != nil {
		return "", err
	}
	probs, err := a.fitter.Apply(ctx, learn, all)
	if err != nil {
		return "", err
	}
	right, clean, n := 0, 0, 0
	for row, k := range metric.Predicted(probs) {
		i := of[all[row]]
		ok := k == a.labels[i]
		if ok {
			right++
		}
		if !leaked[a.images[i].Path] {
			n++
			if ok {
				clean++
			}
		}
	}
	if n == 0 {
		return " All test photos leak: nothing is left to test on.", nil
	}
	return fmt.Sprintf(" A classifier on frozen features that learns from the training side is right on %s of all test photos, and on %s without the leaked ones.",
		text.Percent(float64(right)/float64(len(all)), 1), text.Percent(float64(clean)/float64(n), 1)), nil
}

// What makes a near copy. On 3,409 garments, of 40 photos each that were mirrored, turned by 10
// degrees, framed, and cropped to 80 and to 60 % of their sides, 100, 97, 90, 55 and 0 % are called
// one, and quarter turns are not; so is 1 % of all photos, most of them other views of one garment.
const (
	copyShare  = 0.01  // share of the photos that have one of another class within the distance
	copyRatio  = 0.55  // of the distance to the next photo that is no copy of the first (Lowe 2004)
	closeShare = 0.001 // as copyShare, for photos that are near whatever others are
	closeRatio = 0.5   // of the median distance to the nearest photo
	leastClass = 50    // photos of several classes that it takes to find distances
)

// near looks for photos on two sides whose features are as near as those of copies: crops, slightly
// turned photos, and other views, which the gate does not see. Photos of two classes are surely no
// copies, so they say which distances mean nothing.
func (a *auditor) near(ctx context.Context) error {
	test, train := append(a.on(dataset.Test), a.on(dataset.Val)...), a.on(dataset.Train)
	if len(test) == 0 || len(train) == 0 {
		return nil
	}
	limits, err := a.limits(ctx)
	if err != nil {
		return err
	}
	if limits == nil {
		a.find(KindNear, Note, "Near copies (crops, turned photos, other views) were not looked for: that takes labelled photos of several classes, which say how near unlike photos are.")
		return nil
	}
	near, err := embed.Nearest(ctx, a.engine, a.rows(test), a.rows(train), 4, func(q, i int) bool { return a.units[test[q]] == a.units[train[i]] })
	if err != nil {
		return err
	}
	var copies, others []nearPair
	typical := median(near)
	for q, of := range near {
		switch {
		case len(of) == 0:
		case of[0].Distance <= limits[copyShare] && of[0].Distance <= copyRatio*a.next(of, train):
			copies = append(copies, nearPair{test[q], train[of[0].Index], of[0].Distance})
		case of[0].Distance <= min(limits[closeShare], closeRatio*typical):
			others = append(others, nearPair{test[q], train[of[0].Index], of[0].Distance})
		}
	}
	a.nearFinding(copies, "%s on the test or validation side and much nearer to one training photo than to any other, as crops, slightly turned "+
		"copies and other views of the same thing are. Look at the pairs, and give such photos one group.")
	a.nearFinding(others, "%s on the test or validation side and as near to a training photo as 1 in 1,000 photos is to one of another class. "+
		"Look at the pairs: neighbours in a film or a series belong in one group.")
	return nil
}

// next is the distance to the next photo that is of another unit than the first.
func (a *auditor) next(of []embed.Neighbour, train []int) float64 {
	for _, n := range of[1:] {
		if a.units[train[n.Index]] != a.units[train[of[0].Index]] {
			return n.Distance
		}
	}
	return of[0].Distance
}

// median is the median distance to the nearest photo.
func median(near [][]embed.Neighbour) float64 {
	var all []float64
	for _, of := range near {
		if len(of) > 0 {
			all = append(all, of[0].Distance)
		}
	}
	if len(all) == 0 {
		return 0
	}
	return metric.Median(all)
}

type nearPair struct {
	test, train int
	distance    float64
}

func (a *auditor) nearFinding(pairs []nearPair, format string) {
	if len(pairs) == 0 {
		return
	}
	slices.SortStableFunc(pairs, func(x, y nearPair) int { return cmp.Compare(x.distance, y.distance) })
	f := a.find(KindNear, Warning, format, text.Count(len(pairs), "photo is", "photos are"))
	for _, p := range pairs {
		x, y := a.images[p.test], a.images[p.train]
		f.Photos = append(f.Photos, x.Path, y.Path)
		if len(f.Together) < shownTogether {
			f.Together = append(f.Together, Together{Text: fmt.Sprintf("%s and train, distance %.3f", sideName(x.Split), p.distance), Photos: []string{x.Path, y.Path}})
		}
	}
}

// limits are the distances within which copyShare and closeShare of the photos have one of another
// class; nil where there are too few.
func (a *auditor) limits(ctx context.Context) (map[float64]float64, error) {
	of := a.labelled()
	if len(a.classes) < 2 || len(of) < leastClass {
		return nil, nil
	}
	rows := a.rows(of)
	near, err := embed.Nearest(ctx, a.engine, rows, rows, 1, func(q, i int) bool {
		return a.labels[of[q]] == a.labels[of[i]] || a.units[of[q]] == a.units[of[i]]
	})
	if err != nil {
		return nil, err
	}
	var distances []float64
	for _, n := range near {
		if len(n) > 0 {
			distances = append(distances, n[0].Distance)
		}
	}
	if len(distances) < leastClass {
		return nil, nil
	}
	slices.Sort(distances)
	at := func(share float64) float64 { return distances[int(share*float64(len(distances)))] }
	return map[float64]float64{copyShare: at(copyShare), closeShare: at(closeShare)}, nil
}

func (a *auditor) rows(photos []int) [][]float32 {
	out := make([][]float32, len(photos))
	for n, i := range photos {
		out[n] = a.features[i]
	}
	return out
}
