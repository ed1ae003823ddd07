package race

import (
	"context"
	"fmt"
	"slices"
	"time"

	"imagelab/experiments/speed/peer"
	"imagelab/lib/backbone"
	"imagelab/lib/finetune"
	"imagelab/lib/latency"
	"imagelab/lib/recipe"
	"imagelab/lib/tradeoff"
)

// classes of the classifier, for all sides.
const classes = 10

// forward times the network on batches of pixels that are in memory. Ours takes bytes, the peers
// their own type of number.
func (d Race) forward(ctx context.Context, t *team, p *Part) error {
	f, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer f.Close()
	var workers []*peer.Worker
	for _, library := range []string{peer.PyTorch, peer.ONNX} {
		if t.venv == "" {
			break
		}
		w, err := t.start(ctx, library)
		if err != nil {
			return err
		}
		workers = append(workers, w)
	}
	var works []work
	for _, batch := range d.Batches {
		amount, note := float64(batch), fmt.Sprintf("batch %d", batch)
		w := work{name: fmt.Sprintf("forward, batch %d", batch), unit: ImagesPerSecond}
		w.sides = append(w.sides, timed(Ours, note, amount, func(context.Context) error { return f.Run(batch) }))
		for _, peers := range workers {
			w.sides = append(w.sides, asked(peers, peers.Library, note, amount,
				peer.Task{Work: peer.Forward, Batch: batch, Size: d.Size, Classes: classes}))
		}
		works = append(works, w)
	}
	all, err := d.rounds(ctx, p, works, d.Progress)
	if err != nil {
		return err
	}
	for i, batch := range d.Batches {
		if slices.Contains(d.Reported, batch) {
			p.Works = append(p.Works, all[i])
		}
	}
	p.Works = append(p.Works, Best("forward, best batch", all))
	return nil
}

func (d Race) open(ctx context.Context) (*latency.Forward, error) {
	_, files, err := d.photos()
	if err != nil {
		return nil, err
	}
	return latency.NewForward(ctx, d.Engine, tradeoff.Network{Backbone: "lite0", Size: d.Size, Classes: classes}, files[0])
}

// step times training steps. Ours reads what is frozen from stored activations, which is left out
// of the time as it is done once for all epochs; PyTorch runs the frozen stages forward in every
// step.
func (d Race) step(ctx context.Context, t *team, p *Part) error {
	var torch *peer.Worker
	if t.venv != "" {
		var err error
		if torch, err = t.start(ctx, peer.PyTorch); err != nil {
			return err
		}
	}
	var works []work
	for _, cut := range d.Cuts {
		w, pace, err := d.stepOf(ctx, cut, torch)
		if err != nil {
			return err
		}
		defer pace.Close()
		works = append(works, w)
	}
	var err error
	if p.Works, err = d.rounds(ctx, p, works, d.Progress); err != nil {
		return err
	}
	all := p.Works[0]
	for i, w := range p.Works[1:] {
		name := fmt.Sprintf("step, %s against %s", d.Cuts[i+1], d.Cuts[0])
		p.Works = append(p.Works, Against(name, w, all, "cut "+d.Cuts[0]))
	}
	return nil
}

func (d Race) stepOf(ctx context.Context, cut string, torch *peer.Worker) (work, *finetune.StepTimer, error) {
	c := recipe.Default()
	c.Backbone, c.Cut, c.Size = "lite0", cut, d.Size
	spec, err := backbone.Lookup(c.Backbone)
	if err != nil {
		return work{}, nil, err
	}
	frozen, err := frozenBlocks(spec, cut)
	if err != nil {
		return work{}, nil, err
	}
	pace, err := finetune.NewStepTimer(ctx, d.Engine, c, classes, d.Progress)
	if err != nil {
		return work{}, nil, err
	}
	amount := float64(pace.Batch())
	w := work{name: "step, cut " + cut, unit: ImagesPerSecond, sides: []side{timedSteps(pace)}}
	if torch != nil {
		w.sides = append(w.sides, asked(torch, peer.PyTorch, "", amount,
			peer.Task{Work: peer.Step, Batch: pace.Batch(), Size: d.Size, Classes: classes, Frozen: frozen}))
	}
	return w, pace, nil
}

// timedSteps repeats within one call, so that the next batch is made ready during a step, as in an
// epoch.
func timedSteps(pace *finetune.StepTimer) side {
	return side{Ours, "", float64(pace.Batch()), func(ctx context.Context, n int) (float64, error) {
		start := time.Now()
		err := pace.Run(ctx, n)
		return time.Since(start).Seconds(), err
	}}
}

// frozenBlocks is the number of blocks below a cut; -1 where the stem is trained too.
func frozenBlocks(spec backbone.Spec, cut string) (int, error) {
	stages, err := spec.CutIndex(cut)
	if err != nil {
		return 0, err
	}
	blocks := -1
	if stages > 0 {
		blocks = 0
		for _, g := range spec.Groups[:min(stages-1, len(spec.Groups))] {
			blocks += g.Repeats
		}
	}
	return blocks, nil
}
