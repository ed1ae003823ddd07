// Package race measures how fast this library does its work, and how fast other libraries do the
// same work on the same files.
//
// Start with a [Race] and [Race.Run]. Each part starts all sides and lets each do its work once to
// warm up. Then it runs in rounds: in every round every side does every work once, in an order that
// rotates, so that a slow spell of the machine hits all sides alike. The result is a [Report];
// [Report.Ratios] are the ratios, which [Figure] draws.
package race

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"imagelab/experiments/speed/peer"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
)

// Plan says what to measure, and how thoroughly.
type Plan struct {
	Photos      int           // JPEG files that are decoded and hashed
	Size        int           // side of the network's input, pixels
	Batches     []int         // of the forward pass
	Reported    []int         // those that stand in tables; the fastest of all does too
	Cuts        []string      // of the training step, the first is compared with the others
	Rounds      int           // timings of each work and side
	MinDuration time.Duration // a timing repeats its work until it takes about as long
	Pause       time.Duration // before each timing: threads of the side before it stop spinning
	FastAI      int           // epochs of fine_tune after the frozen one; 0: fastai takes no part
	Recipes     []Recipe      // of the whole way
	Seeds       int           // of the whole way
	RateSize    int           // images in a call of a single stage
}

// Recipe is one way from photos to a model.
type Recipe struct {
	Name   string
	Config recipe.Config
}

// Default is the full measurement, some ten minutes long without the whole way.
func Default() Plan {
	head, top := recipe.Default(), recipe.Default()
	head.Cut, head.CachedViews, top.Cut = "head", 1, "stage7"
	return Plan{
		Photos: 400, Size: 224, Batches: []int{1, 2, 4, 8, 32}, Reported: []int{1, 8, 32},
		Cuts:   []string{"all", "stage5", "stage6", "stage7"},
		Rounds: 5, MinDuration: time.Second, Pause: 100 * time.Millisecond, RateSize: 2, Seeds: 3,
		Recipes: []Recipe{{"cut head", head}, {"cut stage7", top}, {"default recipe", recipe.Default()}},
	}
}

// At is p with networks whose input has a side of size pixels.
func (p Plan) At(size int) Plan {
	p.Size, p.Recipes = size, slices.Clone(p.Recipes)
	for i := range p.Recipes {
		p.Recipes[i].Config.Size = size
	}
	return p
}

// Quick is a little of each, on small inputs.
func Quick() Plan {
	c := recipe.Default()
	c.Size, c.Cut, c.CachedViews, c.Epochs = 64, "head", 0, 1
	return Plan{Photos: 8, Size: 64, Batches: []int{1, 2}, Reported: []int{1}, Cuts: []string{"stage7"}, Rounds: 2,
		RateSize: 1, Seeds: 1, Recipes: []Recipe{{"cut head", c}}}
}

// Race is everything a measurement needs.
type Race struct {
	Plan
	Engine *engine.Engine
	Set    *dataset.Set // a split set of JPEG files
	// the same set made anew from its photos in another folder, for the whole way
	Prepare func(ctx context.Context, dir string) (*dataset.Set, error)
	// Python environment of the peers; empty: ours alone
	Venv string
	// folder of the report, and for what is made on the way
	Dir      string
	Progress progress.Func
}

// Run measures the parts and returns the report in Dir, in which they replace earlier ones; the
// others stay. A part that was measured is kept whatever happens after it. Nothing else should run
// meanwhile.
func (d Race) Run(ctx context.Context, parts []string) (Report, error) {
	measure := map[string]func(context.Context, *team, *Part) error{
		Decode: d.decode, Hash: d.hash, Forward: d.forward, Step: d.step, Rates: d.rates, EndToEnd: d.whole,
	}
	r, err := Read(d.Dir)
	if err != nil {
		return r, err
	}
	for _, name := range parts {
		p := Part{Name: name, Time: time.Now().UTC().Truncate(time.Second), Environment: d.Engine.Environment()}
		t := &team{venv: d.Venv, part: &p}
		err := measure[name](ctx, t, &p)
		if err := errors.Join(err, t.close()); err != nil {
			return r, fmt.Errorf("race: %s: %w", name, err)
		}
		if r, err = Put(d.Dir, p); err != nil {
			return r, err
		}
	}
	return r, nil
}

// team is the peers that take part in a part.
type team struct {
	venv    string
	part    *Part
	workers []*peer.Worker
}

// start starts a library, which close ends.
func (t *team) start(ctx context.Context, library string) (*peer.Worker, error) {
	w, err := peer.Start(ctx, t.venv, library, engine.Cores())
	if err != nil {
		return nil, err
	}
	t.workers = append(t.workers, w)
	if t.part.Versions == nil {
		t.part.Versions = map[string]string{}
	}
	maps.Copy(t.part.Versions, w.Versions)
	return w, nil
}

func (t *team) close() error {
	var errs []error
	for _, w := range t.workers {
		errs = append(errs, w.Close())
	}
	return errors.Join(errs...)
}
