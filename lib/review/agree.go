package review

import (
	"fmt"
	"maps"
	"slices"

	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// Labelled is a photo of a set with its class of today.
type Labelled struct{ SHA256, Path, Class string }

// Disagreement is a photo with two labels.
type Disagreement struct {
	SHA256 string `json:"sha256"`
	Path   string `json:"path"`
	First  string `json:"first"`
	Second string `json:"second"`
}

// Agreed compares two labels of each of some photos.
type Agreed struct {
	First  string `json:"first"`  // whose labels: a person, or "the set"
	Second string `json:"second"` // a person
	Pass   string `json:"pass"`   // the blind second pass that Second are of; empty: none
	Self   bool   `json:"self"`   // both are of the same person
	metric.Agreement
	Disagreements []Disagreement `json:"disagreements"` // in the order of the photos
}

// ofSet is the name for labels that stand in the set, whoever gave them.
const ofSet = "the set"

// String is a sentence or two.
func (g Agreed) String() string {
	who := fmt.Sprintf("%s and %s", text.Name(g.First), text.Name(g.Second))
	if g.Self {
		who = text.Name(g.First) + " twice"
	}
	if g.Pass != "" {
		who += fmt.Sprintf(" (second pass %s)", g.Pass)
	}
	line := fmt.Sprintf("%s: the same label for %d of %s, %.1f %% (95 %% interval %.1f to %.1f %%)", who, g.Agree,
		text.Count(g.N, "photo"), 100*g.Share, 100*g.Interval[0], 100*g.Interval[1])
	if !g.KappaKnown {
		return line + "; all are of one class, so kappa is not defined"
	}
	return line + fmt.Sprintf("; Cohen's kappa %.2f (95 %% interval %.2f to %.2f)", g.Kappa,
		g.KappaInterval[0], g.KappaInterval[1])
}

// Agree compares, for the photos of a set, the labels of each second pass with those that the set
// has, with those of the same person, and the labels of each two people. Labels that were undone do
// not count, and of several of one person the last one does.
func Agree(photos []Labelled, decisions []Decision) []Agreed {
	people := lastLabels(decisions, "")
	set := map[string]string{}
	for _, p := range photos {
		if p.Class != "" {
			set[p.SHA256] = p.Class
		}
	}
	var out []Agreed
	add := func(g Agreed, first, second map[string]string) {
		if g.compare(photos, first, second); g.N > 0 {
			out = append(out, g)
		}
	}
	for _, pass := range passes(decisions) {
		again := lastLabels(decisions, pass)
		names := slices.Sorted(maps.Keys(again))
		for i, who := range names {
			add(Agreed{First: ofSet, Second: who, Pass: pass}, set, again[who])
			add(Agreed{First: who, Second: who, Pass: pass, Self: true}, people[who], again[who])
			for _, other := range names[i+1:] {
				add(Agreed{First: who, Second: other, Pass: pass}, again[who], again[other])
			}
		}
	}
	names := slices.Sorted(maps.Keys(people))
	for i, who := range names {
		for _, other := range names[i+1:] {
			add(Agreed{First: who, Second: other}, people[who], people[other])
		}
	}
	return out
}

// lastLabels are the labels that each person gave in a second pass, or outside of them where pass
// is empty, by content hash, under today's names of classes.
func lastLabels(decisions []Decision, pass string) map[string]map[string]string {
	out := map[string]map[string]string{}
	for _, d := range decisions {
		if d.Kind == KindLabel && d.Pass == pass && out[d.Who] == nil {
			out[d.Who] = labelsOf(decisions, d.Who, pass)
		}
	}
	return out
}

// labelsOf folds the labels of one person in a pass with what was decided about classes.
func labelsOf(decisions []Decision, who, pass string) map[string]string {
	var theirs []Decision
	for _, d := range decisions {
		if d.ofClass() || d.Kind == KindUndo || d.Kind == KindLabel && d.Who == who && d.Pass == pass {
			d.Pass = ""
			theirs = append(theirs, d)
		}
	}
	labels := map[string]string{}
	for sha, p := range Fold(theirs).Photos {
		if p.Labelled {
			labels[sha] = p.Label
		}
	}
	return labels
}

func (g *Agreed) compare(photos []Labelled, first, second map[string]string) {
	var a, b []string
	done := map[string]bool{}
	g.Disagreements = []Disagreement{}
	for _, p := range photos {
		x, inFirst := first[p.SHA256]
		y, inSecond := second[p.SHA256]
		if !inFirst || !inSecond || done[p.SHA256] {
			continue
		}
		done[p.SHA256] = true
		a, b = append(a, x), append(b, y)
		if x != y {
			g.Disagreements = append(g.Disagreements, Disagreement{p.SHA256, p.Path, x, y})
		}
	}
	g.Agreement = metric.Agree(a, b)
}
