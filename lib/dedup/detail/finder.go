package detail

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/internal/align"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// candidate is a pair with the quarter turns of A under which it was found.
type candidate struct {
	dedup.NearPair
	turn int
}

// finder is a search under way. It holds photos in small.
type finder struct {
	set    *dataset.Set
	images []dataset.Image
	from   []int               // photos whose copies are looked for
	turns  []int               // quarter turns of these
	apart  func(q, i int) bool // whether photo q of from is compared with photo i
	thumbs []align.Picture
	loaded []sync.Once
	failed []error
	agreed *agreements
}

func newFinder(s *dataset.Set, images []dataset.Image) *finder {
	n := len(images)
	return &finder{set: s, images: images, thumbs: make([]align.Picture, n), loaded: make([]sync.Once, n),
		failed: make([]error, n)}
}

func (f *finder) find(ctx context.Context, e *engine.Engine, o Options, p progress.Func) (dedup.Near, error) {
	candidates, negatives, err := f.candidates(ctx, e, o, p)
	if err != nil {
		return dedup.Near{}, err
	}
	f.agreed = openAgreements(cmp.Or(o.Embed.Cache, embed.CacheOf(f.set)))
	defer f.agreed.save()
	if err := f.compare(ctx, negatives, p); err != nil {
		return dedup.Near{}, err
	}
	if err := f.compare(ctx, candidates, p); err != nil {
		return dedup.Near{}, err
	}
	return judge(best(candidates), negatives), nil
}

// candidates are the nearest pairs by features, and pairs of different classes.
func (f *finder) candidates(ctx context.Context, e *engine.Engine, o Options,
	p progress.Func) (near, different []candidate, err error) {
	if len(f.images) < 2 || len(f.from) == 0 {
		return nil, nil, nil
	}
	upright, err := f.features(ctx, e, f.images, o, 0, p)
	if err != nil {
		return nil, nil, err
	}
	if different, err = f.different(ctx, e, upright, p); err != nil {
		return nil, nil, err
	}
	far, seen := limit(different), map[[3]int]bool{}
	for _, turn := range f.turns {
		rows, err := f.turned(ctx, e, upright, o, turn, p)
		if err != nil {
			return nil, nil, err
		}
		all, err := embed.Near(ctx, e, rows, upright, o.Neighbours, func(q, i int) bool {
			return !f.apart(f.from[q], i) || f.blank(f.from[q]) || f.blank(i)
		}, p)
		if err != nil {
			return nil, nil, fmt.Errorf("detail: %w", err)
		}
		for q, list := range all {
			for _, n := range list {
				c := candidate{dedup.NearPair{A: f.from[q], B: n.Index, Distance: n.Distance}, turn}
				if turn == 0 && c.A > c.B {
					c.A, c.B = c.B, c.A
				}
				if key := [3]int{c.A, c.B, turn}; n.Distance <= far && !seen[key] {
					seen[key] = true
					near = append(near, c)
				}
			}
		}
	}
	return near, different, nil
}

// turned are the features of the photos whose copies are looked for, after quarter turns.
func (f *finder) turned(ctx context.Context, e *engine.Engine, upright [][]float32, o Options, turn int,
	p progress.Func) ([][]float32, error) {
	rows, of := make([][]float32, len(f.from)), make([]dataset.Image, len(f.from))
	for n, i := range f.from {
		rows[n], of[n] = upright[i], f.images[i]
	}
	if turn == 0 {
		return rows, nil
	}
	return f.features(ctx, e, of, o, turn, p)
}

func (f *finder) features(ctx context.Context, e *engine.Engine, of []dataset.Image, o Options, turn int,
	p progress.Func) ([][]float32, error) {
	o.Embed.Turn = turn
	rows, err := embed.Images(ctx, e, f.set, of, o.Embed, p)
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	return rows, nil
}

// limit is the largest distance of pairs worth a look.
func limit(different []candidate) float64 {
	if len(different) < fewNegatives {
		return math.Inf(1)
	}
	var distances []float64
	for _, c := range different {
		distances = append(distances, c.Distance)
	}
	slices.Sort(distances)
	return distances[int(farShare*float64(len(distances)))]
}

func (f *finder) blank(i int) bool { return f.images[i].Has(photo.FlagLowEntropy) }

// different pairs photos, at even steps, with the nearest of another class.
func (f *finder) different(ctx context.Context, e *engine.Engine, rows [][]float32,
	p progress.Func) ([]candidate, error) {
	var of []int
	var queries [][]float32
	n := min(mostNegatives, len(f.images))
	for k := range n {
		if i := k * len(f.images) / n; f.images[i].Class != "" && !f.blank(i) {
			of, queries = append(of, i), append(queries, rows[i])
		}
	}
	all, err := embed.Near(ctx, e, queries, rows, 1, func(q, i int) bool {
		return f.blank(i) || f.images[i].Class == "" || f.images[i].Class == f.images[of[q]].Class
	}, p)
	if err != nil {
		return nil, fmt.Errorf("detail: %w", err)
	}
	var out []candidate
	for q, list := range all {
		for _, n := range list {
			out = append(out, candidate{dedup.NearPair{A: of[q], B: n.Index, Distance: n.Distance}, 0})
		}
	}
	return out, nil
}

// compare sets the agreement of each pair.
func (f *finder) compare(ctx context.Context, pairs []candidate, p progress.Func) error {
	keys := make([]string, len(pairs))
	var open []int // pairs whose agreement is not known
	for k, c := range pairs {
		keys[k] = pairKey(f.images[c.A], f.images[c.B], c.turn)
		v, ok := f.agreed.known[keys[k]]
		if pairs[k].Agreement = v; !ok {
			open = append(open, k)
		}
	}
	done := make([]bool, len(pairs))
	err := progress.Each(ctx, len(open), "laying photos on each other", p, func(n int) error {
		c := &pairs[open[n]]
		a, err := f.thumb(c.A)
		if err != nil {
			return err
		}
		b, err := f.thumb(c.B)
		if err != nil {
			return err
		}
		c.Agreement, done[open[n]] = align.Best(a.Turned(c.turn), b), true
		return nil
	})
	for _, k := range open {
		if done[k] {
			f.agreed.known[keys[k]], f.agreed.added = pairs[k].Agreement, true
		}
	}
	return err
}

// thumb is a photo in small, read once.
func (f *finder) thumb(i int) (align.Picture, error) {
	f.loaded[i].Do(func() {
		img, _, err := f.set.DecodeScaled(f.images[i], 2*align.Side)
		if err != nil {
			f.failed[i] = fmt.Errorf("detail: %w", err)
			return
		}
		f.thumbs[i] = align.Thumb(img)
	})
	return f.thumbs[i], f.failed[i]
}
