package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/figure"
	"imagelab/lib/finetune"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Test is how good a model is on photos that chose nothing.
type Test struct {
	metric.Result
	Side string       // side of the set that was scored, [dataset.Test] or [dataset.Val]; "" for photos without sides
	Seen *runlog.Seen // photos that the model learned from; nil where the model, of an older version, does not say

	photos []runlog.Prediction
}

// save writes the predictions for the test photos into the folder of a run, for its page.
func (t Test) save(run Run) error {
	said := runlog.Predictions{Record: run.Model.Record, Side: dataset.Test, Classes: run.Model.Classes, Photos: t.photos}
	return said.Save(run.Dir)
}

// String says the result in a line, and in further lines what limits its worth.
func (t Test) String() string {
	return strings.TrimSuffix(t.Result.String()+"\n"+t.Remark(), "\n")
}

// Figure shows which classes were taken for which.
func (t Test) Figure() figure.Figure { return figure.Confusion(t.Result) }

// Remark says what limits the worth of the result, a line for each reason; empty where nothing
// does.
func (t Test) Remark() string {
	var lines []string
	switch seen := t.Seen; {
	case seen == nil:
		lines = append(lines, "note: this model, of an older version, does not say what it learned from, so "+
			"photos that it has seen count as new")
	case seen.Scored:
		lines = append(lines, fmt.Sprintf(
			"NOT A TEST: %d of these photos are ones that the model learned from (%d in training, %d in "+
				"validation), so the result is too good",
			seen.Training+seen.Validation, seen.Training, seen.Validation))
	case seen.Training+seen.Validation > 0:
		lines = append(lines, fmt.Sprintf(
			"left out: %d photos that the model learned from, as they are or as copies (%d in training, %d in validation)",
			seen.Training+seen.Validation, seen.Training, seen.Validation))
	}
	for _, p := range t.Parts {
		if p.Name == classifier.PartClear && p.N < t.N {
			lines = append(lines, fmt.Sprintf(
				"without the %s that reviewers flagged as ambiguous, occluded or truncated: top-1 %.2f %% "+
					"(95 %% interval %.1f to %.1f)", text.Count(t.N-p.N, "photo"), 100*p.Top1(), 100*p.Interval[0], 100*p.Interval[1]))
		}
	}
	if t.Side == dataset.Val {
		lines = append(lines, "note: the model was chosen by validation images, so the result is a little too good")
	}
	return strings.Join(lines, "\n")
}

// Scoring says which photos a model is scored on.
type Scoring struct {
	Side        string // [dataset.Test], which is the default, or [dataset.Val]
	IncludeSeen bool   // score photos that the model learned from too; the result is then no test
	Precision   string // see [recipe.Config]; "": the model's own. The result of another one is not recorded
}

// SeenError says that a model learned from all the photos it should be scored on.
type SeenError struct{ Training, Validation int }

// Error counts the photos.
func (e *SeenError) Error() string {
	all := "the one photo"
	if n := e.Training + e.Validation; n > 1 {
		all = fmt.Sprintf("all %d photos", n)
	}
	return fmt.Sprintf("there is nothing to test this model on: it has learned from %s (%d in training, %d in "+
		"validation, as they are or as copies); name photos that are new to it",
		all, e.Training, e.Validation)
}

// ErrNoSides says that a folder has no train, val and test folders, so that no side of it can be
// scored.
var ErrNoSides = errors.New("there are no train, val and test folders")

// ErrNoLabels says that a folder of photos has no class folders, so that nothing says what is
// right.
var ErrNoLabels = errors.New("there are no class folders, so nothing says what is right: make a folder per class")

// ErrNotFolder says that a file was named where a folder of labelled photos is wanted.
var ErrNotFolder = errors.New("this is no folder: name a data set, a folder with train, val and test inside, or a " +
	"folder per class")

// Evaluate scores the model of a run on the test photos of its set, adds the result to the run's
// record, and brings its page up to date. Photos that the model learned from, as they are or as
// copies, are left out and counted. Choose models by validation and evaluate once: a test set
// that is looked at often is a validation set.
func (l *Lab) Evaluate(ctx context.Context, run Run) (Test, error) {
	if run.Set == nil {
		return Test{}, fmt.Errorf("lab: %s was opened without its photos: say which, with Score", run.Dir)
	}
	return l.held(ctx, run, func(ctx context.Context) (Test, error) {
		images, err := sideOf(run.Set, dataset.Test)
		if err != nil {
			return Test{}, err
		}
		return l.score(ctx, run, run.Set, images, Scoring{Side: dataset.Test})
	})
}

// Score is [Lab.Evaluate] on any labelled photos: the folder of a data set, a folder with train,
// val and test inside, or a folder per class. The result is recorded where it is that of the test
// side of the set that the run was trained on.
func (l *Lab) Score(ctx context.Context, run Run, photos string, o Scoring) (Test, error) {
	if o.Side == "" {
		o.Side = dataset.Test
	}
	return l.held(ctx, run, func(ctx context.Context) (Test, error) {
		s, images, err := l.labelled(ctx, photos, o.Side)
		if err != nil {
			return Test{}, err
		}
		return l.score(ctx, run, s, images, o)
	})
}

// held calls f when nobody else writes into the run's folder.
func (l *Lab) held(ctx context.Context, run Run, f func(context.Context) (Test, error)) (Test, error) {
	ctx, release, err := runlog.HoldNext(ctx, finetune.RecordsPath(run.Dir), l.Progress)
	if err != nil {
		return Test{}, err
	}
	defer release()
	return f(ctx)
}

// score returns the result with an error where it could not be recorded.
func (l *Lab) score(ctx context.Context, run Run, s *dataset.Set, images []dataset.Image, o Scoring) (Test, error) {
	own := run.Model.Precision
	if o.Precision != "" {
		run.Model = run.Model.In(o.Precision)
	}
	t, scored, err := l.measure(ctx, run, s, images, o)
	if err != nil {
		return Test{}, err
	}
	if cmp.Or(run.Model.Precision, recipe.Float32) != cmp.Or(own, recipe.Float32) {
		return t, nil
	}
	if s.Dir == "" && s != run.Set || o.Side != dataset.Test { // no set that was split
		return t, nil
	}
	run.Set = s
	return t, l.recordTest(ctx, run, t, scored, o)
}

// measure scores images of s, and returns those that were not left out as well.
func (l *Lab) measure(ctx context.Context, run Run, s *dataset.Set, images []dataset.Image,
	o Scoring) (Test, []dataset.Image, error) {
	images, seen, err := leaveOutSeen(run.Model, s, images, o)
	if err != nil {
		return Test{}, nil, err
	}
	if n := repeated(images); n > 0 {
		l.note("%d of the %s are the bytes of another one among them, and count again: the result is less certain than "+
			"its interval says; a set after dedup has none", n, text.Count(len(images), "photo"))
	}
	t, err := Compute(ctx, l, func(e *engine.Engine) (Test, error) {
		t := Test{Side: images[0].Split, Seen: seen}
		p, err := l.predictor(e, run.Model)
		if err != nil {
			return t, err
		}
		labels, probs, err := p.Classify(ctx, s, images, l.Progress)
		if err != nil {
			return t, err
		}
		for i, im := range images {
			t.photos = append(t.photos, runlog.NewPrediction(im.Path, im.SHA256, labels[i], probs[i]))
		}
		t.Result, err = p.Score(s, images, labels, probs)
		return t, err
	})
	return t, images, err
}

// repeated counts the images that have the bytes of one before them.
func repeated(images []dataset.Image) int {
	n, before := 0, map[string]bool{}
	for _, im := range images {
		if im.SHA256 != "" && before[im.SHA256] {
			n++
		}
		before[im.SHA256] = true
	}
	return n
}

// recordTest adds the result to the record of the run, unless it is there, and writes the page.
// Where labels were changed since training, the record keeps its first result, and the new one is
// a further reading.
func (l *Lab) recordTest(ctx context.Context, run Run, t Test, scored []dataset.Image, o Scoring) error {
	record, found, err := run.record()
	if err != nil || !found {
		return err
	}
	now := readingOf(run.Model, run.Set, t, scored)
	if !knows(record, run.Set, now) {
		l.note("these are not the test photos that belong to this training: it is another set, or the set or its split "+
			"has changed since; %s is left as it was", pageFile)
		return nil
	}
	if err := l.before(ctx, run, &record, o); err != nil {
		return err
	}
	changed := record.Read(now)
	if seen := leftOut(t.Seen); record.Test == nil || record.Split == run.Set.SplitDigest() &&
		(!reflect.DeepEqual(*record.Test, t.Result) || !reflect.DeepEqual(record.Seen, seen)) {
		record.Test, record.Seen, changed = &t.Result, seen, true
	}
	if reflect.DeepEqual(*record.Test, t.Result) { // also for a run of an earlier version, which saved none
		if err := t.save(run); err != nil {
			return err
		}
	}
	if changed {
		if err := runlog.Append(finetune.RecordsPath(run.Dir), record); err != nil {
			return err
		}
	}
	run.Record = record
	if err := l.writeRun(ctx, run); err != nil {
		if ctx.Err() != nil {
			err = &RecordedError{err}
		}
		return err
	}
	l.print("look at %s", text.Name(run.Page()))
	return nil
}

// RecordedError is a stop after the result was recorded, while its page was drawn.
type RecordedError struct{ error }

// Unwrap returns the reason.
func (e *RecordedError) Unwrap() error { return e.error }

// labelled are the photos of a side of a data set or of a folder.
func (l *Lab) labelled(ctx context.Context, photos, side string) (*dataset.Set, []dataset.Image, error) {
	if info, err := os.Stat(photos); err == nil && !info.IsDir() {
		return nil, nil, fmt.Errorf("%s: %w", text.Name(photos), ErrNotFolder)
	}
	if !dataset.IsFolder(photos) {
		return l.labelledFolder(ctx, photos, side)
	}
	s, err := dataset.LoadQuiet(ctx, photos, l.Progress)
	if err != nil {
		return nil, nil, err
	}
	images, err := sideOf(s, side)
	return s, images, err
}

// NoSideError says that a set or folder has no photo on the side that was asked for.
type NoSideError struct {
	Dir, Side string
	Has       string // what it has instead; empty for a set
}

// Error names the side.
func (e *NoSideError) Error() string {
	has := e.Has
	if has != "" {
		has = " with a class (" + has + ")"
	}
	return fmt.Sprintf("%s has no %s images%s", text.Name(e.Dir), e.Side, has)
}

func sideOf(s *dataset.Set, side string) ([]dataset.Image, error) {
	images := s.InSplit(side)
	if len(images) == 0 {
		return nil, &NoSideError{Dir: s.Dir, Side: side}
	}
	return images, nil
}

// labelledFolder reads a folder per class, with or without train, val and test above, into memory.
func (l *Lab) labelledFolder(ctx context.Context, dir, side string) (*dataset.Set, []dataset.Image, error) {
	s, err := dataset.Open(ctx, dir, l.Progress)
	if err != nil {
		return nil, nil, err
	}
	if s.Source == dataset.SourceUnlabeled {
		return nil, nil, fmt.Errorf("%s: %w", text.Name(dir), ErrNoLabels)
	}
	if err := l.notes(s); err != nil {
		return nil, nil, err
	}
	sides := map[string]int{}
	for _, im := range s.Images {
		sides[im.Split]++
	}
	has := fmt.Sprintf("its sides hold %d train, %d val and %d test photos",
		sides[dataset.Train], sides[dataset.Val], sides[dataset.Test])
	images := slices.DeleteFunc(s.InSplit(side), func(im dataset.Image) bool { return im.Class == "" })
	switch {
	case sides[""] == len(s.Images) && side == dataset.Test:
		return s, s.Images, nil
	case sides[""] == len(s.Images):
		return nil, nil, fmt.Errorf("%s: %w; without a side all its images are scored", text.Name(dir), ErrNoSides)
	case len(images) == 0:
		return nil, nil, &NoSideError{dir, side, has}
	}
	l.note("the %s side of %s is scored (%s)", side, text.Name(dir), has)
	return s, images, nil
}

// notes tells how a folder was read.
func (l *Lab) notes(s *dataset.Set) error {
	rejected, err := s.Quarantine()
	if err != nil {
		return err
	}
	l.sayAll(s.Notes)
	for _, r := range rejected {
		l.print("left out %q: %s", r.Path, r.Reason)
	}
	return nil
}

// leaveOutSeen drops the images that the model has learned from, unless they are asked for, and
// counts them. Who asks for validation images knows that the model was chosen by them. The count
// is nil for a model that does not say what it saw.
func leaveOutSeen(m *classifier.Model, s *dataset.Set, images []dataset.Image,
	o Scoring) ([]dataset.Image, *runlog.Seen, error) {
	learned, err := m.Learned()
	if err != nil || learned == nil {
		return images, nil, err
	}
	seen := &runlog.Seen{Scored: o.IncludeSeen || learned.Leaky && m.Split == s.SplitDigest()}
	var fresh []dataset.Image
	for i, side := range learned.Seen(images) {
		switch {
		case side == dataset.Train:
			seen.Training++
		case side == dataset.Val && o.Side != dataset.Val:
			seen.Validation++
		default:
			fresh = append(fresh, images[i])
		}
	}
	switch {
	case seen.Training+seen.Validation == 0:
		seen.Scored = false
	case seen.Scored:
		return images, seen, nil
	case len(fresh) == 0:
		return nil, nil, &SeenError{seen.Training, seen.Validation}
	}
	return fresh, seen, nil
}
