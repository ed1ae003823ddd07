package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/internal/folder"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
	"imagelab/lib/text"
)

// Answers are what [Lab.All] found out. What time did not allow is nil, and Left says so.
type Answers struct {
	Dir      string // folder with data, head, model, curve and tradeoff, and index.html
	Set      *dataset.Set
	Run      *Run // the recipe's model, or the head alone where there was no time for it
	Test     *Test
	Curve    *Curves
	TradeOff *TradeOff
	Left     []string // a sentence for each step that was left out or stopped
}

// Page is the path of the page that leads to all others.
func (a Answers) Page() string { return filepath.Join(a.Dir, "index.html") }

// String gives the answer to each question, a line or more.
func (a Answers) String() string {
	var lines []string
	if a.Test != nil {
		lines = append(lines, "How good? On the test photos: "+a.Test.String())
	}
	if a.Curve != nil {
		lines = append(lines, "Are there enough photos? "+a.Curve.String())
	}
	if a.TradeOff != nil {
		lines = append(lines, "Which model is fast enough? "+a.TradeOff.String())
	}
	return strings.Join(append(lines, a.Left...), "\n")
}

// Durations of the steps, as multiples of that of the head alone. Measured on clothing on two
// cores: 49 s for the head, 268 s for the default recipe, 98 s for a curve of 35 heads.
const (
	trainUnits    = 6
	curveUnits    = 2
	tradeOffUnits = 8
)

// All answers every question about a folder of photos: it makes a data set, fits the head alone
// and draws its learning curve, fits the recipe, reads the test photos once, and compares the
// models. Steps that were done before are not done again. A step that does not fit into what is
// left of the limit is left out; one that takes longer than was foreseen is stopped, and goes on
// when All is called again. A limit of 0 is none. Results lie below Dir, whatever r and m say.
func (l *Lab) All(ctx context.Context, photos string, r Recipe, m Models, limit time.Duration) (Answers, error) {
	a := Answers{Dir: l.Dir}
	if err := l.checkAll(photos); err != nil {
		return a, err
	}
	s := schedule{}
	if limit > 0 {
		s.until = time.Now().Add(limit)
	}
	var err error
	if a.Set, err = l.Photos(ctx, photos); err != nil {
		return a, err
	}
	var failed []error
	for _, step := range l.steps(&a, &s, r, m) {
		left, err := s.do(ctx, step)
		if IsPartial(err) {
			failed = append(failed, fmt.Errorf("%s: %w", step.name, err))
		} else if errors.Is(err, finetune.ErrOtherRun) || errors.Is(err, sweep.ErrOtherPhotos) {
			return a, fmt.Errorf("%w; if photos came or labels changed since, choose another folder, or delete head, curve, "+
				"model and tradeoff in %s", err, text.Path(l.Dir))
		} else if err != nil {
			return a, err
		}
		if left != "" {
			a.leave(l, left)
		}
	}
	if err := l.writeIndex(a); err != nil {
		return a, err
	}
	return a, errors.Join(failed...)
}

// leave notes a step that was left out or stopped.
func (a *Answers) leave(l *Lab, sentence string) {
	a.Left = append(a.Left, sentence)
	l.say(sentence)
}

// made are the files and folders that All makes below Dir.
var made = []string{"data", "head", "curve", "model", "tradeoff", "index.html"}

// checkAll refuses a folder that holds anything but what an earlier call made.
func (l *Lab) checkAll(photos string) error {
	entries, err := os.ReadDir(l.Dir)
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return folder.IsNothing(e.Name()) })
	other := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return !slices.Contains(made, e.Name()) })
	if err == nil && len(entries) > 0 && !other {
		return nil
	}
	return CheckFolder(l.Dir, SetFolder, photos)
}

// step is one step of [Lab.All].
type step struct {
	name  string
	units float64 // see schedule; 0: whatever it takes
	do    func(context.Context) error
}

// steps are those that follow the data set. Each writes its result into a.
func (l *Lab) steps(a *Answers, s *schedule, r Recipe, m Models) []step {
	head, curve := r, r
	head.Cut, head.Out = backbone.CutHead, filepath.Join(l.Dir, "head")
	curve.Cut, curve.Out = backbone.CutHead, filepath.Join(l.Dir, "curve")
	r.Out, m.Recipe.Out = filepath.Join(l.Dir, "model"), filepath.Join(l.Dir, "tradeoff")
	train := func(r Recipe) func(context.Context) error {
		return into(&a.Run, func(ctx context.Context) (Run, error) { return l.Train(ctx, a.Set, r) })
	}
	return []step{
		{"a first model, the classifier on the frozen network", 0, func(ctx context.Context) error {
			err := train(head)(ctx)
			if err == nil {
				s.measure(a.Run.Record)
			}
			return err
		}},
		{"the learning curve", curveUnits, into(&a.Curve, func(ctx context.Context) (Curves, error) {
			return l.LearningCurve(ctx, a.Set, curve, Sizes{})
		})},
		{"training", trainUnits, train(r)},
		{"the test", 0, func(ctx context.Context) error {
			err := into(&a.Test, func(ctx context.Context) (Test, error) { return l.Evaluate(ctx, *a.Run) })(ctx)
			var none *NoSideError
			if errors.As(err, &none) {
				a.leave(l, "There is no test: the set has no test photos. The other answers are about validation photos.")
				return nil
			}
			return err
		}},
		{"the comparison of models", tradeOffUnits, into(&a.TradeOff, func(ctx context.Context) (TradeOff, error) {
			return l.TradeOff(ctx, a.Set, m)
		})},
	}
}

// into calls do and keeps the result where it is no failure.
func into[T any](to **T, do func(context.Context) (T, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		result, err := do(ctx)
		if err == nil || IsPartial(err) {
			*to = &result
		}
		return err
	}
}

// schedule fits steps into the time there is.
type schedule struct {
	until time.Time     // zero: no limit
	unit  time.Duration // that the classifier on the frozen network takes, from the files on
}

// measure takes the unit from the record of the head.
func (s *schedule) measure(r runlog.Record) {
	if seconds, known := r.Training(); known {
		s.unit = time.Duration(seconds * float64(time.Second))
	}
}

// do returns a sentence where a step was left out or stopped for lack of time. The test is never
// left out.
func (s *schedule) do(ctx context.Context, step step) (left string, err error) {
	if s.until.IsZero() || step.units == 0 {
		return "", step.do(ctx)
	}
	need := time.Duration(step.units * float64(s.unit))
	if time.Until(s.until) < need {
		return fmt.Sprintf("left out: %s, which takes about %s; the same command with more time does it",
			step.name, text.Duration(need)), nil
	}
	limited, cancel := context.WithDeadline(ctx, s.until)
	defer cancel()
	err = step.do(limited)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return fmt.Sprintf("stopped: %s took longer than there was time; the same command continues it", step.name), nil
	}
	return "", err
}

// writeIndex writes the page that shows each answer and leads to its page.
func (l *Lab) writeIndex(a Answers) error {
	page := report.Sweep{Title: "What the photos of " + a.Set.Name() + " can do", Verdict: a.String(),
		License: license(a.Set)}
	add := func(title, path string, f figure.Figure) {
		link, err := filepath.Rel(a.Dir, path)
		if err != nil {
			link = path
		}
		page.Figures = append(page.Figures, report.Figure{Title: title, Figure: f, Page: filepath.ToSlash(link)})
	}
	if a.Test != nil {
		page.Records = append(page.Records, a.Run.Record)
		add("How good is it?", a.Run.Page(), a.Test.Figure())
	}
	if a.Curve != nil {
		page.Records = append(page.Records, a.Curve.Records...)
		add("Are there enough photos?", a.Curve.Page(), a.Curve.Figure())
	}
	if a.TradeOff != nil {
		page.Records = append(page.Records, a.TradeOff.Records...)
		add("Which model is fast enough?", a.TradeOff.Page(), a.TradeOff.Figure())
	}
	return l.writePage(a.Page(), page)
}
