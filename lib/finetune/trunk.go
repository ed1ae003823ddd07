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
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/progress"
)

// trunkBatch is the batch of the frozen stages. On a CPU small batches keep the wide early layers in cache: with oneDNN, 4
// to 32 were equally fast, and 1 and 2 slower.
const trunkBatch = 8

// viewSeed seeds the cached views. It is not the fit's seed, so that fits of several seeds share the activations.
const viewSeed = 1

// trunk computes activations of the frozen stages [0, cut) and keeps them on disk.
type trunk struct {
	backend compute.Backend
	spec    backbone.Spec
	size    int
	cut     int
	dir     string // of the cache
	digest  string // of the frozen weights
	weights backbone.Weights
	mu      sync.Mutex    // of a call of net
	net     *inference    // nil as long as everything asked for was on disk
	compile time.Duration // of net
}

func newTrunk(backend compute.Backend, spec backbone.Spec, weights backbone.Weights, size, cut int, dir string) *trunk {
	return &trunk{backend: backend, spec: spec, size: size, cut: cut, dir: dir, digest: digest(spec, weights, cut), weights: weights}
}

// open compiles the stages at the first call.
func (t *trunk) open(p progress.Func) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.net != nil {
		return nil
	}
	net, err := newFrozen(t.backend, t.spec, t.weights, 0, t.cut)
	if err != nil {
		return err
	}
	if t.compile, err = compile(p, net.exec, shapes.Make(dtypes.Uint8, trunkBatch, t.size, t.size, 3)); err != nil {
		net.close()
		return err
	}
	t.net = net
	return nil
}

// digest identifies the values of the frozen weights.
func digest(spec backbone.Spec, weights backbone.Weights, cut int) string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if !fromStage(spec, name, cut) {
			fmt.Fprintln(h, name)
			if err := binary.Write(h, binary.LittleEndian, weights[name].Data); err != nil {
				panic(err) // float32 into a hash
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:8]
}

func (t *trunk) close() {
	if t.net != nil {
		t.net.close()
	}
}

// activations returns the frozen stages' output for every image of px, float16 `[len(px.Images), ...spec.Shape(cut)]`,
// from disk when an earlier run left it. View 0 is the plain centre crop, the others are augmented.
func (t *trunk) activations(ctx context.Context, px *feed.Pixels, view int, a feed.Augment, p progress.Func) (*feed.Store, error) {
	elements := 1
	for _, d := range t.spec.Shape(t.cut, t.size) {
		elements *= d
	}
	groups := (len(px.Images) + trunkBatch - 1) / trunkBatch
	rowBytes := elements * dtypes.Float16.Size()
	path := t.path(px, view, a)
	if s, err := feed.OpenStore(path, groups, rowBytes*trunkBatch); err == nil {
		return s.Rechunk(rowBytes), nil
	} else if !errors.Is(err, feed.ErrAbsent) {
		return nil, err
	}
	stage := "computing frozen features"
	if view > 0 {
		stage = fmt.Sprintf("computing frozen features of augmented view %d", view)
	}
	// Rows of the file are written a batch at a time; the last batch is padded, and cut off below.
	s, err := feed.BuildStore(ctx, path, groups, rowBytes*trunkBatch, 2, stage, p, func(i int, dst []byte) error {
		if err := t.open(nil); err != nil { // here, so that compiling is part of what the file says it took
			return err
		}
		return t.run(px, i*trunkBatch, view, a, dst)
	})
	if err != nil {
		return nil, err
	}
	return s.Rechunk(rowBytes), nil
}

// path of the file says everything that the activations depend on.
func (t *trunk) path(px *feed.Pixels, view int, a feed.Augment) string {
	what := "plain"
	if view > 0 {
		text, err := json.Marshal(a)
		if err != nil {
			panic(err) // a struct of numbers and booleans
		}
		sum := sha256.Sum256(text)
		what = fmt.Sprintf("view%d-%s", view, hex.EncodeToString(sum[:4]))
	}
	stages := append(t.spec.Stages(), backbone.CutHead)
	return filepath.Join(t.dir, fmt.Sprintf("activations-%s-%d-%s-%s-%d-%s-%s.f16", feed.Key(px.Images), px.Side, t.spec.Name, t.digest, t.size, stages[t.cut], what))
}

// run computes one batch of images from the first on. Rendering runs in parallel, the engine has all cores for itself.
func (t *trunk) run(px *feed.Pixels, first, view int, a feed.Augment, dst []byte) error {
	size := t.size * t.size * 3
	n := min(trunkBatch, len(px.Images)-first)
	x, err := inputTensor(dtypes.Uint8, trunkBatch, []int{t.size, t.size, 3}, size, n, func(i int, dst []byte) error {
		if view == 0 {
			px.Plain(dst, first+i, t.size)
		} else {
			px.View(dst, first+i, t.size, a, viewSeed, view)
		}
		return nil
	})
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	y, err := engine.Call1(t.net.exec, x)
	if err != nil {
		return fmt.Errorf("finetune: frozen stages: %w", err)
	}
	defer y.FinalizeAll()
	defer x.FinalizeAll()
	return y.ConstBytes(func(data []byte) { copy(dst, data) })
}
