package finetune

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
)

// viewSeed seeds the cached views. It is not the fit's seed, so that fits of several seeds share
// the activations.
const viewSeed = 1

// activationBatch is the least batch of frozen stages that begin at stored activations.
const activationBatch = 16

// frozen is the stages [from, to) of a pretrained network, which training does not change. It
// computes their output once and keeps it on disk.
type frozen struct {
	backend compute.Backend
	config  resolved
	weights backbone.Weights
	from    int
	to      int
	digest  string // of the weights of all stages below to
	in      network.Row
	out     network.Row
	batch   int
	mu      sync.Mutex         // of a call of net
	net     *network.Inference // nil as long as everything asked for was on disk
	compile time.Duration      // of net
}

func newFrozen(backend compute.Backend, c resolved, weights backbone.Weights, from, to int) *frozen {
	f := &frozen{backend: backend, config: c, weights: weights, from: from, to: to, batch: network.PhotoBatch(backend),
		digest: digest(c.spec, weights, to, engine.Effective(backend, c.Precision)), in: c.inputAt(from), out: c.inputAt(to)}
	if from > 0 {
		f.batch = max(f.batch, activationBatch)
	}
	return f
}

// close frees what is compiled.
func (f *frozen) close() {
	if f.net != nil {
		f.net.Close()
	}
}

// outputs returns the stages' output for n images, `[n, ...]` as out says, from the file path when
// an earlier run left it there. Up to workers batches are read at a time; the engine, which has all
// cores for itself, takes one after the other.
func (f *frozen) outputs(ctx context.Context, path, stage string, n, workers int, read rows,
	p progress.Func) (*feed.Store, error) {
	groups := (n + f.batch - 1) / f.batch
	rowBytes := f.out.Bytes()
	// Rows of the file are written a batch at a time; the last batch is padded, and cut off below.
	s, err := feed.OpenStore(path, groups, rowBytes*f.batch)
	if errors.Is(err, feed.ErrAbsent) {
		s, err = feed.BuildStore(ctx, path, groups, rowBytes*f.batch, workers, stage, p, func(i int, dst []byte) error {
			if err := f.open(); err != nil { // here, so that compiling is part of what the file says it took
				return err
			}
			first := i * f.batch
			return f.run(dst, min(f.batch, n-first), func(k int, dst []byte) error { return read(dst, first+k, 0) })
		})
	}
	if err != nil {
		return nil, err
	}
	return s.Rechunk(rowBytes), nil
}

// open compiles the stages at the first call.
func (f *frozen) open() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.net != nil {
		return nil
	}
	net, err := network.NewFrozen(f.backend, f.config.spec, f.weights, f.from, f.to)
	if err != nil {
		return err
	}
	if f.compile, err = network.Compile(nil, net.Exec, f.in.Batch(f.batch)); err != nil {
		net.Close()
		return err
	}
	f.net = net
	return nil
}

// kept gives the pixels of image i in a view whose activations are kept, the plain one or an
// augmented one.
func (s *side) kept(size, view int) rows {
	return func(dst []byte, i, _ int) error {
		if view == 0 {
			s.pixels.Plain(dst, i, size)
		} else {
			s.pixels.View(dst, i, size, s.augment, viewSeed, view)
		}
		return nil
	}
}

// run computes one batch of up to f.batch inputs.
func (f *frozen) run(dst []byte, count int, fill func(i int, dst []byte) error) error {
	x, err := f.in.Tensor(f.batch, count, fill)
	if err != nil {
		return err
	}
	defer x.FinalizeAll()
	f.mu.Lock()
	defer f.mu.Unlock()
	y, err := engine.Call1(f.net.Exec, x)
	if err != nil {
		return fmt.Errorf("finetune: frozen stages: %w", err)
	}
	defer y.FinalizeAll()
	return y.ConstBytes(func(data []byte) { copy(dst, data) })
}

// file names the file of the output for a view of px. The name says everything that this depends
// on, from the photos on.
func (f *frozen) file(px *feed.Pixels, view int, a feed.Augment) string {
	what := "plain"
	if view > 0 {
		text, err := json.Marshal(a)
		if err != nil {
			panic(err) // a struct of numbers and booleans
		}
		sum := sha256.Sum256(text)
		what = fmt.Sprintf("view%d-%s", view, hex.EncodeToString(sum[:4]))
	}
	stages := append(f.config.spec.Stages(), backbone.CutHead)
	return fmt.Sprintf("activations-%s-%d-%s-%s-%d-%s-%s.f16", feed.Key(px.Images), px.Side, f.config.spec.Name,
		f.digest, f.config.Size, stages[f.to], what)
}

// digest identifies the values of the weights below cut, and the precision that they are used in.
func digest(spec backbone.Spec, weights backbone.Weights, cut int, precision string) string {
	h := sha256.New()
	if precision != engine.Float32 {
		fmt.Fprintln(h, precision)
	}
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if !network.FromStage(spec, name, cut) {
			fmt.Fprintln(h, name)
			if err := binary.Write(h, binary.LittleEndian, weights[name].Data); err != nil {
				panic(err) // float32 into a hash
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:8]
}
