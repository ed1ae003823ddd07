package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
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

// input is one file to be named, or why it cannot be.
type input struct{ name, problem string }

// checkPhotoNames refuses what can be no file before any work is done.
func checkPhotoNames(names []string) error {
	stdin := 0
	for _, name := range names {
		if how := howToDownload(name); how != "" {
			return fmt.Errorf("%s is an address, and predict reads files: %s", text.Name(name), how)
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

// howToDownload says how to get what an address names; empty: the name is that of a file.
func howToDownload(name string) string {
	scheme, _, found := strings.Cut(name, "://")
	if _, here := pathOf(name); here || !found || scheme == "" || strings.ContainsAny(scheme, "/ ") {
		return ""
	}
	with := map[string]string{"http": "curl -LO %s", "https": "curl -LO %s", "ftp": "curl -LO %s",
		"s3": "aws s3 cp %s .", "gs": "gcloud storage cp %s ."}[strings.ToLower(scheme)]
	if with == "" {
		return fmt.Sprintf("download it first, with the program that reads %s addresses", text.Name(scheme))
	}
	return "download it first, for example with `" + fmt.Sprintf(with, text.Word(name)) + "`"
}

// pathOf is the path in the address of a file on this machine, as file managers copy it.
func pathOf(name string) (path string, ok bool) {
	u, err := url.Parse(name)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return "", false
	}
	return filepath.FromSlash(u.Path), true
}

// findPhotos lists the files that the names stand for: files, the photos in folders, what
// patterns fit.
func findPhotos(ctx context.Context, names []string) ([]input, error) {
	var photos []input
	for _, name := range names {
		if path, ok := pathOf(name); ok {
			name = path
		}
		found, err := photosOf(ctx, name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			found = []input{{name, err.Error()}}
		}
		photos = append(photos, found...)
	}
	return photos, nil
}

// photosOf lists the files that one name stands for.
func photosOf(ctx context.Context, name string) ([]input, error) {
	if name == stdinName {
		return []input{{name: name}}, nil
	}
	info, err := os.Stat(name)
	switch {
	case err != nil && isPattern(name):
		return photosLike(ctx, name)
	case errors.Is(err, fs.ErrNotExist):
		return nil, notThere(name)
	case err != nil:
		return nil, err
	case info.IsDir() && lab.IsSet(name):
		return nil, errors.New("this is a data set: name the folder of its photos, or use `imagelab eval`")
	case info.IsDir():
		found, err := dataset.Files(ctx, name)
		if err == nil && len(found) == 0 {
			err = errors.New("the folder holds no photos; predict reads JPEG, PNG, GIF, WebP, BMP and TIFF")
		}
		return photosAmong(found), err
	case isList(name):
		return nil, errors.New("this is a list, and predict reads photos: " + howToList(name))
	}
	return []input{{name: name}}, nil
}

// isPattern reports whether a name that no file bears stands for the files that fit it.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?[") }

// photosLike lists the files that a pattern fits, and the photos in folders that it fits.
func photosLike(ctx context.Context, pattern string) ([]input, error) {
	found, err := dataset.Matching(ctx, pattern)
	if err == nil && len(found) == 0 {
		err = errors.New("no file fits this pattern; write ** for folders at any depth")
	}
	var photos []input
	for _, p := range photosAmong(found) {
		info, err := os.Stat(p.name)
		if p.problem != "" || err != nil || !info.IsDir() {
			photos = append(photos, p)
			continue
		}
		inside, err := photosOf(ctx, p.name)
		if err != nil {
			inside = []input{{p.name, err.Error()}}
		}
		photos = append(photos, inside...)
	}
	return photos, err
}

func photosAmong(found []dataset.Found) []input {
	var photos []input
	for _, f := range found {
		photos = append(photos, input{f.Path, f.Problem})
	}
	return photos
}

// notThere says that a file is missing, and what the person may have meant.
func notThere(name string) error {
	if list, marked := strings.CutPrefix(name, "@"); marked {
		if info, err := os.Stat(list); err == nil && info.Mode().IsRegular() {
			return errors.New("predict reads no list: " + howToList(list))
		}
	}
	return errors.New("there is no such file")
}

// isList reports whether a file is named like a list of photos.
func isList(name string) bool {
	return slices.Contains([]string{".txt", ".lst", ".csv", ".tsv", ".json", ".jsonl"},
		strings.ToLower(filepath.Ext(name)))
}

// howToList says how to name the photos of a list.
func howToList(list string) string {
	ending := strings.ToLower(filepath.Ext(list))
	if ending == ".csv" || ending == ".tsv" || strings.HasPrefix(ending, ".json") {
		return fmt.Sprintf("run `imagelab ingest %s --out DIR`, and `imagelab eval RUN DIR` where it has labels; or name "+
			"its photos", word(list))
	}
	return fmt.Sprintf("with a path in each line, run `tr '\\n' '\\0' < %s | xargs -0 imagelab predict RUN`", word(list))
}

func anyThere(photos []input) bool {
	for _, p := range photos {
		if p.problem == "" {
			return true
		}
	}
	return false
}

// file returns the path of the photo; what comes from standard input is in a file until it is
// removed.
func (p input) file() (path string, remove func(), err error) {
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
