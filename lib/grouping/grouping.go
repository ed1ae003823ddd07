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
	"math/rand/v2"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/internal/crossfit"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/split"
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
	// are too good by where groups are torn. All are 0 where the photos have no two classes.
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
	f.features, err = embed.Images(ctx, e, s, f.images, o.Embed, p)
	f.number()
	return f, err
}

// number gives the photos their labels and units.
func (f *finder) number() {
	alone := slices.Clone(f.images)
	for i := range alone {
		alone[i].Group = "" // of an earlier split
	}
	f.units = dedup.Units(alone, dedup.DistanceOf(f.set))
	names := f.set.Classes()
	f.classes, f.labels = len(names), make([]int, len(f.images))
	for i, im := range f.images {
		at, ok := slices.BinarySearch(names, im.Class)
		if f.labels[i] = at; !ok {
			f.labels[i] = -1
		}
	}
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

// measure finds out how much too good results are if groups are torn.
func (f *finder) measure(ctx context.Context) error {
	var of []int
	for i, k := range f.labels {
		if k >= 0 {
			of = append(of, i)
		}
	}
	if f.classes < 2 || len(of) < 4*f.Folds || len(f.found) == 0 {
		return nil
	}
	features, labels, units := make([][]float32, len(of)), make([]int, len(of)), make([]int, len(of))
	for n, i := range of {
		features[n], labels[n], units[n] = f.features[i], f.labels[i], f.units[i]
	}
	fitter, err := crossfit.New(f.engine, features, labels, f.classes, f.progress)
	if err != nil {
		return err
	}
	defer fitter.Close()
	right := func(units []int) ([]bool, error) {
		probs, err := fitter.Predict(ctx, crossfit.Folds(units, labels, f.Folds, f.Seed), f.Folds)
		out := make([]bool, len(labels))
		for i, k := range metric.Predicted(probs) {
			out[i] = k == labels[i]
		}
		return out, err
	}
	slices.SortStableFunc(f.found, func(a, b Proposal) int { return cmp.Compare(b.Photos, a.Photos) })
	for i := range f.found[:min(len(f.found), cmp.Or(f.Most, len(f.found)))] {
		p := &f.found[i]
		groups := make([]string, len(of))
		for n, k := range of {
			groups[n] = p.of[k]
		}
		joined := join(units, groups)
		grouped, err := right(joined)
		if err != nil {
			return err
		}
		random, err := right(join(units, f.shuffled(groups, labels)))
		if err != nil {
			return err
		}
		p.Random, _ = metric.Accuracy([][]bool{random}, nil)
		p.Grouped, _ = metric.Accuracy([][]bool{grouped}, nil)
		p.Inflation, p.Interval = metric.Difference([][]bool{random}, [][]bool{grouped}, joined)
	}
	return nil
}

// shuffled deals the photos of each class to the same groups at random, so that folds of groups
// leave as many photos of each class to learn from as before: what is lost then is what the groups
// have in common.
func (f *finder) shuffled(groups []string, labels []int) []string {
	r := rand.New(rand.NewPCG(f.Seed, 5))
	of := map[int][]int{}
	for i, k := range labels {
		of[k] = append(of[k], i)
	}
	out := make([]string, len(groups))
	for k := range f.classes {
		for n, at := range r.Perm(len(of[k])) {
			out[of[k][n]] = groups[of[k][at]]
		}
	}
	return out
}

// join numbers photos so that those of one unit or of one group have the same number.
func join(units []int, groups []string) []int {
	root := map[string]string{}
	var find func(string) string
	find = func(k string) string {
		if p, ok := root[k]; ok && p != k {
			root[k] = find(p)
			return root[k]
		}
		return k
	}
	for i, u := range units {
		if groups[i] != "" {
			root[find(fmt.Sprintf("unit %d", u))] = find("group " + groups[i])
		}
	}
	number, out := map[string]int{}, make([]int, len(units))
	for i, u := range units {
		k := find(fmt.Sprintf("unit %d", u))
		if _, ok := number[k]; !ok {
			number[k] = len(number)
		}
		out[i] = number[k]
	}
	return out
}

// Find returns the proposal of a name. The error lists the names there are.
func (r Result) Find(name string) (Proposal, error) {
	var names []string
	for _, p := range r.Proposals {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	if len(names) == 0 {
		return Proposal{}, fmt.Errorf("grouping: nothing speaks for groups in this set, so there is no proposal "+
			"%q to accept", name)
	}
	return Proposal{}, fmt.Errorf("grouping: there is no proposal %q; there are %q", name, names)
}

// Accept keeps a proposal's rule with the set s, which dir holds, for the next split.
func Accept(s *dataset.Set, p Proposal) error { return split.Accept(s, p.waiting(s)) }

// Save keeps the proposals in the folder of s, so that one can be accepted in the review page.
func Save(s *dataset.Set, r Result) error {
	var all []split.Proposal
	for _, p := range r.Proposals {
		all = append(all, p.waiting(s))
	}
	return split.SaveProposals(s, all)
}

// waiting is the proposal as it is kept.
func (p Proposal) waiting(s *dataset.Set) split.Proposal {
	out := split.Proposal{Name: p.Name, Text: p.Text, Pattern: p.Pattern, Run: p.Run, Rule: p.Rule, Groups: p.Groups,
		Photos: p.Photos, Largest: p.Largest, Inflation: p.Inflation, Interval: p.Interval, Strips: p.Strips}
	if p.Rule != "" {
		out.Members = members(s.Kept(), p.of)
	}
	return out
}

// members lists the groups by the contents of their photos; photos alone are groups of one.
func members(images []dataset.Image, of []string) [][]string {
	at := map[string]int{}
	var out [][]string
	for i, im := range images {
		k, ok := at[of[i]]
		if !ok || of[i] == "" {
			k = len(out)
			at[of[i]] = k
			out = append(out, nil)
		}
		out[k] = append(out[k], im.SHA256)
	}
	return out
}

// Again finds the groups of a kept rule once more where photos came after it was accepted, and
// keeps them. rule is that of [split.Options]; engine opens the engine where it is needed.
func Again(ctx context.Context, engine func(context.Context) (*engine.Engine, error), s *dataset.Set, rule string,
	o Options,
	p progress.Func) error {
	if known, err := split.GroupsKnown(s); known || err != nil {
		return err
	}
	f := &finder{Options: o, set: s, progress: p, images: s.Kept()}
	var err error
	if rule != Bursts {
		if f.engine, err = engine(ctx); err == nil {
			f, err = open(ctx, f.engine, s, o, p)
		}
	}
	if err != nil {
		return fmt.Errorf("grouping: %w", err)
	}
	find := map[string]func(context.Context) error{Bursts: f.bursts, Scenes: f.scenes, Alikes: f.alikes}[rule]
	if find == nil {
		return fmt.Errorf("grouping: this imagelab does not know the rule %q, which was accepted for %s: update it",
			rule, filepath.Base(s.Dir))
	}
	if err := find(ctx); err != nil {
		return fmt.Errorf("grouping: %w", err)
	}
	of := make([]string, len(f.images)) // where the rule finds none, all are alone
	if len(f.found) > 0 {
		of = f.found[0].of
	}
	return Accept(s, Proposal{Rule: rule, of: of})
}
