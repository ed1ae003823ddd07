// Package audit says whether a test set is good: how exact a result on it is, whether photos leak
// into it, whose labels are doubtful, on which photos a model is worse than on others, and whether
// it is like the photos that a model will meet.
//
// Start with [Run]. Nothing about the set is changed.
package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/grouping"
	"imagelab/lib/internal/crossfit"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/suspect"
	"imagelab/lib/text"
)

// Options are the choices of [Run].
type Options struct {
	Embed embed.Options `json:"embed"`          // which features
	Like  string        `json:"like,omitempty"` // folder of photos as they will come; empty: none
	Folds int           `json:"folds"`          // of cross-validation, 2 to 20
	Seed  uint64        `json:"seed"`           // seed for dealing photos to folds

	// Models are what is judged on the test photos: the first one's outcomes are sliced, and two
	// give the share of photos that only one of them gets right. Without any, a classifier on
	// frozen features is, by cross-validation.
	Models []*classifier.Model `json:"-"`
}

// Default is 5 folds on the features of the default recipe.
func Default() Options { return Options{Folds: 5} }

// Validate returns an error that says which value is out of range.
func (o Options) Validate() error {
	if o.Folds < 2 || o.Folds > 20 {
		return fmt.Errorf("audit: folds must lie in 2..20, and are %d", o.Folds)
	}
	if len(o.Models) > 2 {
		return fmt.Errorf("audit: %d models; give one, or two to compare", len(o.Models))
	}
	return nil
}

// Severities of findings.
const (
	Error   = "error"   // results on the test side are wrong
	Warning = "warning" // results may mislead: look at it
	Note    = "note"    // good to know
)

// Kinds of findings.
const (
	KindSplit      = "split"        // the set has no sides
	KindLeak       = "leak"         // a photo, a copy of it by any tier of dedup, or a group is on two sides
	KindSize       = "size"         // how exact results are
	KindBalance    = "balance"      // classes of unlike sizes, missing or small on a side
	KindShares     = "class-shares" // sides have other shares of the classes
	KindLabel      = "label"        // labels that are probably wrong, or missing
	KindGroups     = "groups"       // photos that belong together, which nothing says
	KindSlice      = "slice"        // photos on which accuracy is lower
	KindLikeness   = "likeness"     // how like the deployment photos the test photos are
	KindObjectSize = "object-size"  // the share of the picture that decides
)

// Finding is one thing that the audit has to say.
type Finding struct {
	Kind     string   `json:"kind"`     // see the Kind constants
	Severity string   `json:"severity"` // [Error], [Warning] or [Note]
	Text     string   `json:"text"`     // sentences for a person
	Photos   []string `json:"photos"`   // paths relative to the root of the set, the most telling first

	// Together are photos that belong beside each other, such as a test photo and its copy in
	// training; see Like for paths of a deployment folder.
	Together []Together `json:"together,omitempty"`
}

// Together is a row of photos that explain a finding.
type Together struct {
	Text   string   `json:"text"`
	Photos []string `json:"photos,omitempty"` // of the set
	Like   []string `json:"like,omitempty"`   // of the deployment folder, relative to it
}

// Slice is a part of the judged photos.
type Slice struct {
	Kind     string          `json:"kind"`     // such as "brightness" or "class"
	Name     string          `json:"name"`     // such as "darkest fifth"
	Photos   int             `json:"photos"`   // judged photos in it
	Correct  int             `json:"correct"`  // of these
	Accuracy float64         `json:"accuracy"` // in [0,1]
	Interval metric.Interval `json:"interval"` // 95 %, Wilson's on as many independent photos as groups leave
	Others   float64         `json:"others"`   // accuracy on all other judged photos
	// of no difference to the others, adjusted for the number of slices (Holm)
	P        float64  `json:"p"`
	Worse    bool     `json:"worse"`              // P is below 0.05 and accuracy below that on the others
	Examples []string `json:"examples,omitempty"` // paths, wrongly classified ones first, at most 12
}

// Result is what an audit found. It is the content of audit.json.
type Result struct {
	Version  int             `json:"version"`
	Digest   string          `json:"digest"`  // of photos, labels, groups and sides, see [dataset.Set.SplitDigest]
	Options  Options         `json:"options"` // as given
	Photos   int             `json:"photos"`
	Test     int             `json:"test"`               // photos of the test side
	Judged   int             `json:"judged"`             // photos whose outcome is known
	By       string          `json:"by,omitempty"`       // what judged them, in words
	Accuracy float64         `json:"accuracy"`           // on the judged photos
	Interval metric.Interval `json:"interval"`           // 95 % interval of Accuracy
	Findings []Finding       `json:"findings"`           // the most severe first
	Slices   []Slice         `json:"slices"`             // kind by kind
	Likeness *Likeness       `json:"likeness,omitempty"` // where a deployment folder was given
	Objects  *Objects        `json:"objects,omitempty"`  // the share of the picture that decides
	Suspects int             `json:"suspects"`           // labels that are probably wrong, on all sides
	Leaks    []Leak          `json:"leaks,omitempty"`    // all of them; the finding of their kind has the photos together
	Leakage  *Leakage        `json:"leakage,omitempty"`  // what they do to accuracy, where there are some
}

const resultVersion = 1

// Count is the number of findings of a severity.
func (r Result) Count(severity string) int {
	n := 0
	for _, f := range r.Findings {
		if f.Severity == severity {
			n++
		}
	}
	return n
}

// String is a line for each finding.
func (r Result) String() string {
	out := ""
	for _, f := range r.Findings {
		out += fmt.Sprintf("%-7s  %s: %s\n", f.Severity, f.Kind, f.Text)
	}
	return out
}

// auditor is an audit under way. Slices over photos are in the order of images.
type auditor struct {
	Options
	engine   *engine.Engine
	set      *dataset.Set // a copy, with all hashes
	cache    string
	progress progress.Func
	images   []dataset.Image
	features [][]float32
	measures []measure
	near     []Leak   // copies by their features
	alike    string   // what makes near doubtful
	units    []int    // photos of one unit are copies or of one group
	classes  []string // sorted
	labels   []int    // -1: none
	fitter   *crossfit.Fitter
	outcomes outcomes
	result   Result
}

// outcomes are predictions for some of the photos.
type outcomes struct {
	by     string
	judged []int  // photos
	right  []bool // of judged
	groups []int  // of judged; nil: no groups
	second []bool // of another model on the same photos; nil: none
}

// Run audits s. A set without sides, or without labels, is audited as far as that goes. Photos that
// are no longer what the manifest says are an error that is [dataset.ErrChanged].
func Run(ctx context.Context, e *engine.Engine, s *dataset.Set, o Options, p progress.Func) (Result, error) {
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	c := *s
	c.Images = slices.Clone(s.Images)
	a := &auditor{Options: o, engine: e, set: &c, cache: cmp.Or(o.Embed.Cache, embed.CacheOf(s)), progress: p}
	if err := a.read(ctx); err != nil {
		return Result{}, fmt.Errorf("audit: %w", err)
	}
	if err := a.audit(ctx, a.groups, a.suspects, a.objects, a.likeness); err != nil {
		return Result{}, fmt.Errorf("audit: %w", err)
	}
	return a.result, nil
}

// read reads what all steps need.
func (a *auditor) read(ctx context.Context) (err error) {
	if err := dataset.TakeHashes(ctx, a.set, a.progress); err != nil {
		return err
	}
	a.images = a.set.Kept()
	if len(a.images) == 0 {
		return errors.New("the set has no photos in use: ingest some, or look at why they are left out")
	}
	if a.features, err = embed.Images(ctx, a.engine, a.set, a.images, a.Embed, a.progress); err != nil {
		return err
	}
	if a.measures, err = measureAll(ctx, a.set, a.images, a.cache, a.progress); err != nil {
		return err
	}
	return a.across(ctx)
}

// audit takes all steps that need features and measures alone, and then some more.
func (a *auditor) audit(ctx context.Context, more ...func(context.Context) error) error {
	defer func() {
		if a.fitter != nil {
			a.fitter.Close()
		}
	}()
	steps := []func(context.Context) error{a.number, a.sides, a.leaks, a.judge, a.size, a.slices}
	for _, step := range append(steps, more...) {
		if err := step(ctx); err != nil {
			return err
		}
	}
	a.order()
	return nil
}

// number gives the photos their units and labels.
func (a *auditor) number(ctx context.Context) (err error) {
	a.result = Result{Version: resultVersion, Digest: a.set.SplitDigest(), Options: a.Options, Photos: len(a.images),
		Test: len(a.set.InSplit(dataset.Test)), Findings: []Finding{}, Slices: []Slice{}}
	if a.units, err = dedup.Units(ctx, a.images, dedup.DistanceOf(a.set)); err != nil {
		return err
	}
	a.classes = a.set.Classes()
	a.labels = dataset.KnownLabels(a.images, a.classes)
	return nil
}

// find adds a finding.
func (a *auditor) find(kind, severity, format string, args ...any) *Finding {
	a.result.Findings = append(a.result.Findings, Finding{Kind: kind, Severity: severity,
		Text: fmt.Sprintf(format, args...), Photos: []string{}})
	return &a.result.Findings[len(a.result.Findings)-1]
}

// order puts the most severe findings first.
func (a *auditor) order() {
	rank := map[string]int{Error: 0, Warning: 1, Note: 2}
	slices.SortStableFunc(a.result.Findings, func(x, y Finding) int { return rank[x.Severity] - rank[y.Severity] })
}

// on are the photos of a side.
func (a *auditor) on(side string) []int {
	var out []int
	for i, im := range a.images {
		if im.Split == side {
			out = append(out, i)
		}
	}
	return out
}

func (a *auditor) paths(photos []int) []string {
	out := make([]string, len(photos))
	for n, i := range photos {
		out[n] = a.images[i].Path
	}
	return out
}

// manyGrouped is the share of photos in proposed groups from which on they matter.
const manyGrouped = 0.2

// groups says whether photos belong together although nothing says so.
func (a *auditor) groups(ctx context.Context) error {
	if len(a.images) < leastJudged || slices.ContainsFunc(a.images,
		func(im dataset.Image) bool { return im.Group != "" }) {
		return nil
	}
	r, err := grouping.Propose(ctx, a.engine, a.set, grouping.Options{Embed: a.Embed, Folds: a.Folds,
		Seed: a.Seed, Most: 1}, a.progress)
	if err != nil {
		return err
	}
	for _, note := range r.Notes {
		a.find(KindGroups, Note, "%s.", note)
	}
	for _, p := range r.Proposals {
		if float64(p.Photos) < manyGrouped*float64(len(a.images)) {
			continue
		}
		said := ""
		if p.Random > 0 {
			said = fmt.Sprintf(" Results on photos dealt at random are too good by about %.1f points (%.1f to %.1f).",
				100*p.Inflation, 100*p.Interval[0], 100*p.Interval[1])
		}
		f := a.find(KindGroups, Warning,
			"Photos seem to belong together (%s): %s with %s.%s Nothing keeps them on one side of a split. Look "+
				"at the proposed groups, and accept what is right.",
			p.Text, text.Count(p.Groups, "group"), text.Count(p.Photos, "photo"), said)
		for _, strip := range p.Strips {
			f.Photos = append(f.Photos, strip...)
			f.Together = append(f.Together, Together{Text: text.Count(len(strip), "photo") + " of a group",
				Photos: strip[:min(len(strip), 3)]})
		}
	}
	return nil
}

// suspects names labels that are probably wrong.
func (a *auditor) suspects(ctx context.Context) error {
	labelled := 0
	for _, k := range a.labels {
		if k >= 0 {
			labelled++
		}
	}
	if missing := len(a.images) - labelled; missing > 0 {
		a.find(KindLabel, Warning, "%d of %s have no label. What needs labels was audited on the others.", missing,
			text.Count(len(a.images), "photo"))
	}
	if len(a.classes) < 2 {
		return nil
	}
	r, err := suspect.Find(ctx, a.engine, a.set, suspect.Options{Embed: a.Embed, Folds: a.Folds, Seed: a.Seed},
		a.progress)
	if err != nil {
		return err
	}
	a.result.Suspects = r.Wrong
	a.labelFinding(r)
	return nil
}

// labelFinding names the suspects of the test side, or of all photos where there is none.
func (a *auditor) labelFinding(r suspect.Result) {
	side, where := dataset.Test, "test photos"
	if a.result.Test == 0 {
		side, where = "", "photos"
	}
	used := map[string]bool{}
	for _, im := range a.images {
		used[im.Path] = true
	}
	var wrong []suspect.Suspect
	var conflicts []string
	for _, x := range r.Suspects {
		switch {
		case x.Kind == suspect.KindConflict && !used[x.Path]:
			conflicts = append(conflicts, x.Path)
		case x.Kind != suspect.KindLabel && x.Kind != suspect.KindConflict || !used[x.Path]:
		case side == "" || x.Split == side:
			wrong = append(wrong, x)
		}
	}
	if len(conflicts) > 0 {
		f := a.find(KindLabel, Warning, "%s with copies that have another label, so that all of them are left out of "+
			"training and test. Decide in a review which label is right.", text.Count(len(conflicts), "photo"))
		f.Photos = append(f.Photos, conflicts...)
	}
	for _, note := range r.Notes {
		a.find(KindLabel, Note, "%s.", strings.ToUpper(note[:1])+note[1:])
	}
	if len(wrong) == 0 && len(r.OutOfFold.Paths) == 0 {
		return
	}
	of := cmp.Or(a.result.Test, len(a.images))
	if len(wrong) == 0 {
		a.find(KindLabel, Note, "No label of the %s looks wrong.", where)
		return
	}
	f := a.find(KindLabel, Warning, "%d of %d %s probably have a wrong label (%s). Every wrong label counts as a "+
		"mistake of a model that is right. Look at the suspects, and correct them in a review.", len(wrong), of, where,
		text.Percent(float64(len(wrong))/float64(of), 1))
	for _, x := range wrong {
		f.Photos = append(f.Photos, x.Path)
		if len(f.Together) < shownTogether {
			f.Together = append(f.Together, Together{Text: fmt.Sprintf("labelled %s, looks like %s",
				text.Name(x.Label), text.Name(x.Guess)), Photos: []string{x.Path}})
		}
	}
}

// shownTogether is how many rows of photos a finding has at most.
const shownTogether = 24
