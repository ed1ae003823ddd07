// Package embed computes the features of photos: the pooled output of a pretrained backbone, a
// vector for each photo. Photos that look alike have features that are near each other.
//
// Start with [Images]. Features are kept in the set's cache by the photo's content, so a second
// call reads them, a photo that was changed is computed anew, and a call that was stopped
// continues.
package embed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/disintegration/imaging"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
	"imagelab/lib/recipe"
)

// Options say which features are computed. The zero value is the backbone of [recipe.Default] with
// its own preprocessing.
type Options struct {
	Backbone           string  `json:"backbone"`      // see [backbone.Lookup]; empty: the default recipe's
	Size               int     `json:"size"`          // input side, pixels; 0: the backbone's own
	CenterCropFraction float64 `json:"crop_fraction"` // centre crop side over resized short side; 0: the backbone's own

	Turn int `json:"turn,omitempty"` // quarter turns against the clock before the photo is seen, 0 to 3

	// SkipGone gives photos whose file is gone or was changed, and whose features are not known, no
	// features (nil), where there would be an error.
	SkipGone bool `json:"-"`

	Cache string `json:"-"` // folder for computed features; empty: the folder cache of the set, none for a set in memory
}

// resolved is Options with everything filled in.
type resolved struct {
	spec  backbone.Spec
	size  int    // input side, pixels
	turn  int    // quarter turns
	cache string // folder; empty: none
}

func (o Options) resolve(s *dataset.Set) (resolved, error) {
	spec, err := backbone.Lookup(cmp.Or(o.Backbone, recipe.Default().Backbone))
	if err != nil {
		return resolved{}, fmt.Errorf("embed: %w", err)
	}
	if o.Turn < 0 || o.Turn > 3 {
		return resolved{}, fmt.Errorf("embed: turn must lie in 0..3, and is %d", o.Turn)
	}
	r := resolved{spec: spec, size: cmp.Or(o.Size, spec.Size), turn: o.Turn, cache: o.Cache}
	r.spec.CenterCropFraction = cmp.Or(o.CenterCropFraction, spec.CenterCropFraction)
	c := recipe.Default()
	c.Size, c.CenterCropFraction = r.size, r.spec.CenterCropFraction
	if err := c.Validate(); err != nil {
		return resolved{}, fmt.Errorf("embed: %w", err)
	}
	if r.cache == "" {
		r.cache = CacheOf(s)
	}
	return r, nil
}

// CacheOf is the folder that features of photos of s are kept in; empty for a set in memory.
func CacheOf(s *dataset.Set) string {
	if s.Dir == "" {
		return ""
	}
	return filepath.Join(s.Dir, dataset.CacheFolder)
}

// Images returns the features of images of s, `[len(images)][width]`, in their order. width is the
// backbone's Features. Values are those of float16. A photo that is no longer what the manifest
// says, and whose features are not known, is an error that is [dataset.ErrChanged]. What was
// computed before an error, or before ctx ended, is kept.
func Images(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, o Options,
	p progress.Func) ([][]float32, error) {
	r, err := o.resolve(s)
	if err != nil {
		return nil, err
	}
	known, err := openCache(r)
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(images))
	for i, im := range images {
		keys[i] = feed.Key([]dataset.Image{im})
	}
	if known.lacks(keys) {
		if err := known.lock(ctx, p); err != nil {
			return nil, err
		}
		defer known.close()
		if err := known.takeParts(s); err != nil {
			return nil, fmt.Errorf("embed: %w", err)
		}
		lacking := missing(images, keys, known)
		if o.SkipGone {
			if lacking, err = readable(ctx, s, lacking, p); err != nil {
				return nil, err
			}
		}
		if err := fill(ctx, e, s, r, known, lacking, p); err != nil {
			return nil, err
		}
	}
	return known.matrix(keys), nil
}

// readable are the images whose files are there and as they were ingested.
func readable(ctx context.Context, s *dataset.Set, images []dataset.Image, p progress.Func) ([]dataset.Image, error) {
	good := make([]bool, len(images))
	err := progress.Each(ctx, len(images), "looking for photos", p, func(i int) error {
		_, err := s.Read(images[i])
		good[i] = err == nil
		return nil
	})
	var out []dataset.Image
	for i, im := range images {
		if good[i] {
			out = append(out, im)
		}
	}
	return out, err
}

// missing are the images without features, one for each content.
func missing(images []dataset.Image, keys []string, known *cache) []dataset.Image {
	var out []dataset.Image
	seen := map[string]bool{}
	for i, key := range keys {
		if _, ok := known.rows[key]; !ok && !seen[key] {
			seen[key] = true
			out = append(out, images[i])
		}
	}
	return out
}

// fill adds the features of images to known.
func fill(ctx context.Context, e *engine.Engine, s *dataset.Set, r resolved, known *cache, images []dataset.Image,
	p progress.Func) error {
	if len(images) == 0 {
		return nil
	}
	weights, err := backbone.Pretrained(ctx, r.spec, p)
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	net, err := network.NewFrozen(e.Backend, r.spec, weights, 0, len(r.spec.Stages()))
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	defer net.Close()
	size := network.PhotoBatch(e.Backend) // the same that training computes frozen features with
	if _, err := network.Compile(p, net.Exec, network.Pixels(r.size).Batch(size)); err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	err = batches(ctx, s, r, net, size, known, images, p)
	if errors.Is(err, dataset.ErrChanged) {
		if all := s.Check(ctx, images, p); all != nil { // which names them all
			return all
		}
	}
	return err
}

// batches decodes photos on all cores, while the engine, which has all cores for itself, takes one
// batch of so many photos after the other.
func batches(ctx context.Context, s *dataset.Set, r resolved, net *network.Inference, size int, known *cache,
	images []dataset.Image, p progress.Func) error {
	n := len(images)
	count := func(stage string, done, total int64) { p.Report(stage, min(done*int64(size), int64(n)), int64(n)) }
	var mu sync.Mutex // of the engine and of known
	return progress.EachWorker(ctx, runtime.GOMAXPROCS(0), (n+size-1)/size, "computing features of photos",
		count, func(_, i int) error {
			batch := images[i*size : min((i+1)*size, n)]
			x, err := network.Pixels(r.size).Tensor(size, len(batch), func(k int, dst []byte) error {
				return r.pixels(s, batch[k], dst)
			})
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			return pool(net, x, batch, known)
		})
}

// pixels writes what the network sees of a photo to dst, `[size, size, 3]`.
func (r resolved) pixels(s *dataset.Set, im dataset.Image, dst []byte) error {
	side := r.spec.ResizeSide(r.size)
	img, _, err := s.DecodeScaled(im, side)
	if err != nil {
		return err
	}
	square := make([]byte, side*side*3)
	feed.Square(square, turned(img, r.turn), side)
	feed.CentreCrop(dst, square, side, r.size)
	return nil
}

func turned(img image.Image, quarters int) image.Image {
	switch quarters {
	case 1:
		return imaging.Rotate90(img)
	case 2:
		return imaging.Rotate180(img)
	case 3:
		return imaging.Rotate270(img)
	}
	return img
}

// pool computes the features of a batch, whose pixels x are freed, and adds them to known.
func pool(net *network.Inference, x *tensors.Tensor, batch []dataset.Image, known *cache) error {
	defer x.FinalizeAll()
	y, err := engine.Call1(net.Exec, x)
	if err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	defer y.FinalizeAll()
	var added error
	if err := y.ConstBytes(func(data []byte) { added = known.add(batch, data) }); err != nil {
		return fmt.Errorf("embed: %w", err)
	}
	return added
}
