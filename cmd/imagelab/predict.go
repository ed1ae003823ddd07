package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/classifier"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/text"
)

// prediction is what predict prints for a file.
type prediction struct {
	File string `json:"file"`
	classifier.Guess
	Top   []classifier.Guess `json:"top"`
	Error string             `json:"error,omitempty"`
}

// predictOptions are the choices of `imagelab predict`.
type predictOptions struct {
	json, csv bool
	top       int
	precision string
	page      string // file of the page; empty: none
}

// newPredictCmd is `imagelab predict`: name photos.
func newPredictCmd(a *app) *cobra.Command {
	o := predictOptions{top: 3}
	cmd := &cobra.Command{
		Use:   "predict RUN PHOTO...",
		Short: "Classify photos with a trained model",
		Long: `Predict opens the model of a run folder and prints the most probable classes of each photo. It orients,
resizes and crops photos exactly as training did. PHOTO is a file, a folder (all photos in it and in the folders
below), a pattern such as 'inbox/*.jpg' or 'inbox/**/*.jpg' (folders of any depth), or - for one photo from standard
input. Predict reports files that are not photos, classifies the others, and then ends with exit code 1. With --page it
also writes a page that shows the photos by class, the least sure first.`,
		Example: `  imagelab predict runs/a new.jpg
  imagelab predict runs/a inbox --csv > names.csv
  imagelab predict runs/a inbox --page named.html
  imagelab predict runs/a inbox/*.jpg --json > names.jsonl`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args[1:]); err != nil {
				return usageError{err}
			}
			return ifStopped(predict(cmd.Context(), a, args[0], args[1:], o),
				"no photo was named yet: run the same command again")
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object per file")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "print one line per file as CSV")
	addPrecision(cmd.Flags(), &o.precision)
	cmd.Flags().StringVar(&o.page, "page", "", "also write a page with the photos, by class, to `FILE`")
	cmd.Flags().IntVar(&o.top, "top", o.top, "how many classes to list")
	return cmd
}

func (o predictOptions) check(photos []string) error {
	if err := checkPrecision(o.precision); err != nil {
		return err
	}
	switch {
	case o.top < 1:
		return fmt.Errorf("--top must be at least 1, not %d", o.top)
	case o.json && o.csv:
		return errors.New("choose --csv or --json")
	}
	return checkPhotoNames(photos)
}

// predict names the photos, those that can be read, and fails when there was one that cannot.
func predict(ctx context.Context, a *app, dir string, names []string, o predictOptions) error {
	if o.page != "" {
		if err := report.CheckPredicted(o.page); err != nil {
			return err
		}
	}
	run, err := lab.OpenRun(dir)
	if err != nil {
		return err
	}
	photos, err := findPhotos(ctx, names)
	if err != nil {
		return err
	}
	if o.precision != "" {
		run.Model = run.Model.In(o.precision)
	}
	o.top = min(o.top, len(run.Model.Classes))
	l := a.lab()
	defer l.Close()
	if anyThere(photos) { // an engine takes seconds to open
		if err := l.Ready(ctx, run); err != nil {
			return err
		}
	}
	guess := func(file string) ([]classifier.Guess, error) { return l.Predict(ctx, run, file, o.top) }
	named, err := printPredictions(ctx, a, guess, photos, o)
	if o.page == "" || ctx.Err() != nil {
		return err
	}
	if err := report.WritePredicted(ctx, o.page, filepath.Base(filepath.Clean(dir)), named, a.progress); err != nil {
		return ifStopped(err, "all photos were named, but the page was not written: run the same command again")
	}
	if !o.json && !o.csv {
		return errors.Join(err, a.lookAt(o.page))
	}
	return err
}

// guesser names the most probable classes of the photo in a file.
type guesser func(file string) ([]classifier.Guess, error)

// printPredictions prints a line for each photo as soon as it is named. Where a page is asked for,
// it returns what the page shows.
func printPredictions(ctx context.Context, a *app, guess guesser, photos []input,
	o predictOptions) (named []report.Predicted, err error) {
	print, err := o.printer(a)
	if err != nil {
		return nil, err
	}
	failed := 0
	for i, f := range photos {
		if len(photos) > 20 {
			a.progress.Report("naming photos", int64(i), int64(len(photos)))
		}
		out := prediction{File: f.name, Error: f.problem}
		if f.problem == "" {
			out = predictFile(guess, f)
		}
		if ctx.Err() != nil {
			return nil, namedSoFar(ctx.Err(), i, photos)
		}
		if out.Error != "" {
			failed++
		}
		if o.page != "" {
			named = append(named, shownPrediction(out))
		}
		if err := print(out); err != nil {
			return named, err
		}
	}
	if len(photos) > 20 {
		a.progress.Report("naming photos", int64(len(photos)), int64(len(photos)))
	}
	if failed > 0 {
		return named, fmt.Errorf("%d of %d files could not be read as photos", failed, len(photos))
	}
	return named, nil
}

// namedSoFar says how to go on after a stop, when i photos have their line.
func namedSoFar(err error, i int, photos []input) error {
	if i == 0 {
		return err
	}
	return ifStopped(err, "the lines of the first %d of %s are whole. The same command begins with the first again; "+
		"to go on, name the photos from %s on", i, text.Count(len(photos), "photo"), word(photos[i].name))
}

func predictFile(guess guesser, f input) prediction {
	out := prediction{File: f.name, Top: []classifier.Guess{}}
	path, remove, err := f.file()
	if err != nil {
		out.Error = err.Error()
		return out
	}
	defer remove()
	guesses, err := guess(path)
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // the rest names the file
	}
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.Top, out.Guess = guesses, guesses[0]
	return out
}

// shownPrediction is a prediction as the page shows it.
func shownPrediction(p prediction) report.Predicted {
	x := report.Predicted{File: p.File, Class: p.Label, P: p.Probability, Problem: p.Error}
	if len(p.Top) > 1 {
		x.Second, x.PSecond = p.Top[1].Label, p.Top[1].Probability
	}
	return x
}

// printer returns what prints a prediction in the form that is asked for.
func (o predictOptions) printer(a *app) (func(prediction) error, error) {
	switch {
	case o.json:
		return func(p prediction) error { return a.json(p) }, nil
	case o.csv:
		return csvPrinter(a, o.top)
	}
	return a.printPrediction, nil
}

// printPrediction prints a line for a person.
func (a *app) printPrediction(out prediction) error {
	if out.Error != "" {
		fmt.Fprintf(a.stderr, "%s: %s\n", text.Name(out.File), out.Error)
		return nil
	}
	line := fmt.Sprintf("%s: %s %.1f %%", text.Name(out.File), text.Name(out.Label), 100*out.Probability)
	for _, g := range out.Top[1:] {
		line += fmt.Sprintf(", %s %.1f %%", text.Name(g.Label), 100*g.Probability)
	}
	_, err := fmt.Fprintln(a.stdout, line)
	return err
}
