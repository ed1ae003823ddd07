package audit

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/nearcopy"
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
	told := map[string]string{split.LeakBytes: "same bytes", split.LeakPixels: "same pixels",
		split.LeakHash: "look alike", split.LeakGroup: "same group"}
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
	f := a.find(KindLeak, Error, "%s on more than one side (%s), so that %d of %s are no test.%s Mark the copies, and divide the photos again, also where the folders gave the sides.",
		text.Count(len(leaks), "photo or group stands", "photos or groups stand"), strings.Join(parts,
			", "), test, text.Count(a.result.Test, "test photo"), inflated)
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

// near looks for photos on two sides whose features are as near as those of copies: crops, slightly
// turned photos, and other views, which the gate does not see. Photos of two classes are surely no
// copies, so they say which distances mean nothing.
func (a *auditor) near(ctx context.Context) error {
	test, train := append(a.on(dataset.Test), a.on(dataset.Val)...), a.on(dataset.Train)
	if len(test) == 0 || len(train) == 0 {
		return nil
	}
	pairs, ok, err := nearcopy.Find(ctx, a.engine, nearcopy.Photos{Features: a.features, Labels: a.labels,
		Units: a.units}, test, train)
	if err != nil {
		return err
	}
	if !ok {
		a.find(KindNear, Note, "Near copies (crops, turned photos, other views) were not looked for: that takes labelled photos of several classes, which say how near unlike photos are.")
		return nil
	}
	var copies, others []nearcopy.Pair
	for _, p := range pairs {
		if p.Single {
			copies = append(copies, p)
		} else {
			others = append(others, p)
		}
	}
	a.nearFinding(copies, "%s on the test or validation side and much nearer to one training photo than to any other, as crops, slightly turned "+
		"copies and other views of the same thing are. Look at the pairs, and give such photos one group.")
	a.nearFinding(others, "%s on the test or validation side and as near to a training photo as 1 in 1,000 photos is to one of another class. "+
		"Look at the pairs: neighbours in a film or a series belong in one group.")
	return nil
}

func (a *auditor) nearFinding(pairs []nearcopy.Pair, format string) {
	if len(pairs) == 0 {
		return
	}
	f := a.find(KindNear, Warning, format, text.Count(len(pairs), "photo is", "photos are"))
	for _, p := range pairs {
		x, y := a.images[p.Photo], a.images[p.Of]
		f.Photos = append(f.Photos, x.Path, y.Path)
		if len(f.Together) < shownTogether {
			f.Together = append(f.Together, Together{Text: fmt.Sprintf("%s and train, distance %.3f",
				sideName(x.Split), p.Distance), Photos: []string{x.Path, y.Path}})
		}
	}
}

func (a *auditor) rows(photos []int) [][]float32 {
	out := make([][]float32, len(photos))
	for n, i := range photos {
		out[n] = a.features[i]
	}
	return out
}
