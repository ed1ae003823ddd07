package audit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup/detail"
	"imagelab/lib/metric"
	"imagelab/lib/split"
	"imagelab/lib/text"
)

// Leak is photos that are copies of each other, or of one group, and stand on several sides.
type Leak struct {
	Kind      string   `json:"kind"`                // [split.LeakBytes], ...Pixels, ...Hash, ...Embedding, or ...Group
	Photos    []string `json:"photos"`              // paths
	Sides     []string `json:"sides"`               // of Photos
	Agreement float64  `json:"agreement,omitempty"` // of the details of two photos, in [0,1]; [split.LeakEmbedding] only
}

// Leakage is what leaked test photos do to accuracy: that of a classifier on frozen features, which
// learns from the training photos.
type Leakage struct {
	Photos  int `json:"photos"`  // test photos with a label
	Leaked  int `json:"leaked"`  // of these, that leak
	With    int `json:"with"`    // test photos that are classified rightly
	Without int `json:"without"` // of these, that do not leak
}

// accuracies are those on all test photos, and on those that do not leak; 0 of none.
func (l Leakage) accuracies() (with, without float64) {
	return float64(l.With) / float64(max(l.Photos, 1)), float64(l.Without) / float64(max(l.Photos-l.Leaked, 1))
}

// told says how the photos of a leak were found, in the order in which they are counted.
var told = []struct{ kind, text string }{
	{split.LeakBytes, "same bytes"}, {split.LeakPixels, "same pixels"}, {split.LeakHash, "look alike"},
	{split.LeakEmbedding, "same details"}, {split.LeakGroup, "same group"},
}

func tell(kind string) string {
	for _, t := range told {
		if t.kind == kind {
			return t.text
		}
	}
	return kind
}

// across looks for copies on two sides by their features: crops, turned, framed and written-on
// photos, whoever made the split.
func (a *auditor) across(ctx context.Context) error {
	if test := len(a.on(dataset.Test)); test == len(a.images) || test+len(a.on(dataset.Val)) == 0 {
		return nil
	}
	o := detail.Default()
	o.Embed = a.Embed
	near, err := detail.Across(ctx, a.engine, a.set, a.images, o, a.progress)
	a.alike = near.Evidence.Alike()
	for _, p := range near.Pairs {
		x, y := a.images[p.A], a.images[p.B]
		if dataset.Apart(x, y) {
			continue
		}
		a.near = append(a.near, Leak{split.LeakEmbedding, []string{x.Path, y.Path}, []string{x.Split, y.Split}, p.Agreement})
	}
	return err
}

// allLeaks are what the gate refuses, and then the copies by their features that it does not know.
func (a *auditor) allLeaks() []Leak {
	var out []Leak
	pairs := map[string]bool{}
	key := func(photos []string) string { return strings.Join(slices.Sorted(slices.Values(photos)), "\x00") }
	for _, l := range split.Leaks(a.set) {
		leak := Leak{Kind: l.Kind}
		for _, m := range l.Members {
			leak.Photos, leak.Sides = append(leak.Photos, m.Path), append(leak.Sides, m.Split)
		}
		out = append(out, leak)
		pairs[key(leak.Photos)] = true
	}
	for _, l := range a.near {
		if !pairs[key(l.Photos)] {
			out = append(out, l)
		}
	}
	return out
}

// leaks lists copies and groups on two sides.
func (a *auditor) leaks(ctx context.Context) error {
	if len(a.on(dataset.Train)) == len(a.images) || len(a.on("")) == len(a.images) {
		return nil // one side cannot leak into another
	}
	a.result.Leaks = a.allLeaks()
	if a.alike != "" {
		a.find(KindLeak, Note, "%s", a.alike)
	}
	if len(a.result.Leaks) == 0 {
		a.find(KindLeak, Note, "No photo, and no copy or group of one, stands on two sides.")
		return nil
	}
	leaked, photos := map[string]bool{}, []string{}
	for _, l := range a.result.Leaks {
		for n, path := range l.Photos {
			if _, seen := leaked[path]; !seen {
				leaked[path] = l.Sides[n] == dataset.Test
				photos = append(photos, path)
			}
		}
	}
	test := 0
	for _, is := range leaked {
		if is {
			test++
		}
	}
	inflated, err := a.inflation(ctx, leaked)
	if err != nil {
		return err
	}
	f := a.find(KindLeak, Error, "%s on more than one side (%s), so that %d of %s are no test.%s %s",
		text.Count(len(a.result.Leaks), "photo or group stands", "photos or groups stand"), a.leakKinds(), test,
		text.Count(a.result.Test, "test photo"), inflated, a.leakAdvice())
	f.Photos, f.Together = photos, leakRows(a.result.Leaks)
	return nil
}

// leakKinds counts the leaks by how they were found.
func (a *auditor) leakKinds() string {
	n := map[string]int{}
	for _, l := range a.result.Leaks {
		n[l.Kind]++
	}
	var parts []string
	for _, t := range told {
		if n[t.kind] > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", t.text, n[t.kind]))
		}
	}
	return strings.Join(parts, ", ")
}

// leakAdvice names the tier that a person has to ask for.
func (a *auditor) leakAdvice() string {
	tier := ","
	if slices.ContainsFunc(a.result.Leaks, func(l Leak) bool { return l.Kind == split.LeakEmbedding }) {
		tier = ", with the tier embedding,"
	}
	return fmt.Sprintf("Mark the copies%s and divide the photos again, also where the folders gave the sides.", tier)
}

// leakRows are photos of leaks, of every kind as many: of large ones the first of each side.
func leakRows(leaks []Leak) []Together {
	var rows []Together
	taken := map[string]int{}
	kinds := map[string]bool{}
	for _, l := range leaks {
		kinds[l.Kind] = true
	}
	for _, l := range leaks {
		if taken[l.Kind]++; taken[l.Kind] > max(1, shownTogether/len(kinds)) {
			continue
		}
		var photos, sides []string
		for n, path := range l.Photos {
			if len(photos) < 6 && (len(l.Photos) <= 6 || !slices.Contains(sides, text.Side(l.Sides[n]))) {
				photos, sides = append(photos, path), append(sides, text.Side(l.Sides[n]))
			}
		}
		rows = append(rows, Together{Text: tell(l.Kind) + ": " + strings.Join(sides, " and "), Photos: photos})
	}
	return rows
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
	l := Leakage{Photos: len(all)}
	for row, k := range metric.Predicted(probs) {
		i := of[all[row]]
		ok, leaks := k == a.labels[i], leaked[a.images[i].Path]
		if leaks {
			l.Leaked++
		}
		if ok {
			l.With++
		}
		if ok && !leaks {
			l.Without++
		}
	}
	a.result.Leakage = &l
	if l.Leaked == l.Photos {
		return " All test photos leak: nothing is left to test on.", nil
	}
	with, without := l.accuracies()
	return fmt.Sprintf(" A classifier on frozen features that learns from the training side is right on %s of all test "+
		"photos, and on %s without the leaked ones.", text.Percent(with, 1), text.Percent(without, 1)), nil
}

func (a *auditor) rows(photos []int) [][]float32 {
	out := make([][]float32, len(photos))
	for n, i := range photos {
		out[n] = a.features[i]
	}
	return out
}
