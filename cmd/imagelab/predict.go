package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"imagelab/lib/classifier"
	"imagelab/lib/engine"
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
}

// newPredictCmd is `imagelab predict`: name photos.
func newPredictCmd(a *app) *cobra.Command {
	o := predictOptions{top: 3}
	cmd := &cobra.Command{
		Use:   "predict RUN PHOTO...",
		Short: "Classify photos with a trained model",
		Long: `Predict opens the model of a run folder and prints the most probable classes of each photo. It orients,
resizes and crops photos exactly as training did. PHOTO is a file, a folder (all photos in it and in the folders
below), a pattern such as 'inbox/*.jpg', or - for one photo from standard input. Predict reports files that are not
photos, classifies the others, and then ends with exit code 1.`,
		Example: `  imagelab predict runs/a new.jpg
  imagelab predict runs/a inbox --csv > names.csv
  imagelab predict runs/a inbox/*.jpg --json > names.jsonl`,
		Args: cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(args[1:]); err != nil {
				return usageError{err}
			}
			return ifStopped(predict(cmd.Context(), a, args[0], args[1:], o), "no photo was named yet: run the same command again")
		},
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print one JSON object per file")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "print one line per file as CSV")
	cmd.Flags().IntVar(&o.top, "top", o.top, "how many classes to list")
	return cmd
}

func (o predictOptions) check(photos []string) error {
	switch {
	case o.top < 1:
		return fmt.Errorf("--top must be at least 1, not %d", o.top)
	case o.json && o.csv:
		return errors.New("choose --csv or --json")
	}
	return checkPhotoNames(photos)
}

// predict names the photos, those that can be read, and fails when there was one that cannot.
func predict(ctx context.Context, a *app, run string, names []string, o predictOptions) error {
	m, err := classifier.Load(run)
	if err != nil {
		return err
	}
	photos, err := findPhotos(ctx, names)
	if err != nil {
		return err
	}
	o.top = min(o.top, len(m.Classes))
	var p *classifier.Predictor
	if anyThere(photos) { // an engine takes seconds to open
		var closeAll func()
		if p, closeAll, err = openModel(ctx, a, m); err != nil {
			return err
		}
		defer closeAll()
	}
	return printPredictions(ctx, a, p, photos, o)
}

// printPredictions prints a line for each photo as soon as it is named. Without a photo that is there, p may be nil.
func printPredictions(ctx context.Context, a *app, p *classifier.Predictor, photos []photo, o predictOptions) error {
	print, err := o.printer(a)
	if err != nil {
		return err
	}
	failed := 0
	for i, f := range photos {
		if len(photos) > 20 {
			a.progress.Report("naming photos", int64(i), int64(len(photos)))
		}
		out := prediction{File: f.name, Top: []classifier.Guess{}, Error: f.problem}
		if f.problem == "" {
			out = predictFile(ctx, p, f, o.top)
		}
		if ctx.Err() != nil {
			return namedSoFar(ctx.Err(), i, photos)
		}
		if out.Error != "" {
			failed++
		}
		if err := print(out); err != nil {
			return err
		}
	}
	if len(photos) > 20 {
		a.progress.Report("naming photos", int64(len(photos)), int64(len(photos)))
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be read as photos", failed, len(photos))
	}
	return nil
}

// namedSoFar says how to go on after a stop, when i photos have their line.
func namedSoFar(err error, i int, photos []photo) error {
	if i == 0 {
		return err
	}
	return ifStopped(err, "the lines of the first %d of %s are whole. The same command begins with the first again; to go on, "+
		"name the photos from %s on", i, plural(len(photos), "photo"), word(photos[i].name))
}

// openPredictor loads the model of a run and the engine to run it on.
func openPredictor(ctx context.Context, a *app, run string) (*classifier.Predictor, *classifier.Model, func(), error) {
	m, err := classifier.Load(run)
	if err != nil {
		return nil, nil, nil, err
	}
	p, closeAll, err := openModel(ctx, a, m)
	return p, m, closeAll, err
}

// openModel makes a model ready on an engine of its own.
func openModel(ctx context.Context, a *app, m *classifier.Model) (*classifier.Predictor, func(), error) {
	e, err := openEngine(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	p, err := m.Predictor(e)
	if err != nil {
		e.Close()
		return nil, nil, err
	}
	return p, func() { p.Close(); e.Close() }, nil
}

// openEngine opens the engine and passes on what a person should know about it.
func openEngine(ctx context.Context, a *app) (*engine.Engine, error) {
	e, err := engine.Open(ctx, a.progress)
	if err == nil && e.Notice != "" {
		fmt.Fprintln(a.stderr, "note:", e.Notice)
	}
	return e, err
}

func predictFile(ctx context.Context, p *classifier.Predictor, f photo, top int) prediction {
	out := prediction{File: f.name, Top: []classifier.Guess{}}
	path, remove, err := f.file()
	if err != nil {
		out.Error = err.Error()
		return out
	}
	defer remove()
	guesses, err := p.File(ctx, path, top)
	if cause := errors.Unwrap(err); cause != nil {
		err = cause // the rest names the file
	}
	if err == nil && !(guesses[0].Probability >= 0) { // not a number
		err = errors.New("the model gives no probabilities: its weights are damaged, train it again")
	}
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.Top, out.Guess = guesses, guesses[0]
	return out
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
