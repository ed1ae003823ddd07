package race

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"imagelab/experiments/speed/peer"
	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// whole times the way from JPEG files to a validated model, once for each seed: ours from reading
// the photos on, with nothing cached but downloads, fastai's from opening the folders to the end of
// its best epoch, and scikit-learn's on features of the frozen network. Validation images choose on
// every side, so all three accuracies are a little too good.
func (d Race) whole(ctx context.Context, t *team, p *Part) error {
	for _, r := range d.Recipes {
		ours, err := d.repeated(Ours, d.Seeds, func(seed uint64) (way, error) { return d.ours(ctx, r.Config, seed) })
		if err != nil {
			return err
		}
		p.Works = append(p.Works, Work{Name: wholeWay + r.Name, Unit: Seconds, Results: []Result{ours}})
	}
	if t.venv == "" || d.FastAI < 1 {
		return nil
	}
	data, err := os.MkdirTemp(d.Dir, "peers-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(data)
	if err := linkSides(d.Set, data); err != nil {
		return err
	}
	for _, library := range []string{peer.FastAI, peer.SciKit} {
		seeds := d.Seeds
		if library == peer.SciKit {
			seeds = 1 // its fit has no randomness
		}
		w, err := t.start(ctx, library)
		if err != nil {
			return err
		}
		theirs, err := d.repeated(library, seeds, func(seed uint64) (way, error) { return d.theirs(ctx, w, data, seed) })
		if err != nil {
			return err
		}
		for i := range p.Works {
			p.Works[i].Results = append(p.Works[i].Results, theirs)
		}
	}
	return nil
}

// wholeWay begins the names of the works of this part, before the recipe.
const wholeWay = "whole way, "

// way is one whole way.
type way struct {
	seconds float64 // to the model that is judged
	top1    float64 // of it, on the validation images
	note    string
}

// repeated goes a whole way with each seed. The note tells the accuracies.
func (d Race) repeated(side string, seeds int, once func(seed uint64) (way, error)) (Result, error) {
	r := Result{Side: side}
	for seed := range seeds {
		d.Progress.Report(fmt.Sprintf("%s, whole way %d of %d", side, seed+1, seeds), 0, 0)
		w, err := once(uint64(seed))
		if err != nil {
			return r, err
		}
		r.Values, r.Top1 = append(r.Values, w.seconds), append(r.Top1, w.top1)
		r.Note = w.note
	}
	mean, _ := runlog.MeanInterval(r.Top1)
	r.Note = fmt.Sprintf("validation top-1 %.1f %% (%.1f to %.1f, %d seeds); %s", 100*mean, 100*slices.Min(r.Top1),
		100*slices.Max(r.Top1), len(r.Top1), r.Note)
	return r, nil
}

// WholeRows are the whole ways, one by one. A peer's stand beside each of our recipes in the
// report, and are listed once.
func (r Report) WholeRows() (header []string, rows [][]string) {
	header = []string{"side", "recipe", "seed", "seconds", "val_top1"}
	for _, p := range r.Parts {
		for i, w := range p.Works {
			for _, x := range w.Results {
				if x.Side == Ours || i == 0 {
					rows = append(rows, x.wholeRows(strings.TrimPrefix(w.Name, wholeWay))...)
				}
			}
		}
	}
	return header, rows
}

func (x Result) wholeRows(recipe string) [][]string {
	if x.Side != Ours {
		recipe = ""
	}
	var rows [][]string
	for seed, top1 := range x.Top1 {
		rows = append(rows, []string{x.Side, recipe, strconv.Itoa(seed), fmt.Sprintf("%.1f", x.Values[seed]),
			fmt.Sprintf("%.4f", top1)})
	}
	return rows
}

func (d Race) ours(ctx context.Context, c recipe.Config, seed uint64) (way, error) {
	dir, err := os.MkdirTemp(d.Dir, "whole-*")
	if err != nil {
		return way{}, err
	}
	defer os.RemoveAll(dir)
	c.Seed = seed
	start := time.Now()
	set, err := d.Prepare(ctx, dir)
	if err != nil {
		return way{}, err
	}
	prepared := time.Since(start)
	_, record, err := finetune.Run(ctx, d.Engine, finetune.Data{Set: set}, c, filepath.Join(dir, "run"),
		finetune.Observer{Progress: d.Progress})
	note := fmt.Sprintf("the last one took %.0f s to ingest, find copies and split", prepared.Seconds())
	return way{time.Since(start).Seconds(), record.Val.Top1, note}, err
}

func (d Race) theirs(ctx context.Context, w *peer.Worker, data string, seed uint64) (way, error) {
	answer, err := w.Do(ctx, peer.Task{Work: peer.FineTune, Data: data, Size: d.Size, Batch: recipe.Default().Batch,
		Epochs: d.FastAI, Seed: seed})
	if err != nil {
		return way{}, err
	}
	best := slices.MaxFunc(answer.Epochs, func(a, b peer.Epoch) int { return cmp.Compare(a.Top1, b.Top1) })
	note := fmt.Sprintf("the last one at its best of %d epochs, which all took %.0f s", len(answer.Epochs), answer.Seconds)
	return way{best.Seconds, best.Top1, note}, nil
}

// linkSides makes folders train and val with a folder per class in dir, of links to the set's
// photos.
func linkSides(set *dataset.Set, dir string) error {
	for _, side := range []string{dataset.Train, dataset.Val} {
		images := set.InSplit(side)
		for i, im := range images {
			file, err := filepath.Abs(set.File(im))
			if err != nil {
				return err
			}
			link := filepath.Join(dir, side, im.Class, fmt.Sprintf("%05d%s", i, filepath.Ext(file)))
			if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
				return err
			}
			if err := os.Symlink(file, link); err != nil {
				return err
			}
		}
	}
	return nil
}
