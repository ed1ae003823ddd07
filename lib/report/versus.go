package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html/template"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Versus is a comparison of two models on the same photos. Only Set may be nil: the page then names
// photos without showing them.
type Versus struct {
	Names    [2]string
	Records  [2]runlog.Record
	Said     [2]*runlog.Predictions
	Set      *dataset.Set
	Progress progress.Func
}

// Paired counts photos by which of two models got them right.
type Paired struct {
	Side                string
	Photos              int // that both models judged
	Both, Neither       int
	OnlyFirst, OnlyLast int
	Groups              int     `json:",omitempty"` // of which the photos are, where they are of groups
	Exact, MidP         float64 // p values of [metric.SignFlip] over photos, or over groups
}

// Text says what the counts mean.
func (p Paired) Text(first, second string) string {
	difference := 100 * float64(p.OnlyFirst-p.OnlyLast) / float64(max(p.Photos, 1))
	better, other := first, second
	if difference < 0 {
		better, other, difference = second, first, -difference
	}
	if p.MidP < 0.05 {
		return fmt.Sprintf("%s is better than %s by %.1f points on these %d photos, "+
			"and chance alone would seldom give such a difference.", better, other, difference, p.Photos)
	}
	if p.OnlyFirst == p.OnlyLast {
		return fmt.Sprintf("%s and %s were right on as many of these %d photos.", first, second, p.Photos)
	}
	return fmt.Sprintf("%s is ahead of %s by %.1f points on these %d photos, but that may be chance.",
		better, other, difference, p.Photos)
}

type versusPage struct {
	Style      template.CSS
	Policy     string
	Kind       pageKind
	Title      string
	Names      [2]string
	Paired     Paired
	Verdict    string
	Settings   []setting
	Rows       []versusRow
	MoreRows   int
	Gallery    *gallery
	Unreadable bool // photos cannot be shown
}

// setting is a line of the table of what differs.
type setting struct{ Name, First, Second string }

type versusRow struct {
	Class                  string
	N, First, Second       int // photos, and those that each got right
	OnlyFirst, OnlyLast    int
	FirstRecall, SecRecall float64
}

// WriteVersus writes a page to path that compares two models photo by photo: which photos one got
// right and the other wrong, with the photos, McNemar's test, and the counts by class. It is an
// error if the two have no photo in common, or other classes.
func WriteVersus(ctx context.Context, path string, v Versus) (Paired, error) {
	if err := checkTarget(path, kindVersus); err != nil {
		return Paired{}, err
	}
	pairs, err := pairUp(v)
	if err != nil {
		return Paired{}, fmt.Errorf("report: compare %s with %s: %w", v.Names[0], v.Names[1], err)
	}
	css, err := style()
	if err != nil {
		return Paired{}, fmt.Errorf("report: %w", err)
	}
	page := versusPage{Style: css, Policy: policy(), Kind: kindVersus, Title: v.Names[0] + " and " + v.Names[1],
		Names: v.Names, Paired: countPaired(pairs, groupsOf(v.Set, pairs)), Settings: settings(v.Records),
		Unreadable: v.Set == nil}
	page.Paired.Side = v.Said[0].Side
	page.Verdict = page.Paired.Text(v.Names[0], v.Names[1])
	page.Rows, page.MoreRows = bounded(versusRows(v.Said[0].Classes, pairs), mostLines)
	if page.Gallery, err = versusGallery(ctx, path, v, pairs); err != nil {
		return Paired{}, fmt.Errorf("report: write %s: %w", path, err)
	}
	return page.Paired, execute(path, "versus.gohtml", page)
}

// pair is a photo with what both said.
type pair struct{ first, second runlog.Prediction }

// pairUp finds the photos that both judged, by their content, with the same label.
func pairUp(v Versus) ([]pair, error) {
	a, b := v.Said[0], v.Said[1]
	switch {
	case a == nil || b == nil:
		return nil, errors.New("there are no predictions of single photos: evaluate both")
	case !slices.Equal(a.Classes, b.Classes):
		return nil, errors.New("they have other classes")
	}
	second := map[string]runlog.Prediction{}
	for _, p := range b.Photos {
		second[cmp.Or(p.SHA256, p.Path)] = p
	}
	var pairs []pair
	for _, p := range a.Photos {
		if q, ok := second[cmp.Or(p.SHA256, p.Path)]; ok && q.Label == p.Label {
			pairs = append(pairs, pair{p, q})
		}
	}
	if len(pairs) == 0 {
		return nil, errors.New("they judged no photo in common")
	}
	return pairs, nil
}

// groupsOf numbers the groups of the photos; nil where there are none, or the set is not at hand.
func groupsOf(s *dataset.Set, pairs []pair) []int {
	if s == nil {
		return nil
	}
	images := make([]dataset.Image, 0, len(pairs))
	known := map[string]dataset.Image{}
	for _, im := range s.Images {
		known[im.SHA256] = im
	}
	for _, p := range pairs {
		images = append(images, known[p.first.SHA256]) // one that is not in the set is a group of its own
	}
	return dataset.Groups(images)
}

func countPaired(pairs []pair, groups []int) (out Paired) {
	out.Photos = len(pairs)
	if groups != nil {
		out.Groups = slices.Max(groups) + 1
	}
	differences := make([]int, len(pairs))
	for i, p := range pairs {
		switch a, b := p.first.Right(), p.second.Right(); {
		case a && b:
			out.Both++
		case a:
			out.OnlyFirst++
			differences[i] = 1
		case b:
			out.OnlyLast++
			differences[i] = -1
		default:
			out.Neither++
		}
	}
	out.Exact, out.MidP = metric.SignFlip(metric.ByGroup(differences, groups))
	return out
}

func versusRows(classes []string, pairs []pair) []versusRow {
	rows := make([]versusRow, len(classes))
	for _, p := range pairs {
		r, a, b := &rows[p.first.Label], p.first.Right(), p.second.Right()
		r.N++
		r.First, r.Second = r.First+count01(a), r.Second+count01(b)
		r.OnlyFirst, r.OnlyLast = r.OnlyFirst+count01(a && !b), r.OnlyLast+count01(b && !a)
	}
	for i := range rows {
		r := &rows[i]
		r.Class = classes[i]
		r.FirstRecall, r.SecRecall = float64(r.First)/float64(max(r.N, 1)), float64(r.Second)/float64(max(r.N, 1))
	}
	rows = slices.DeleteFunc(rows, func(r versusRow) bool { return r.N == 0 })
	slices.SortStableFunc(rows, func(a, b versusRow) int {
		return cmp.Compare(b.OnlyFirst+b.OnlyLast, a.OnlyFirst+a.OnlyLast)
	})
	return rows
}

// settings are those in which two records differ.
func settings(r [2]runlog.Record) []setting {
	var out []setting
	add := func(name, first, second string) {
		if first != second {
			out = append(out, setting{name, first, second})
		}
	}
	a, b := r[0], r[1]
	add("network", a.Backbone, b.Backbone)
	add("size, pixels", fmt.Sprint(a.Size), fmt.Sprint(b.Size))
	add("trained from", a.Cut, b.Cut)
	add("seed", fmt.Sprint(a.Seed), fmt.Sprint(b.Seed))
	add("training photos", fmt.Sprint(a.LearnedFrom()), fmt.Sprint(b.LearnedFrom()))
	add("split", text.Digest(a.Split), text.Digest(b.Split))
	add("command", a.Command, b.Command)
	return out
}

// Panels of a comparison.
const (
	panelFirst, panelSecond, panelNeither = "only-first", "only-second", "neither"
)

// versusGallery shows the photos that not both got right.
func versusGallery(ctx context.Context, path string, v Versus, pairs []pair) (*gallery, error) {
	g := &gallery{}
	var o originals
	at := map[string]dataset.Image{}
	if v.Set != nil {
		o = newOriginals(path, v.Set.Root)
		for _, im := range v.Set.Images {
			at[im.SHA256] = im
		}
	}
	of := map[string][]*shot{}
	for _, p := range pairs {
		panel := panelOf(p)
		if panel == "" {
			continue
		}
		classes := v.Said[0].Classes
		s := &shot{N: len(g.Shots) + 1, Name: p.first.Path, Back: panel, Label: classes[p.first.Label]}
		s.Caption = fmt.Sprintf("%s: %s %s, %s %s", label(s.Label), label(classes[p.first.Predicted]),
			percent(p.first.Of(p.first.Predicted)), label(classes[p.second.Predicted]), percent(p.second.Of(p.second.Predicted)))
		if im, ok := at[p.first.SHA256]; ok {
			s.Name, s.file, s.Link = im.Path, v.Set.File(im), o.of(im.Path)
		}
		g.Shots, of[panel] = append(g.Shots, s), append(of[panel], s)
	}
	for i, id := range []string{panelFirst, panelSecond, panelNeither} {
		title := []string{"Only " + v.Names[0] + " was right", "Only " + v.Names[1] + " was right", "Neither was right"}[i]
		g.add(id, fmt.Sprintf("%s: %d", title, len(of[id])), "result", of[id], mostLarge)
	}
	g.choose()
	if v.Set == nil {
		return g, nil
	}
	t := newThumbnails(photosOf(v.Set, largeSide), largeSide, v.Progress)
	for _, s := range g.Shown {
		t.wantSide(s.file, s.side)
	}
	if err := t.make(ctx); err != nil {
		return nil, err
	}
	g.addPictures(t)
	return g, nil
}

// panelOf is the panel of a photo; empty if both were right.
func panelOf(p pair) string {
	switch a, b := p.first.Right(), p.second.Right(); {
	case a && b:
		return ""
	case a:
		return panelFirst
	case b:
		return panelSecond
	}
	return panelNeither
}
