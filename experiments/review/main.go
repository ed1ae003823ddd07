// Command review asks: how fast is the review page with many photos, and how many keystrokes does
// it take?
//
// Settings: opening the page, going to the next photo and labelling, with 50,000 drawn photos whose
// thumbnails are made, with an empty log and with 50,000 decisions in it; cleaning the validation
// photos of clothing, of whose labels 10 % were made wrong, with suspects known; labelling 1,000
// photos of clothing from nothing, with guesses. A driver uses the page in headless Chromium. It
// knows the true classes and makes no mistakes. A stroke is a key, a click, or half a choice in a
// menu.
//
//	go run ./experiments/review [-quick]
//
// Result (2 shared cores of an Intel Xeon with a load of 20 to 30 beside it, 2026-11-26, commit
// 1453731; the two parts ran beside each other; review.csv; medians): the first screen is drawn
// 0.39 s after the page is opened, 0.99 s with 50,000 decisions in the log, 1.0 s (once) where no
// thumbnail was made. The next photo is shown after 16 ms in the grid and 41 ms alone (p90 38 and
// 120). A label is on the disk after 10 to 29 ms (p90 29 to 73), an undo after 11 to 23, with an
// empty log and with as many decisions alike. Cleaning 341 labels takes 54 strokes, a sixth of one
// for each; 1,000 labels from nothing take 609 with guesses, and 1068 one at a time.
package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"imagelab/experiments/review/driver"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
)

func main() { lab.Main("review", run) }

// plan is how much is measured.
type plan struct {
	set                      string
	photos, decisions, times int
	clean, nothing, first    int // photos that are cleaned; that are labelled from nothing, the first ones one at a time
}

func run(ctx context.Context, l *lab.Lab) error {
	p := plan{"clothing", 50_000, 50_000, 30, 341, 1000, 60}
	if l.Quick {
		p = plan{"foods", 300, 300, 5, 40, 60, 30}
	}
	var t table
	if t.load(l) {
		return t.show(l)
	}
	if err := measureSpeed(ctx, l, p, &t); err != nil {
		return err
	}
	if err := measureStrokes(ctx, l, p, &t); err != nil {
		return err
	}
	return t.show(l)
}

// measureSpeed times the page of a large set.
func measureSpeed(ctx context.Context, l *lab.Lab, p plan, t *table) error {
	dir := filepath.Join(l.Dir, "many")
	defer os.RemoveAll(dir)
	s, err := many(ctx, dir, p.photos, l.Progress)
	if err != nil {
		return err
	}
	for _, decisions := range []int{0, p.decisions} {
		if err := decide(ctx, s, decisions); err != nil {
			return err
		}
		err := driver.Use(ctx, s, nil, func(page driver.Page) error { return timeAll(page, p, decisions, t) })
		if err != nil {
			return err
		}
	}
	return nil
}

func timeAll(page driver.Page, p plan, decisions int, t *table) error {
	if decisions == 0 {
		ms, err := page.Open()
		if err != nil {
			return err
		}
		t.times("open the page, thumbnails not made", p.photos, decisions, []float64{ms})
	}
	if err := page.Wait(); err != nil {
		return err
	}
	var opened []float64
	for range 5 {
		ms, err := page.Open()
		if err != nil {
			return err
		}
		opened = append(opened, ms)
	}
	t.times("open the page", p.photos, decisions, opened)
	for _, view := range []string{"grid", "one photo"} {
		if view == "one photo" {
			if err := page.Press("Enter"); err != nil {
				return err
			}
		}
		for key, does := range map[string]string{"ArrowRight": "next photo", "3": "label", "u": "undo"} {
			shown, saved, err := page.Keys(key, p.times)
			if err != nil {
				return err
			}
			t.times(view+": "+does+", shown", p.photos, decisions, shown)
			if key != "ArrowRight" {
				t.times(view+": "+does+", saved", p.photos, decisions, saved)
			}
		}
	}
	return nil
}

const file = "review.csv"

var header = []string{"what", "photos", "decisions_before", "median_ms", "p90_ms", "strokes"}

// table is the rows of the result.
type table struct{ rows [][]string }

func (t *table) times(what string, photos, decisions int, ms []float64) {
	if len(ms) == 0 {
		return
	}
	slices.Sort(ms)
	number := func(share float64) string { return strconv.FormatFloat(ms[int(share*float64(len(ms)-1))], 'f', 1, 64) }
	t.rows = append(t.rows, []string{what, fmt.Sprint(photos), fmt.Sprint(decisions), number(0.5), number(0.9), ""})
}

func (t *table) strokes(what string, photos, strokes int) {
	t.rows = append(t.rows, []string{what, fmt.Sprint(photos), "0", "", "", fmt.Sprint(strokes)})
}
