// Package suspect ranks the photos of a set by how probably their label is wrong, names pairs of
// classes that cannot be told apart well, and finds photos unlike all others.
//
// Start with [Find]; [Save] writes what it found beside the set. Nothing about the set is
// changed: what to do about a suspect is for a person to decide.
//
// The method is confident learning (Northcutt, Jiang and Chuang 2021, "Confident learning:
// estimating uncertainty in dataset labels"): a classifier on frozen features guesses the class of
// photos that it was not fitted to, and the guess is held against the label.
package suspect

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/part"
	"imagelab/lib/progress"
)

// Options are the choices of [Find].
type Options struct {
	Embed embed.Options `json:"embed"` // which features
	Folds int           `json:"folds"` // of cross-validation, 2 to 20
	Seed  uint64        `json:"seed"`  // seed for dealing photos to folds
}

// Default is 5 folds on the features of the default recipe.
func Default() Options { return Options{Folds: 5} }

// Validate returns an error that says which value is out of range.
func (o Options) Validate() error {
	if o.Folds < 2 || o.Folds > 20 {
		return fmt.Errorf("suspect: folds must lie in 2..20, and are %d", o.Folds)
	}
	return nil
}

// Kinds of suspects.
const (
	KindLabel     = "label"     // another class is more probable than that of the label, and the classifier is sure of it
	KindAmbiguous = "ambiguous" // two classes are about as probable
	KindConflict  = "conflict"  // a copy of the photo has another label
	KindOdd       = "odd"       // the photo is unlike all others
)

// Suspect is a photo that a person should look at.
type Suspect struct {
	Path   string  `json:"path"`
	Label  string  `json:"label"`
	Guess  string  `json:"guess"` // the most probable class; the label's own where nothing else is more probable
	Score  float64 `json:"score"` // in [0,1]: 1 is most suspicious; of KindLabel above 0.5
	Kind   string  `json:"kind"`  // see the Kind constants
	Reason string  `json:"reason"`

	SHA256      string   `json:"sha256"`
	Decided     bool     `json:"decided,omitempty"`       // a person decided the label in a review
	Split       string   `json:"split,omitempty"`         // side of the set
	Probability float64  `json:"probability"`             // of the label, by a classifier that did not see the photo
	GuessProb   float64  `json:"guess_probability"`       // of the guess
	LikeLabel   []string `json:"like_label,omitempty"`    // paths of the nearest photos with the same label
	LikeGuess   []string `json:"like_guess,omitempty"`    // of the nearest photos of the class GuessShown
	GuessShown  string   `json:"compared_with,omitempty"` // the guess, or else the second most probable class

	row   int // in the images that were judged
	other int // the most probable class but the label's; -1: none
}

// Pair is two classes that are hard to tell apart.
type Pair struct {
	Classes [2]string   `json:"classes"`
	Photos  int         `json:"photos"`  // of both classes
	Mixed   int         `json:"mixed"`   // of these, photos for which the other class is more probable
	Share   float64     `json:"share"`   // Mixed over Photos, in [0,1]
	Between [2][]string `json:"between"` // paths of photos of each class that are most like the other
	Reason  string      `json:"reason"`
}

// Result is what [Find] found. It is the content of suspects.json.
type Result struct {
	Version  int       `json:"version"`
	Digest   string    `json:"digest"` // of photos and labels, see [dataset.Set.Digest]
	Options  Options   `json:"options"`
	Ranked   int       `json:"ranked"`   // photos whose label was judged
	Wrong    int       `json:"wrong"`    // labels that are probably wrong
	Accuracy float64   `json:"accuracy"` // share of the labels that are the classifier's first guess
	Suspects []Suspect `json:"suspects"` // all ranked photos and the odd ones, the most suspicious first
	Pairs    []Pair    `json:"pairs"`    // the hardest first
	Notes    []string  `json:"notes,omitempty"`

	OutOfFold OutOfFold `json:"-"` // what the ranking begins with; not saved
}

// OutOfFold is what logistic regression says of photos that it was not fitted to, before the most
// suspicious ones are left out and the neighbours vote. Slices are in the order of Paths.
type OutOfFold struct {
	Paths         []string    // of the photos whose label was judged
	Classes       []string    // sorted
	Labels        []int       // in Classes
	Probabilities [][]float64 // `[n][classes]`
}

const resultVersion = 1

// Find ranks the photos of s. Copies that dedup marked and photos that people excluded are left
// out; photos whose copies have different labels take part, but no classifier learns from them.
// Photos without a label, and labels of classes with a single photo, cannot be judged: Notes count
// them. Photos of a group, and photos that look the same, are never on both sides of a fold. s is
// not changed.
func Find(ctx context.Context, e *engine.Engine, s *dataset.Set, o Options, p progress.Func) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	images := candidates(s)
	if len(images) == 0 {
		return Result{}, errors.New("suspect: the set has no photos")
	}
	features, err := embed.Images(ctx, e, s, images, o.Embed, p)
	if err != nil {
		return Result{}, err
	}
	return find(ctx, e, s, images, features, o, p)
}

// Part computes the features of a shard of the photos that Find looks at, for a Find that takes
// them from the parts: see [embed.Part].
func Part(ctx context.Context, e *engine.Engine, s *dataset.Set, list []string, o Options, shard part.Shard,
	p progress.Func) (part.Done, error) {
	if err := o.Validate(); err != nil {
		return part.Done{}, err
	}
	images, err := dataset.Listed(s, candidates(s), list)
	if err != nil {
		return part.Done{}, err
	}
	return embed.Part(ctx, e, s, images, o.Embed, shard, p)
}

func find(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, features [][]float32,
	o Options, p progress.Func) (Result, error) {
	d, err := newData(ctx, s, images, features)
	if err != nil {
		return Result{}, err
	}
	r := Result{Version: resultVersion, Digest: s.Digest(), Options: o, Notes: d.notes, Suspects: []Suspect{},
		Pairs: []Pair{}}
	near, err := d.neighbours(ctx, e, p)
	if err != nil {
		return Result{}, err
	}
	judged, err := d.judge(ctx, e, near, o, p)
	if err != nil {
		return Result{}, err
	}
	r.Suspects = judged.suspects()
	r.Pairs = judged.pairs()
	r.OutOfFold = judged.outOfFold()
	r.Ranked, r.Wrong, r.Accuracy = judged.summary(r.Suspects)
	return r, judged.illustrate(ctx, e, &r)
}

// candidates are the photos that are looked at: all but the copies that dedup left out and what
// people excluded.
func candidates(s *dataset.Set) []dataset.Image {
	return slices.DeleteFunc(slices.Clone(s.Images), func(im dataset.Image) bool {
		return im.DuplicateOf != "" && !im.Conflict || im.Excluded != ""
	})
}

// Listed are the suspects worth a look, of one side of the set ("train", "val" or "test"; empty:
// all of it): those that stand out, and at least a tenth of all.
func (r Result) Listed(side string) []Suspect {
	all := slices.DeleteFunc(slices.Clone(r.Suspects), func(s Suspect) bool { return side != "" && s.Split != side })
	n := 0
	for i, s := range all {
		if s.Score >= listedFrom {
			n = i + 1
		}
	}
	return all[:max(n, (len(all)+9)/10)]
}

// listedFrom is the score from which a suspect stands out: the label is not the first guess.
const listedFrom = 0.5

// mostSuspicious orders suspects.
func mostSuspicious(a, b Suspect) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Path, b.Path))
}
