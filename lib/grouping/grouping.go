// Package grouping proposes which photos of a set belong together, such as frames of a film, bursts
// of a camera, and views of one object: those must stand on one side of a split.
//
// Start with [Propose]. [Accept] keeps a proposal's rule with the set, for package split; [Again]
// applies a kept rule to photos that came later.
package grouping

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
)

// Options are the choices of [Propose].
type Options struct {
	Embed embed.Options `json:"embed"` // which features
	Folds int           `json:"folds"` // of cross-validation, 2 to 20
	Seed  uint64        `json:"seed"`  // seed for dealing photos to folds
	Most  int           `json:"most"`  // proposals whose inflation is measured, those of most photos first; 0: all
}

// Default is 5 folds on the features of the default recipe.
func Default() Options { return Options{Folds: 5} }

// Validate returns an error that says which value is out of range.
func (o Options) Validate() error {
	if o.Folds < 2 || o.Folds > 20 {
		return fmt.Errorf("grouping: folds must lie in 2..20, and are %d", o.Folds)
	}
	return nil
}

// Rules that are no pattern on names and no runs of neighbours: their groups are found again when
// photos are added.
const (
	Bursts = "bursts" // taken with one camera within a minute of each other
	Scenes = "scenes" // neighbours by name that look alike, as frames of a film do
	Alikes = "alikes" // near copies by their features
)

// Proposal is one way to group the photos.
type Proposal struct {
	Name string `json:"name"` // to accept it by
	Text string `json:"text"` // how photos are grouped, in a sentence

	Pattern string `json:"pattern,omitempty"` // regexp on the path, see [split.Options]
	Run     int    `json:"run,omitempty"`     // runs of this many neighbours
	Rule    string `json:"rule,omitempty"`    // [Bursts], [Scenes] or [Alikes]

	Groups  int `json:"groups"`  // with two photos or more
	Photos  int `json:"photos"`  // in those
	Largest int `json:"largest"` // photos of the largest group

	// Random and Grouped are the accuracy of a classifier on frozen features, by cross-validation
	// with photos dealt to folds at random, and with whole groups. Their difference is what results
	// are too good by where groups are torn. All are 0 where the photos have no two classes. Of more
	// than 20,000 photos, a sample of whole groups is measured.
	Random    float64         `json:"random"`
	Grouped   float64         `json:"grouped"`
	Inflation float64         `json:"inflation"` // Random - Grouped
	Interval  metric.Interval `json:"interval"`  // 95 % interval of Inflation, over groups

	Strips [][]string `json:"strips"` // photos of some groups, for a person to look at
	of     []string   // group of each photo; "": it is alone
}

// Result is what [Propose] found.
type Result struct {
	Photos    int        `json:"photos"`
	Proposals []Proposal `json:"proposals"` // the largest inflation first
	Notes     []string   `json:"notes,omitempty"`
}

// finder is a search under way. Slices are in the order of images.
type finder struct {
	Options
	engine   *engine.Engine
	set      *dataset.Set
	progress progress.Func
	images   []dataset.Image
	features [][]float32
	labels   []int // -1: none
	classes  int
	units    []int // copies of each other
	found    []Proposal
	notes    []string
}

// Propose looks for groups in names, times and features. It changes nothing. A set where nothing
// speaks for groups has no proposals.
func Propose(ctx context.Context, e *engine.Engine, s *dataset.Set, o Options, p progress.Func) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	f, err := open(ctx, e, s, o, p)
	if err == nil {
		err = f.all(ctx)
	}
	if err == nil {
		err = f.measure(ctx)
	}
	if err != nil {
		return Result{}, fmt.Errorf("grouping: %w", err)
	}
	for i := range f.found {
		f.found[i].Strips = f.strips(f.found[i].of)
	}
	slices.SortStableFunc(f.found, func(a, b Proposal) int { return cmp.Compare(b.Inflation, a.Inflation) })
	return Result{Photos: len(f.images), Proposals: f.found, Notes: f.notes}, nil
}

func open(ctx context.Context, e *engine.Engine, s *dataset.Set, o Options, p progress.Func) (*finder, error) {
	f := &finder{Options: o, engine: e, set: s, progress: p, images: s.Kept()}
	if len(f.images) == 0 {
		return nil, errors.New("the set has no photos in use: ingest some, or look at why they are left out")
	}
	var err error
	if f.features, err = embed.Images(ctx, e, s, f.images, o.Embed, p); err != nil {
		return nil, err
	}
	return f, f.number(ctx)
}

// number gives the photos their labels and units.
func (f *finder) number(ctx context.Context) (err error) {
	alone := slices.Clone(f.images)
	for i := range alone {
		alone[i].Group = "" // of an earlier split
	}
	if f.units, err = dedup.Units(ctx, alone, dedup.DistanceOf(f.set)); err != nil {
		return err
	}
	names := f.set.Classes()
	f.classes, f.labels = len(names), dataset.KnownLabels(f.images, names)
	return nil
}

// all makes every proposal that the photos speak for.
func (f *finder) all(ctx context.Context) error {
	for _, find := range []func(context.Context) error{f.names, f.bursts, f.scenes, f.runs, f.alikes} {
		if err := find(ctx); err != nil {
			return err
		}
	}
	return nil
}

// add keeps a proposal, unless an earlier one groups the same photos.
func (f *finder) add(p Proposal, of []string) {
	size := map[string]int{}
	for _, g := range of {
		if g != "" {
			size[g]++
		}
	}
	for _, n := range size {
		if n > 1 {
			p.Groups++
			p.Photos += n
			p.Largest = max(p.Largest, n)
		}
	}
	same := func(q Proposal) bool { return slices.Equal(numbered(q.of), numbered(of)) }
	if p.Groups == 0 || slices.ContainsFunc(f.found, same) {
		return
	}
	p.of = of
	f.found = append(f.found, p)
}

// numbered are groups by the place of their first photos, whatever they are called.
func numbered(of []string) []int {
	first, out := map[string]int{}, make([]int, len(of))
	for i, g := range of {
		at, ok := first[g]
		if out[i] = at; !ok || g == "" {
			first[g], out[i] = i, i
		}
	}
	return out
}

const (
	shownStrips = 8
	stripLength = 10
)

// strips are photos of groups of every size, evenly spaced from the largest on.
func (f *finder) strips(of []string) [][]string {
	members := map[string][]string{}
	for i, g := range of {
		if g != "" {
			members[g] = append(members[g], f.images[i].Path)
		}
	}
	maps.DeleteFunc(members, func(_ string, m []string) bool { return len(m) < 2 })
	keys := slices.SortedFunc(maps.Keys(members), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(members[b]), len(members[a])), cmp.Compare(members[a][0], members[b][0]))
	})
	var out [][]string
	for i := range min(shownStrips, len(keys)) {
		m := members[keys[i*len(keys)/min(shownStrips, len(keys))]]
		out = append(out, m[:min(len(m), stripLength)])
	}
	return out
}
