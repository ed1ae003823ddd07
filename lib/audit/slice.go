package audit

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"path"
	"slices"
	"strings"

	"imagelab/lib/metric"
	"imagelab/lib/text"
)

const (
	leastSlice   = 10 // judged photos that a slice has at least, and its complement
	mostSources  = 10
	mostClasses  = 30
	sliceSamples = 12
)

// part is a slice before it is judged; in says which judged photos it has.
type part struct {
	kind, name string
	in         []bool
}

// slices compares accuracy on parts of the judged photos with that on the others.
func (a *auditor) slices(context.Context) error {
	if len(a.outcomes.judged) < 4*leastSlice {
		return nil
	}
	var parts []part
	parts = append(parts, a.byNumbers()...)
	parts = append(parts, a.byTime()...)
	parts = append(parts, a.bySource()...)
	parts = append(parts, a.byClass()...)
	parts = append(parts, a.byCluster()...)
	each := a.perPhoto()
	var p []float64
	for _, part := range parts {
		s, ok := a.judgeSlice(part, each)
		if ok {
			a.result.Slices = append(a.result.Slices, s)
			p = append(p, s.P)
		}
	}
	for i, v := range metric.Holm(p) {
		s := &a.result.Slices[i]
		s.P, s.Worse = v, v < 0.05 && s.Accuracy < s.Others
	}
	a.worst()
	return nil
}

// judgeSlice compares a part with the others by Fisher's exact test; `each` photos count as one.
func (a *auditor) judgeSlice(of part, each float64) (Slice, bool) {
	s := Slice{Kind: of.kind, Name: of.name}
	right, wrong := 0, []int{}
	var correct []int
	for n, i := range a.outcomes.judged {
		ok := a.outcomes.right[n]
		if ok {
			right++
		}
		switch {
		case !of.in[n]:
		case ok:
			s.Photos++
			correct = append(correct, i)
		default:
			s.Photos++
			wrong = append(wrong, i)
		}
	}
	all := len(a.outcomes.judged)
	if s.Photos < leastSlice || all-s.Photos < leastSlice {
		return s, false
	}
	s.Correct = len(correct)
	s.Accuracy = float64(s.Correct) / float64(s.Photos)
	s.Others = float64(right-s.Correct) / float64(all-s.Photos)
	fewer := func(n int) int { return int(math.Round(float64(n) / each)) }
	s.Interval = metric.Wilson(min(fewer(s.Correct), fewer(s.Photos)), fewer(s.Photos))
	s.P = fewerOf(fewer(s.Correct), fewer(s.Photos), fewer(right), fewer(all))
	shown := append(wrong[:min(len(wrong), sliceSamples)], correct...)
	s.Examples = a.paths(shown[:min(len(shown), sliceSamples)])
	return s, true
}

// fewerOf is [fisher] of counts that were rounded one by one, of which no table may be possible.
func fewerOf(hits, drawn, kind, all int) float64 {
	return fisher(min(max(hits, drawn+kind-all), drawn, kind), drawn, kind, all)
}

// worst makes findings of the slices on which accuracy is lower by more than chance.
func (a *auditor) worst() {
	var worse []Slice
	for _, s := range a.result.Slices {
		if s.Worse {
			worse = append(worse, s)
		}
	}
	slices.SortStableFunc(worse, func(x, y Slice) int { return cmp.Compare(x.Accuracy, y.Accuracy) })
	if len(worse) == 0 {
		a.find(KindSlice, Note, "No slice of %d is told apart from the other photos: accuracy is about the same on all of "+
			"them, or the slices are too small.", len(a.result.Slices))
		return
	}
	for _, s := range worse[:min(len(worse), 5)] {
		f := a.find(KindSlice, Warning, "Accuracy on %s is %s (%s to %s, %s), and %s on the others.", s.of(),
			text.Percent(s.Accuracy, 1),
			text.Percent(s.Interval[0], 1), text.Percent(s.Interval[1], 1), text.Count(s.Photos,
				"photo"), text.Percent(s.Others, 1))
		f.Photos = s.Examples
	}
}

// of is what a slice is, in a sentence.
func (s Slice) of() string {
	switch s.Kind {
	case "class":
		return "the class " + s.Name
	case "source":
		return "the photos from " + s.Name
	case "cluster":
		return "photos that look alike (" + s.Name + ")"
	}
	return "the " + s.Name + " of the photos"
}

// numbers by which photos are sliced, and what their lowest and highest fifth are called.
var numbers = []struct {
	kind, low, high string
	of              func(a *auditor, i int) float64
}{
	{"brightness", "darkest fifth", "brightest fifth", func(a *auditor, i int) float64 {
		return a.measures[i].Brightness
	}},
	{"contrast", "fifth of lowest contrast", "fifth of highest contrast", func(a *auditor, i int) float64 {
		return a.measures[i].Contrast
	}},
	{"blur", "most blurred fifth", "sharpest fifth", func(a *auditor, i int) float64 {
		return a.measures[i].Sharpness
	}},
	{"size", "smallest fifth", "largest fifth", func(a *auditor, i int) float64 {
		return float64(a.images[i].Width * a.images[i].Height)
	}},
	{"aspect", "fifth of the tallest shape", "fifth of the widest shape", func(a *auditor, i int) float64 {
		return float64(a.images[i].Width) / float64(a.images[i].Height)
	}},
}

func (a *auditor) byNumbers() []part {
	var out []part
	for _, n := range numbers {
		values := make([]float64, len(a.outcomes.judged))
		for k, i := range a.outcomes.judged {
			values[k] = n.of(a, i)
		}
		out = append(out, fifths(n.kind, n.low, n.high, values)...)
	}
	return out
}

// fifths are the photos of the lowest and of the highest values. A part is left out where so many
// photos have one value that no fifth can be cut off. A photo whose value is not known (NaN) is in
// neither.
func fifths(kind, low, high string, values []float64) []part {
	sorted := slices.DeleteFunc(slices.Sorted(slices.Values(values)), math.IsNaN)
	if len(sorted) == 0 {
		return nil
	}
	at := func(share float64) float64 { return sorted[int(share*float64(len(sorted)-1))] }
	first, last := at(0.2), at(0.8)
	below, above := part{kind: kind, name: low}, part{kind: kind, name: high}
	for _, v := range values {
		below.in = append(below.in, v <= first)
		above.in = append(above.in, v >= last)
	}
	return slices.DeleteFunc([]part{below, above}, func(p part) bool {
		n := 0
		for _, in := range p.in {
			if in {
				n++
			}
		}
		return 10*n > 3*len(values)
	})
}

// believed reports whether the times that cameras told can be: at least half of the photos have
// one, and no second has a tenth of them all.
func believed(measures []measure) bool {
	n, most := map[int64]int{}, 0
	for _, m := range measures {
		if !m.Taken.IsZero() {
			n[m.Taken.Unix()]++
			most = max(most, n[m.Taken.Unix()])
		}
	}
	told := 0
	for _, k := range n {
		told += k
	}
	return 2*told >= len(measures) && 10*most <= max(told, 10*3)
}

func (a *auditor) byTime() []part {
	if !believed(a.measures) {
		return nil
	}
	values := make([]float64, len(a.outcomes.judged))
	night := part{kind: "time", name: "part taken at night (20 to 6 h by the camera's clock)"}
	for n, i := range a.outcomes.judged {
		t := a.measures[i].Taken
		if values[n] = float64(t.Unix()); t.IsZero() {
			values[n] = math.NaN() // neither early nor late
		}
		night.in = append(night.in, !t.IsZero() && (t.Hour() >= 20 || t.Hour() < 6))
	}
	return append(fifths("time", "earliest fifth", "latest fifth", values), night)
}

// bySource takes the query or page that a photo was collected by, or else its camera, or else the
// top folder where that is neither a side nor the class.
func (a *auditor) bySource() []part {
	source := func(i int) string {
		im := a.images[i]
		if im.Origin != nil && cmp.Or(im.Origin.Provider, im.Origin.Query) != "" {
			return strings.TrimSpace(im.Origin.Provider + " " + im.Origin.Query)
		}
		if c := a.measures[i].Camera; c != "" {
			return c
		}
		for _, folder := range strings.Split(path.Dir(im.Path), "/") {
			if folder != im.Class && folder != "." && im.GivenSplit == "" {
				return folder
			}
		}
		return ""
	}
	return a.byName("source", mostSources, source)
}

func (a *auditor) byClass() []part {
	return a.byName("class", mostClasses, func(i int) string { return a.images[i].Class })
}

// byName makes a part of each name, the most frequent ones where there are many; none where there
// is one only.
func (a *auditor) byName(kind string, most int, name func(i int) string) []part {
	n := map[string]int{}
	var order []string
	for _, i := range a.outcomes.judged {
		v := name(i)
		if n[v]++; n[v] == 1 {
			order = append(order, v)
		}
	}
	if len(order) < 2 {
		return nil
	}
	slices.SortFunc(order, func(x, y string) int { return cmp.Or(cmp.Compare(n[y], n[x]), cmp.Compare(x, y)) })
	var out []part
	for _, v := range order[:min(len(order), most)] {
		p := part{kind: kind, name: cmp.Or(v, fmt.Sprintf("no %s", kind))}
		for _, i := range a.outcomes.judged {
			p.in = append(p.in, name(i) == v)
		}
		p.name = text.Name(p.name)
		out = append(out, p)
	}
	return out
}

// byCluster makes parts of photos whose features are near each other.
func (a *auditor) byCluster() []part {
	of := a.rows(a.outcomes.judged)
	k := min(mostClusters, len(of)/leastInCluster)
	if k < 2 {
		return nil
	}
	cluster := clusters(of, k, a.Seed)
	var out []part
	for c := range k {
		p := part{kind: "cluster"}
		n, size := map[string]int{}, 0
		for j := range of {
			p.in = append(p.in, cluster[j] == c)
			if cluster[j] == c {
				n[a.images[a.outcomes.judged[j]].Class]++
				size++
			}
		}
		most := ""
		for class, m := range n {
			if most == "" || m > n[most] || m == n[most] && class < most {
				most = class
			}
		}
		if size == 0 {
			continue
		}
		p.name = fmt.Sprintf("cluster %d, %s %s", c+1, text.Percent(float64(n[most])/float64(size), 0),
			text.Name(cmp.Or(most, "no label")))
		out = append(out, p)
	}
	return out
}
