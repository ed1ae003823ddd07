package finetune

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/engine"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// Observer is told how a fit goes. All fields may be nil.
type Observer struct {
	Progress progress.Func
	Epoch    func(runlog.Epoch) // after every epoch
	// after every epoch: the model as it is then, its logits divided by no temperature
	Model    func(runlog.Epoch, *classifier.Model)
	Finished func(runlog.Record) // an earlier call of Run completed this run: nothing is trained
	Note     func(text string)   // a line for a person, such as what does not fit into a GPU's memory

	validated func([]dataset.Image, [][]float64) // once: what the kept weights say of the validation photos
}

func (o Observer) epoch(e runlog.Epoch) {
	if o.Epoch != nil {
		o.Epoch(e)
	}
}

func (o Observer) note(text string) {
	if o.Note != nil {
		o.Note(text)
	}
}

// Data is what a fit learns from: the images of a split set. The test images are read only where
// EvaluateOnTest asks for it, and decide nothing.
type Data struct {
	Set *dataset.Set
	// fit although a photo or group is on both sides; only to measure the inflation, and marked in
	// the record
	AllowLeak bool
	// folder for prepared photos and activations; empty: cache in the set's own folder, which a set
	// in memory has not
	Cache string
	// experiments: score every fit on the test images too (the validation images where there are none)
	EvaluateOnTest bool
}

// JudgedFiles are the files of the images that EvaluateOnTest scores fits on: the test images, or
// the validation images of a set without them. It reads them all: photos that are not what was
// ingested are an error, see [dataset.Set.Check]. Who times predictions from them asks before the
// fits, which may take hours and need no file that was read before.
func (d Data) JudgedFiles(ctx context.Context, p progress.Func) ([]string, error) {
	images := d.Set.InSplit(dataset.Test)
	if len(images) == 0 {
		images = d.Set.InSplit(dataset.Val)
	}
	return d.Set.Files(images), d.Set.Check(ctx, images, p)
}

// ErrOtherRun says that a folder holds the outcome of other settings, or of a data set that was
// another then.
var ErrOtherRun = errors.New("the folder holds another run")

// Run trains into the folder dir: records.jsonl, model/ and, while it is not finished, a
// checkpoint. A finished run of the same configuration and data is returned as it is; an unfinished
// one is continued. When ctx ends, what was reached is saved, the record says Interrupted, and the
// error is ctx's.
func Run(ctx context.Context, e *engine.Engine, d Data, c recipe.Config, dir string, o Observer) (*classifier.Model,
	runlog.Record, error) {
	resolved, err := resolve(c)
	if err != nil {
		return nil, runlog.Record{}, err
	}
	c = resolved.Config
	if m, r, err := finished(dir, d, c, o); err != nil || m != nil {
		return m, r, err
	}
	ctx, release, err := Hold(ctx, dir, o.Progress)
	if err != nil {
		return nil, runlog.Record{}, err
	}
	defer release()
	if m, r, err := finished(dir, d, c, o); err != nil || m != nil { // by another process, in the meantime
		return m, r, err
	}
	p, err := prepare(ctx, e, d, resolved, o)
	if err != nil {
		return nil, runlog.Record{}, err
	}
	defer p.Close()
	var predicted []runlog.Prediction
	o.validated = func(images []dataset.Image, probs [][]float64) { predicted = predictions(images, p.classes, probs) }
	m, record, fitErr := p.fit(ctx, resolved, nil, checkpointPath(dir), o)
	if m == nil {
		return nil, record, fitErr
	}
	said := runlog.Predictions{Record: record.ID, Side: dataset.Val, Classes: p.classes, Photos: predicted}
	if err := said.Save(dir); err != nil {
		return nil, record, err
	}
	m.Learn(classifier.LearnedFrom(d.Set, d.AllowLeak))
	if err := m.Save(filepath.Join(dir, "model")); err != nil {
		return nil, record, err
	}
	if err := runlog.Append(RecordsPath(dir), record); err != nil {
		return nil, record, err
	}
	if fitErr == nil {
		fitErr = removeIfThere(checkpointPath(dir))
	}
	return m, record, fitErr
}

// predictions are those for the validation photos, whose labels are known.
func predictions(images []dataset.Image, classes []string, probs [][]float64) []runlog.Prediction {
	out := make([]runlog.Prediction, len(images))
	for i, im := range images {
		out[i] = runlog.NewPrediction(im.Path, im.SHA256, slices.Index(classes, im.Class), probs[i])
	}
	return out
}

// Hold makes the run folder dir, and this program the only one that writes there until release is
// called, see [runlog.Hold]. A folder that is empty then is removed.
func Hold(ctx context.Context, dir string, p progress.Func) (held context.Context, release func(), err error) {
	if err := makeFolder(dir); err != nil { // now, not after hours
		return ctx, nil, err
	}
	held, done, err := runlog.Hold(ctx, RecordsPath(dir), p)
	if err != nil {
		return ctx, nil, fmt.Errorf("finetune: %w", err)
	}
	return held, func() {
		done()
		_ = os.Remove(dir) // fails when something is in it, which is then kept
	}, nil
}

// RecordsPath is where a run folder keeps its records.
func RecordsPath(dir string) string { return filepath.Join(dir, "records.jsonl") }

// FitID is the ID of the record that a fit of d and c on a part of the training images leaves: a
// digest of everything that decides its outcome. The subset holds indices into the training images;
// nil is all of them.
func FitID(c recipe.Config, d Data, subset []int) (string, error) {
	r, err := resolve(c)
	if err != nil {
		return "", err
	}
	n := len(d.Set.InSplit(dataset.Train))
	if i := slices.IndexFunc(subset, func(i int) bool { return i < 0 || i >= n }); i >= 0 {
		return "", fmt.Errorf("finetune: there is no training image %d: there are %d", subset[i], n)
	}
	return fitID(r.Config, d, subset), nil
}

func fitID(c recipe.Config, d Data, subset []int) string {
	h := sha256.New()
	fmt.Fprintln(h, encode(c), d.Set.SplitDigest(), d.AllowLeak)
	if subset != nil {
		fmt.Fprintln(h, contents(d.Set.InSplit(dataset.Train), subset))
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// contents identifies the images with these indices, whatever the files are called.
func contents(images []dataset.Image, indices []int) []string {
	out := make([]string, len(indices))
	for k, i := range indices {
		out[k] = images[i].SHA256
	}
	slices.Sort(out)
	return out
}

// finished returns the model and record of a run that an earlier call completed, and tells o, or
// nothing when there is work to do.
func finished(dir string, d Data, c recipe.Config, o Observer) (*classifier.Model, runlog.Record, error) {
	records, _, err := runlog.Read(RecordsPath(dir))
	if err != nil {
		return nil, runlog.Record{}, err
	}
	id := fitID(c, d, nil)
	for i := len(records) - 1; i >= 0; i-- {
		r := records[i]
		if r.ID != id {
			return nil, r, fmt.Errorf("finetune: %s: %w: %s; choose another folder, or delete the folder", dir,
				ErrOtherRun, differs(r, d, c))
		}
		if !r.Interrupted {
			m, err := classifier.Load(dir)
			if err == nil {
				_ = removeIfThere(checkpointPath(dir)) // its writer was killed behind its record; it costs room, no more
			}
			if err == nil && o.Finished != nil {
				o.Finished(r)
			}
			return m, r, err
		}
	}
	return nil, runlog.Record{}, nil
}

// differs says in what a run is another than that of c on d.
func differs(r runlog.Record, d Data, c recipe.Config) string {
	var old recipe.Config
	settings := decode(string(r.Config), &old) != nil || old != c || r.AllowLeak != d.AllowLeak
	var what []string
	switch {
	case r.Manifest != d.Set.Digest():
		what = append(what, "it learned from other photos or classes than the data set has now")
	case r.Split != d.Set.SplitDigest():
		what = append(what, "the photos were split or grouped otherwise then")
	}
	if settings || what == nil {
		what = append(what, fmt.Sprintf("its settings are others (%s at cut %s, seed %d)", r.Backbone, r.Cut, r.Seed))
	}
	return strings.Join(what, ", and ")
}

// FailedRecord is the record of a fit that ended in an error.
func FailedRecord(e *engine.Engine, d Data, c recipe.Config, id string, err error) runlog.Record {
	r := newRecord(e, d, c, id)
	r.Error = err.Error()
	return r
}

func newRecord(e *engine.Engine, d Data, c recipe.Config, id string) runlog.Record {
	config, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of numbers, strings and booleans
	}
	return runlog.Record{
		ID: id, Time: time.Now().UTC().Truncate(time.Second), Command: runlog.Command(), Dataset: d.Set.Name(),
		SetDir: absolute(d.Set.Dir), Backbone: c.Backbone, Size: c.Size, Cut: c.Cut, Seed: c.Seed, Regime: c.Regime(),
		Config: config, Manifest: d.Set.Digest(), Split: d.Set.SplitDigest(),
		AllowLeak: d.AllowLeak, NoDedup: !dedup.Seen(d.Set), Counts: map[string]int{
			"train": len(d.Set.InSplit("train")), "val": len(d.Set.InSplit("val")), "test": len(d.Set.InSplit("test"))},
		Environment: e.Environment(),
	}
}

// absolute is the path from the root, or "" for a set that is in memory alone.
func absolute(dir string) string {
	path, err := filepath.Abs(dir)
	if dir == "" || err != nil {
		return ""
	}
	return path
}

func makeFolder(dir string) error {
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		err = atomicfile.Try(dir)
	}
	if err == nil {
		err = runlog.CheckFile(RecordsPath(dir))
	}
	if err != nil {
		return fmt.Errorf("finetune: %w; choose a folder that can be written to", err)
	}
	return nil
}

func removeIfThere(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("finetune: %w", err)
	}
	return nil
}

func encode(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return "" // plain numbers and structs; read back as absent
	}
	return string(text)
}

func decode(text string, v any) error { return json.Unmarshal([]byte(text), v) }
