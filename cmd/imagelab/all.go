package main

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"imagelab/lib/lab"
)

// newAllCmd is `imagelab all`: from a folder of photos to every answer.
func newAllCmd(a *app) *cobra.Command {
	var out string
	var minutes, budget float64
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "all PHOTOS --out DIR",
		Short: "Answer every question about a folder of photos, in one command",
		Long: `All goes from a folder of photos to a tested model, a learning curve and a comparison of models. It does
what ingest, dedup, split, train, eval, curve and tradeoff do with their defaults, and writes DIR/index.html, which
shows each answer and leads to its page.

First it fits a classifier on the frozen network, which takes a minute for some thousand photos. With --minutes,
the learning curve, the training and the comparison are done only if they fit into the time that is left, and All says
what it left out; the photos are read, the first model is fitted and the test is made whatever they take. Steps that
were done before are not done again: run the same command with more time, or after Ctrl-C, and it goes on. If photos
came or labels changed since, the results in DIR are of the earlier photos, and All says what to delete.

PHOTOS is a folder per class, the same inside train/validation/test folders, a CSV file, the name of a data set that
fetch brings, or the folder of a data set. The photos are only read.`,
		Example: `  imagelab all photos/garments --out runs/garments
  imagelab all foods --out runs/foods --minutes 10`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageError{errors.New("all needs --out DIR, the folder for all results, such as runs/mine")}
			}
			for _, f := range []struct {
				name  string
				value float64
			}{{"minutes", minutes}, {"budget", budget}} {
				if !(f.value >= 0) || math.IsInf(f.value, 0) || f.value > 1e6 {
					return usageError{fmt.Errorf("--%s %g is no time: give a number from 0 (no limit) to 1,000,000", f.name,
						f.value)}
				}
			}
			if err := checkSource("all", args[0]); err != nil {
				return usageError{err}
			}
			l := a.lab()
			defer l.Close()
			l.Dir = out
			models := lab.Models{Budget: time.Duration(budget * float64(time.Millisecond))}
			answers, err := l.All(cmd.Context(), args[0], lab.Recipe{}, models, time.Duration(minutes*float64(time.Minute)))
			switch {
			case err != nil && !lab.IsPartial(err):
				return withFlags(err)
			case asJSON:
				return errors.Join(a.json(jsonAnswers(answers)), err)
			}
			return errors.Join(a.printAnswer(answers, answers.Page()), err)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder `DIR` for data set, models, records, figures and pages")
	cmd.Flags().Float64Var(&minutes, "minutes", 0, "time after which curve, training and comparison stop (0: no limit)")
	cmd.Flags().Float64Var(&budget, "budget", 0,
		"time limit for one photo in the comparison of models, milliseconds (0: no limit)")
	addJSON(cmd.Flags(), &asJSON)
	return cmd
}

// allAnswers is what `imagelab all --json` prints.
type allAnswers struct {
	Page       string   `json:"page"`
	Model      string   `json:"model"`
	Images     int      `json:"images"`
	Validation float64  `json:"validation_top1"`
	Test       *float64 `json:"test_top1"` // null: not tested
	Curve      string   `json:"curve,omitempty"`
	TradeOff   string   `json:"tradeoff,omitempty"`
	Left       []string `json:"left,omitempty"`
}

func jsonAnswers(a lab.Answers) allAnswers {
	j := allAnswers{Page: a.Page(), Images: len(a.Set.Images), Left: a.Left}
	if a.Run != nil {
		j.Model, j.Validation = a.Run.Dir, a.Run.Record.Val.Top1
	}
	if a.Test != nil {
		j.Test = &a.Test.Top1
	}
	if a.Curve != nil {
		j.Curve = a.Curve.String()
	}
	if a.TradeOff != nil {
		j.TradeOff = a.TradeOff.String()
	}
	return j
}
