package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/lab"
	"imagelab/lib/progress"
	"imagelab/lib/review/page"
	"imagelab/lib/suspect"
	"imagelab/lib/text"
)

// reviewOptions are the choices of `imagelab review`.
type reviewOptions struct {
	reviewFlags
	page      page.Options
	noBrowser bool
	noGuesses bool
}

// newReviewCmd is `imagelab review`: what people decide about the photos of a set, in a page in
// the browser and as files.
func newReviewCmd(a *app) *cobra.Command {
	var o reviewOptions
	cmd := &cobra.Command{
		Use:   "review DIR",
		Short: "Look at the photos in the browser, label them, leave photos out",
		Long: `Review serves a page of the photos of a set to the browser on this machine, opens it, and prints its address. It
serves until Ctrl-C. The page is made for the keyboard; a mouse, a finger and a screen reader work too:

  arrows, Shift+arrows, Ctrl+A   go to a photo, select a range, select all photos that are shown
  1 2 3 ... q w e ...            give the photo, or those selected, a class; the page shows which key is which
  l                              another class, also one with a new name
  a, d, o, t, .                  ambiguous, drop (leave out), occluded, truncated, another tag
  c                              all photos on the screen are right; go on
  C, g                           take what was guessed: for the screen, for one photo
  u, U                           undo, redo
  Enter, z, v                    one photo; zoom; its copies side by side
  ?                              all keys

A decision is on the disk before the page says so, as a line in DIR/review.jsonl. No photo is changed, moved or deleted.
A dropped photo stays where it is, and can be brought back. All later steps take the decisions up. Several pages and
people may work at once; each sees what the others decide.

Where photos have no label, their classes are guessed after a dozen of labels, by a classifier on the features of a
pretrained network, and again as labels are added: sort by guess, and confirm a screen of one class by one key.

--only names what is shown first: suspects (of ` + "`imagelab suspects`" + `), unseen, duplicates, unlabelled,
differs (the guess differs from the label), keep, ambiguous, drop, or a class, a tag or a side.

` + aboutReviewLog,
		Example: `  imagelab review data/mine
  imagelab review data/mine --only suspects
  imagelab review data/mine --stats
  imagelab review data/mine --export labels.csv
  imagelab review data/mine --import labels.csv --who ann
  imagelab review data/mine --second-pass 100
  imagelab review data/mine --pass second
  imagelab review data/mine --agreement`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.page.Port < 0 || o.page.Port > 65535 {
				return usageError{fmt.Errorf("--port lies in 0..65535, and is not %d", o.page.Port)}
			}
			if err := o.check(cmd); err != nil {
				return usageError{err}
			}
			if o.what() > 0 {
				return o.run(cmd.Context(), a, args[0])
			}
			return serveReview(cmd.Context(), a, args[0], o)
		},
	}
	o.addServing(cmd.Flags())
	o.add(cmd.Flags())
	return cmd
}

// addServing offers the choices of the page.
func (o *reviewOptions) addServing(f *pflag.FlagSet) {
	f.StringVar(&o.page.Only, "only", "", "show `what` first: suspects, unseen, a class, ...")
	f.StringVar(&o.page.Host, "host", "127.0.0.1", "`address` to serve on; 0.0.0.0 accepts other machines")
	f.IntVar(&o.page.Port, "port", 0, "`port` to serve on; 0: the usual one, 8765, or a free one")
	f.BoolVar(&o.noBrowser, "no-browser", false, "open no browser")
	f.BoolVar(&o.noGuesses, "no-guesses", false, "do not guess the classes of photos without a label")
	f.StringVar(&o.who, "who", "", "your `name` in the log of decisions; empty: your user name")
}

// serveReview serves the page of the set in dir until ctx ends.
func serveReview(ctx context.Context, a *app, dir string, o reviewOptions) error {
	s, err := dataset.LoadQuiet(ctx, dir, a.progress)
	if err != nil {
		return err
	}
	l := a.lab()
	defer l.Close()
	tell := oneAtATime(a.progress)
	if !o.noGuesses && o.pass == "" && lacksLabels(s) {
		o.page.Guesser = newGuesser(l, s, tell)
	}
	o.page.Who, o.page.Pass = o.who, o.pass
	server, err := page.New(s, o.page)
	if o.pass != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: draw it with `imagelab review %s --second-pass 100 --pass %s`", err, word(s.Dir), o.pass)
	}
	if err != nil {
		return err
	}
	defer server.Close()
	a.noteReachable(o.page.Host, "page", "see and label the photos")
	err = server.Serve(ctx, func(address string) {
		fmt.Fprintf(a.stderr, "serving %s until Ctrl-C; decisions are kept in %s\n", text.Name(s.Dir),
			text.Name(s.Decisions().Path()))
		fmt.Fprintln(a.stdout, "open", address)
		if !o.noBrowser && page.HasDesktop() {
			if err := server.Open(address); err != nil {
				fmt.Fprintln(a.stderr, "note: no browser was opened:", err)
			}
		}
	}, tell)
	if o.pass != "" {
		fmt.Fprintf(a.stderr, "next: imagelab review %s --agreement\n", word(s.Dir))
	}
	if errors.Is(err, context.Canceled) {
		return nil // which is how serving ends
	}
	return err
}

// lacksLabels reports whether there is a photo without a class.
func lacksLabels(s *dataset.Set) bool {
	return slices.ContainsFunc(s.Images, func(im dataset.Image) bool { return im.Class == "" })
}

// newGuesser guesses classes from the labels of the page. The engine is opened when it is first
// needed.
func newGuesser(l *lab.Lab, s *dataset.Set, p progress.Func) page.Guesser {
	return func(ctx context.Context, labels map[string]string) (map[string]page.Guess, error) {
		found, err := lab.Compute(ctx, l, func(e *engine.Engine) (map[string]suspect.Guess, error) {
			return suspect.Guesses(ctx, e, s, labels, suspect.Default(), p)
		})
		if err != nil {
			return nil, err
		}
		out := map[string]page.Guess{}
		for sha256, g := range found {
			out[sha256] = page.Guess{Class: g.Class, Score: g.Probability}
		}
		return out, nil
	}
}

// oneAtATime lets several stages report at the same time.
func oneAtATime(p progress.Func) progress.Func {
	var mu sync.Mutex
	return func(stage string, done, total int64) {
		mu.Lock()
		defer mu.Unlock()
		p.Report(stage, done, total)
	}
}
