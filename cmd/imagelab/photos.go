package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/text"
)

// stdinName stands for one photo from standard input.
const stdinName = "-"

// largestPhoto is how much is taken from standard input, bytes; larger files are refused in any
// case.
const largestPhoto = 256 << 20

// photo is one file to be named, or why it cannot be.
type photo struct{ name, problem string }

// checkPhotoNames refuses what can be no file before any work is done.
func checkPhotoNames(names []string) error {
	stdin := 0
	for _, name := range names {
		if scheme, _, found := strings.Cut(name, "://"); found && !strings.ContainsAny(scheme, "/ ") {
			return fmt.Errorf("%s is an address, and predict reads files: download it first, with curl -LO %s for "+
				"example", text.Name(name), text.Word(name))
		}
		if name == stdinName {
			stdin++
		}
	}
	if stdin > 1 {
		return errors.New("standard input holds one photo: give - once")
	}
	return nil
}

// findPhotos lists the files that the names stand for: files, the photos in folders, what
// patterns fit.
func findPhotos(ctx context.Context, names []string) ([]photo, error) {
	var photos []photo
	for _, name := range names {
		found, err := photosOf(ctx, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			found = []photo{{name, err.Error()}}
		}
		photos = append(photos, found...)
	}
	return photos, nil
}

func photosOf(ctx context.Context, name string) ([]photo, error) {
	if name == stdinName {
		return []photo{{name: name}}, nil
	}
	info, err := os.Stat(name)
	var files []string
	switch {
	case err != nil && strings.ContainsAny(name, "*?["):
		if files, err = filepath.Glob(name); err == nil && len(files) == 0 {
			err = errors.New("no file fits this pattern")
		}
	case errors.Is(err, fs.ErrNotExist):
		err = errors.New("there is no such file")
	case err == nil && info.IsDir() && lab.IsSet(name):
		err = errors.New("this is a data set: name the folder of its photos, or use `imagelab eval`")
	case err == nil && info.IsDir():
		if files, err = dataset.Files(ctx, name); err == nil && len(files) == 0 {
			err = errors.New("the folder holds no photos")
		}
	case err == nil:
		files = []string{name}
	}
	var photos []photo
	for _, file := range files {
		photos = append(photos, photo{name: file})
	}
	return photos, err
}

func anyThere(photos []photo) bool {
	for _, p := range photos {
		if p.problem == "" {
			return true
		}
	}
	return false
}

// file returns the path of the photo; what comes from standard input is in a file until it is
// removed.
func (p photo) file() (path string, remove func(), err error) {
	if p.name != stdinName {
		return p.name, func() {}, nil
	}
	f, err := os.CreateTemp("", "imagelab-photo-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.Remove(f.Name()) }
	_, err = io.Copy(f, io.LimitReader(os.Stdin, largestPhoto+1))
	if err = errors.Join(err, f.Close()); err != nil {
		remove()
		return "", nil, fmt.Errorf("read standard input: %w", err)
	}
	return f.Name(), remove, nil
}

// csvPrinter prints a heading and returns what prints a line for each prediction: the file, top
// classes with their probabilities, and what went wrong.
func csvPrinter(a *app, top int) (func(prediction) error, error) {
	w := csv.NewWriter(a.data)
	line := func(cells []string) error {
		_ = w.Write(cells) // which Error repeats
		w.Flush()
		return w.Error()
	}
	heading := []string{"file", "label", "probability"}
	for k := 2; k <= top; k++ {
		heading = append(heading, fmt.Sprintf("label_%d", k), fmt.Sprintf("probability_%d", k))
	}
	return func(p prediction) error {
		cells := []string{p.File}
		for k := range top {
			if k < len(p.Top) {
				cells = append(cells, p.Top[k].Label, number(p.Top[k].Probability))
			} else {
				cells = append(cells, "", "")
			}
		}
		return line(append(cells, p.Error))
	}, line(append(heading, "error"))
}
