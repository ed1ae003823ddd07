package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"imagelab/lib/engine"
	"imagelab/lib/finetune"
)

// prediction is what predict prints for a file.
type prediction struct {
	File string `json:"file"`
	finetune.Guess
	Top   []finetune.Guess `json:"top"`
	Error string           `json:"error,omitempty"`
}

// newPredictCmd is `imagelab predict`: name photos.
func newPredictCmd(a *app) *cobra.Command {
	var asJSON bool
	top := 3
	cmd := &cobra.Command{
		Use:   "predict RUN FILE...",
		Short: "Name photos with a trained model",
		Long: `Predict opens the model of a run folder and prints the most probable class of each photo, with the next ones.
Photos are oriented, resized and cropped exactly as in training. A file that is no photo is reported, the others are
still named, and the exit code is 1.`,
		Example: "  imagelab predict runs/a new.jpg\n  imagelab predict runs/a inbox/*.jpg --json > names.jsonl",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if top < 1 {
				return usageError{fmt.Errorf("--top must be at least 1")}
			}
			ctx := cmd.Context()
			p, _, closeAll, err := openPredictor(ctx, a, args[0])
			if err != nil {
				return err
			}
			defer closeAll()
			failed := 0
			for i, file := range args[1:] {
				if len(args) > 20 {
					a.progress.Report("naming photos", int64(i), int64(len(args)-1))
				}
				out := predictFile(ctx, p, file, top)
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if out.Error != "" {
					failed++
				}
				if err := printPrediction(a, out, asJSON); err != nil {
					return err
				}
			}
			if len(args) > 20 {
				a.progress.Report("naming photos", int64(len(args)-1), int64(len(args)-1))
			}
			if failed > 0 {
				return fmt.Errorf("%d of %d files could not be read as photos", failed, len(args)-1)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object per file")
	cmd.Flags().IntVar(&top, "top", top, "how many classes to list")
	return cmd
}

// openPredictor loads the model of a run and the engine to run it on.
func openPredictor(ctx context.Context, a *app, run string) (*finetune.Predictor, *finetune.Model, func(), error) {
	m, err := finetune.LoadModel(run)
	if err != nil {
		return nil, nil, nil, err
	}
	e, err := openEngine(ctx, a)
	if err != nil {
		return nil, nil, nil, err
	}
	p, err := m.Predictor(e)
	if err != nil {
		e.Close()
		return nil, nil, nil, err
	}
	return p, m, func() { p.Close(); e.Close() }, nil
}

// openEngine opens the engine and passes on what a person should know about it.
func openEngine(ctx context.Context, a *app) (*engine.Engine, error) {
	e, err := engine.Open(ctx, a.progress)
	if err == nil && e.Notice != "" {
		fmt.Fprintln(a.stderr, "note:", e.Notice)
	}
	return e, err
}

func predictFile(ctx context.Context, p *finetune.Predictor, file string, top int) prediction {
	out := prediction{File: file, Top: []finetune.Guess{}}
	guesses, err := p.File(ctx, file, top)
	if err != nil {
		out.Error = err.Error()
		return out
	}
	out.Top, out.Guess = guesses, guesses[0]
	return out
}

func printPrediction(a *app, out prediction, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.stdout).Encode(out)
	}
	if out.Error != "" {
		fmt.Fprintln(a.stderr, out.Error) // names the file
		return nil
	}
	fmt.Fprintf(a.stdout, "%s: %s %.1f %%", out.File, out.Label, 100*out.Probability)
	for _, g := range out.Top[1:] {
		fmt.Fprintf(a.stdout, ", %s %.1f %%", g.Label, 100*g.Probability)
	}
	fmt.Fprintln(a.stdout)
	return nil
}
