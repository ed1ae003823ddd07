package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/experiments/review/driver"
	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/review/page"
	"imagelab/lib/split"
	"imagelab/lib/suspect"
)

// measureStrokes cleans labels and gives labels.
func measureStrokes(ctx context.Context, l *lab.Lab, p plan, t *table) error {
	s, err := l.Dataset(ctx, p.set, split.Options{Val: 0.1, Seed: 1})
	if err != nil {
		return err
	}
	side := dataset.Val
	if l.Quick {
		side = dataset.Train
	}
	validation := slices.DeleteFunc(s.Kept(), func(im dataset.Image) bool { return im.Split != side })
	if err := clean(ctx, l, s, validation[:min(p.clean, len(validation))], t); err != nil {
		return err
	}
	training := slices.DeleteFunc(s.Kept(), func(im dataset.Image) bool { return im.Split != dataset.Train })
	r := rand.New(rand.NewPCG(1, 1))
	r.Shuffle(len(training), func(i, j int) { training[i], training[j] = training[j], training[i] })
	return fromNothing(ctx, l, s, training[:min(p.nothing, len(training))], p.first, t)
}

// some is a set of its own of some photos of s.
func some(l *lab.Lab, s *dataset.Set, images []dataset.Image, name string) (*dataset.Set, map[string]string, error) {
	dir := filepath.Join(l.Dir, name)
	if err := os.RemoveAll(dir); err != nil {
		return nil, nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, nil, err
	}
	out := &dataset.Set{Dir: dir, Root: s.Root, From: s.From, Images: slices.Clone(images)}
	truth := map[string]string{}
	for i, im := range images {
		truth[path.Base(im.Path)] = im.Class
		out.Images[i].Split = ""
	}
	return out, truth, nil
}

// clean makes a tenth of the labels wrong and lets the driver correct them.
func clean(ctx context.Context, l *lab.Lab, s *dataset.Set, images []dataset.Image, t *table) error {
	set, truth, err := some(l, s, images, "clean")
	if err != nil {
		return err
	}
	classes, r := s.Classes(), rand.New(rand.NewPCG(2, 1))
	for _, i := range r.Perm(len(images))[:len(images)/10] {
		at := slices.Index(classes, images[i].Class)
		set.Images[i].Class = classes[(at+1+r.IntN(len(classes)-1))%len(classes)]
	}
	if err := set.Save(); err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	found, err := suspect.Find(ctx, e, set, suspect.Default(), l.Progress)
	if err != nil {
		return err
	}
	if err := suspect.Save(set.Dir, found); err != nil {
		return err
	}
	return count(ctx, set, truth, t, "clean labels of which 90 % are right", nil,
		func(p driver.Page) (int, error) { return p.Clean(truth) })
}

// fromNothing lets the driver label photos without labels.
func fromNothing(ctx context.Context, l *lab.Lab, s *dataset.Set, images []dataset.Image, first int, t *table) error {
	set, truth, err := some(l, s, images, "nothing")
	if err != nil {
		return err
	}
	for i := range set.Images {
		set.Images[i].Class = ""
	}
	if err := set.Save(); err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	guess := func(ctx context.Context, labels map[string]string) (map[string]page.Guess, error) {
		found, err := suspect.Guesses(ctx, e, set, labels, suspect.Default(), nil)
		out := map[string]page.Guess{}
		for sha256, g := range found {
			out[sha256] = page.Guess{Class: g.Class, Score: g.Probability}
		}
		return out, err
	}
	return count(ctx, set, truth, t, "label from nothing, with guesses", guess,
		func(p driver.Page) (int, error) { return p.FromNothing(truth, first) })
}

// count counts the strokes of a driver, and checks that all labels are right afterwards. One at a
// time, each photo takes a stroke, and each new class its name.
func count(ctx context.Context, s *dataset.Set, truth map[string]string, t *table, what string, g page.Guesser,
	use func(driver.Page) (int, error)) error {
	strokes := 0
	err := driver.Use(ctx, s, g, func(p driver.Page) (err error) { strokes, err = use(p); return err })
	if err != nil {
		return err
	}
	now, err := dataset.Load(s.Dir)
	if err != nil {
		return err
	}
	for _, im := range now.Images {
		if want := truth[path.Base(im.Path)]; im.Class != want {
			return fmt.Errorf("%s is labelled %s, not %s", im.Path, im.Class, want)
		}
	}
	t.strokes(what, len(s.Images), strokes)
	single := len(s.Images)
	if g != nil {
		for _, class := range now.Classes() {
			single += len(class) + 1
		}
	}
	t.strokes(what[:strings.IndexAny(what+",", ",")]+", one at a time", len(s.Images), single)
	return nil
}

// load reads the result of an earlier run.
func (t *table) load(l *lab.Lab) bool {
	f, err := os.Open(filepath.Join(l.Dir, file))
	if err != nil {
		return false
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 || !slices.Equal(rows[0], header) {
		return false
	}
	t.rows = rows[1:]
	return true
}

func (t *table) show(l *lab.Lab) error {
	for _, row := range t.rows {
		value := row[3] + " ms (p90 " + row[4] + ")"
		if row[5] != "" {
			value = row[5] + " strokes"
		}
		fmt.Fprintf(l.Stdout, "%-60s %6s photos, %6s decisions before: %s\n", row[0], row[1], row[2], value)
	}
	return l.SaveCSV(file, header, t.rows)
}
