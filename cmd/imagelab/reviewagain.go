package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"imagelab/lib/dataset"
	"imagelab/lib/review"
	"imagelab/lib/text"
)

// usualPass is the name of a second pass that was given none.
const usualPass = "second"

// drawPass draws the sample of a second pass from the photos that are used and have a class.
func (r reviewed) drawPass(f reviewFlags) error {
	name := cmp.Or(f.pass, usualPass)
	path := review.PassFile(r.set.Dir, name)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s is there already: name another pass with --pass", text.Name(path))
	}
	var photos []string
	for _, im := range r.set.Kept() {
		if im.Class != "" {
			photos = append(photos, im.SHA256)
		}
	}
	sample := review.Sample(name, f.who, photos, f.secondPass, 1)
	if len(sample.Photos) == 0 {
		return errors.New("no photo has a class yet, so there is nothing to label a second time: label some on the page " +
			"first")
	}
	if err := dataset.WriteJSON(path, sample); err != nil {
		return err
	}
	if f.json {
		return r.json(sample)
	}
	_, err := fmt.Fprintf(r.stdout, "drew %s\nnext: imagelab review %s --pass %s, which shows them without their labels\n",
		text.Count(len(sample.Photos), "photo"), word(r.set.Dir), name)
	return err
}

// agreement says how well labels agree.
func (r reviewed) agreement(f reviewFlags) error {
	var images []review.Labelled
	for _, im := range r.set.Images {
		images = append(images, review.Labelled{SHA256: im.SHA256, Path: im.Path, Class: im.Class})
	}
	all := review.Agree(images, r.part.Decisions)
	if f.json {
		return r.json(map[string]any{"agreements": all})
	}
	if len(all) == 0 {
		return r.printLine(fmt.Sprintf("no photo was labelled twice: draw a sample with `imagelab review %s "+
			"--second-pass 100`, or let two people label the same photos", word(r.set.Dir)))
	}
	for _, g := range all {
		fmt.Fprintln(r.stdout, g)
		for i, d := range g.Disagreements {
			if i == 20 {
				fmt.Fprintf(r.stdout, "  and %d more: --json lists all\n", len(g.Disagreements)-i)
				break
			}
			fmt.Fprintf(r.stdout, "  %s: %s, %s\n", text.Name(d.Path), text.Name(d.First), text.Name(d.Second))
		}
	}
	return nil
}
