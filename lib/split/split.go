// Package split divides a set into train, val and test: by class in equal shares, seeded, and with
// whole groups on one side.
//
// Call [Run] after dedup. Call [Gate] before anything is fitted: it refuses a set in which the same
// photo, or the same group, stands on two sides.
//
// Test images stay test images: their content hashes are kept in test_ids.txt in the dataset
// folder, and a later Run puts new photos into train and val only. The exceptions are photos of a
// class that has no test image yet, and photos whose group is in the test side already.
//
// The options are saved with the set, in split_rules.json. [Kept] returns them for a split of
// photos that came later, and a Run that would drop a rule is refused, see [ErrRules].
package split

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"imagelab/lib/dataset"
)

// Options are the options of [Run].
type Options struct {
	Val  float64 `json:"val"`  // share of each class for validation, 0 to below 1
	Test float64 `json:"test"` // share of each class for the test, 0 to below 1
	Seed uint64  `json:"seed"` // another seed, another split
	// keep images together that share a value in the CSV's group column
	GroupColumn bool `json:"group_column"`
	// regexp on the path; images with the same first submatch stay together
	GroupPattern string `json:"group_pattern,omitempty"`
	// keep runs of this many neighbours in manifest order together; 0: off
	GroupRun int `json:"group_run,omitempty"`
	// file with a path or sha256 a line: these and no others are the test side
	FixedTest string `json:"fixed_test,omitempty"`
	Redo      bool   `json:"redo,omitempty"` // forget given folders and earlier test ids
	// leave out frames that lie so many or fewer from one of another side; 0: none; -1: none, even
	// if the set was split with some
	Buffer int `json:"buffer,omitempty"`

	// keep together what an accepted proposal grouped, see [KeepGroups]
	GroupRule string `json:"group_rule,omitempty"`
	// the ids of an earlier FixedTest and no others are the test side; [Kept] sets it
	FixedIDs bool `json:"fixed_ids,omitempty"`
	// sides that the folders give were forgotten by an earlier Redo; [Kept] sets it
	IgnoreFolders bool `json:"ignore_folders,omitempty"`
	// drop the rules of earlier splits that are not given again, see [ErrRules]
	Forget bool `json:"forget,omitempty"`
}

// Default gives a fifth of each class to the test and 15 % to validation. It honours a group column
// where there is one.
func Default() Options { return Options{Val: 0.15, Test: 0.20, Seed: 1, GroupColumn: true} }

// Validate returns an error that says which value is out of range.
func (o Options) Validate() error {
	if !(o.Val >= 0 && o.Test >= 0 && o.Val+o.Test < 1) { // nor are numbers that are none
		return fmt.Errorf("split: val %g and test %g must be at least 0 and leave something for train", o.Val, o.Test)
	}
	if o.GroupRun < 0 {
		return fmt.Errorf("split: runs of %d neighbours make no sense: give 2 or more, or 0 for none", o.GroupRun)
	}
	if o.Buffer < -1 {
		return fmt.Errorf("split: a buffer of %d frames makes no sense: give 1 or more, or 0 for none", o.Buffer)
	}
	if o.GroupPattern != "" && o.GroupRun > 0 {
		return errors.New("split: give a group pattern or runs of neighbours, not both")
	}
	if o.GroupRule != "" && (o.GroupPattern != "" || o.GroupRun > 1) {
		return fmt.Errorf("split: the photos are grouped by the rule %q: give no pattern or runs beside it", o.GroupRule)
	}
	if o.GroupPattern != "" {
		re, err := regexp.Compile(o.GroupPattern)
		if err != nil {
			return fmt.Errorf("split: group pattern: %w", err)
		}
		if re.NumSubexp() < 1 {
			return fmt.Errorf("split: group pattern %q marks no group: put round brackets about the part of the "+
				"path that names it", o.GroupPattern)
		}
	}
	return nil
}

// Summary counts the images of a split.
type Summary struct {
	PerClass map[string]map[string]int `json:"per_class"` // class to side to number of images
	Sides    map[string]int            `json:"sides"`     // side to number of images
	Groups   int                       `json:"groups"`    // groups with more than one image
	// images on the test side because an earlier split put them there
	Frozen   int `json:"frozen"`
	Excluded int `json:"excluded"` // images that people left out: they are on no side
	// frames too near to another side, see Options.Buffer: they are on no side
	Buffer int      `json:"buffer"`
	Digest string   `json:"digest"` // of the set with its split
	Notes  []string `json:"notes,omitempty"`
}

// Run gives every kept image a side, saves the manifest and writes test_ids.txt. The result depends
// on the photos' content, the options and earlier test ids, not on names or order (but for the
// group rules that look at these).
//
// Sides that came from folders stay. Where the folders gave train only, val and test are taken from
// it; where they gave train and test, val is; train and val stay as they are.
//
// It is an error when images have no class, when there is one class only, and when a class is too
// small for every side to get one of its images (or groups); the error says how many are missing,
// and which groups earlier test images bring to the test side.
func Run(s *dataset.Set, o Options) (Summary, error) {
	if err := o.Validate(); err != nil {
		return Summary{}, err
	}
	if s.Dir == "" {
		return Summary{}, errors.New("split: this set was read from a plain folder: make a dataset with dataset.Ingest first")
	}
	if o.FixedTest != "" && hasGiven(s, o) {
		return Summary{}, errors.New("split: the source of the photos gives the sides already: add " +
			"split.Options.Redo to split by the list of test images instead")
	}
	before := slices.Clone(s.Images)
	takeBack(s.Images)
	if err := checkClasses(s); err != nil {
		s.Images = before
		return Summary{}, err
	}
	sum, err := run(s, o)
	if err != nil {
		s.Images = before // an error leaves the set as it was
		return Summary{}, fmt.Errorf("split: %w", err)
	}
	return sum, nil
}

func run(s *dataset.Set, o Options) (Summary, error) {
	r, err := keepRules(s, o)
	if err != nil {
		return Summary{}, err
	}
	fixed, err := readFixed(s, o)
	if err != nil {
		return Summary{}, err
	}
	p, err := deal(s, r, fixed)
	if err != nil {
		return Summary{}, err
	}
	if err := saveFixed(s, fixed); err != nil { // before the rules, which say that it is there
		return Summary{}, err
	}
	if err := r.save(s); err != nil {
		return Summary{}, err
	}
	if err := s.Save(); err != nil {
		return Summary{}, err
	}
	return summarise(s, p, fixed), nil
}

// deal gives every kept image its group and side, in memory.
func deal(s *dataset.Set, r *rules, fixed fixedTest) (*plan, error) {
	note, err := assignGroups(s, r)
	if err != nil {
		return nil, err
	}
	p, err := makePlan(s, r.Options, fixed)
	if err != nil {
		return nil, err
	}
	if note != "" {
		p.notes = append(p.notes, note)
	}
	for _, note := range []string{fixed.note, fixed.missing(s)} {
		if note != "" {
			p.notes = append(p.notes, note)
		}
	}
	for _, u := range p.units {
		for _, i := range u.images {
			s.Images[i].Split = u.side
		}
	}
	given := hasGiven(s, r.Options)
	sideExcluded(s, fixed, given)
	drawn := len(fixed.ids) > 0 && !given && r.Options.FixedTest == ""
	return p, p.setBuffer(s, r.Options.Buffer, drawn)
}

// sideExcluded takes excluded images off the sides that they were on before this split, except
// those that are test images for good, and those that folders keep there (given): their groups
// may be elsewhere now.
func sideExcluded(s *dataset.Set, fixed fixedTest, given bool) {
	for i := range s.Images {
		im := &s.Images[i]
		switch {
		case im.Excluded == "":
		case fixed.ids[im.SHA256]:
			im.Split = dataset.Test
		case !given || im.Split != im.GivenSplit:
			im.Split = ""
		}
	}
}

// Copy returns a copy of s that is split as by [Run] with Redo, in memory only: s, its folder and
// its test ids stay what they are. It is for comparing splits of the same photos. It ignores
// FixedTest.
func Copy(s *dataset.Set, o Options) (*dataset.Set, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	c := *s
	c.Images = slices.Clone(s.Images)
	takeBack(c.Images)
	if err := checkClasses(&c); err != nil {
		return nil, err
	}
	o.Redo = true
	if _, err := deal(&c, &rules{Options: o}, fixedTest{}); err != nil {
		return nil, fmt.Errorf("split: %w", err)
	}
	return &c, nil
}

func summarise(s *dataset.Set, p *plan, fixed fixedTest) Summary {
	sum := Summary{PerClass: map[string]map[string]int{}, Sides: map[string]int{}, Excluded: dataset.Excluded(s.Images),
		Digest: s.SplitDigest(), Notes: p.notes}
	for _, im := range s.Kept() {
		if sum.PerClass[im.Class] == nil {
			sum.PerClass[im.Class] = map[string]int{}
		}
		sum.PerClass[im.Class][im.Split]++
		sum.Sides[im.Split]++
		if fixed.ids[im.SHA256] {
			sum.Frozen++
		}
	}
	for _, im := range s.Images {
		if im.Buffer {
			sum.Buffer++
		}
	}
	for _, u := range p.units {
		if len(u.images) > 1 {
			sum.Groups++
		}
	}
	return sum
}
