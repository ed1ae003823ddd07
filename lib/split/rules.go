package split

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

const (
	rulesFile    = "split_rules.json"
	rulesVersion = 1
)

// rules are the split options that are saved with a set and applied to photos that come later.
type rules struct {
	Version int     `json:"version"`
	Options Options `json:"options"`
	Pending bool    `json:"pending,omitempty"` // kept for the first split, which has not been made
	Column  bool    `json:"column,omitempty"`  // the groups in force came from the CSV's column
	// of Options.GroupRun: short content hashes, so that added photos do not shift them
	Runs [][]string `json:"runs,omitempty"`
}

// ErrRules says that a split would drop a rule that an earlier one gave the set.
var ErrRules = errors.New("a rule of this set would be dropped")

// Kept returns the options that the set in dir was last split with, for a split that is to go on by
// the same rules: groups, shares, seed, and which sides are given. The ids of a fixed test side
// stand in for the file they came from. ok is false where there was no split yet, or an older
// version made it.
func Kept(dir string) (o Options, ok bool, err error) {
	r, err := readRules(dir)
	if err != nil || r == nil {
		return Options{}, false, err
	}
	return r.Options, true, nil
}

// readRules returns nil where there are none.
func readRules(dir string) (*rules, error) {
	var r rules
	err := seal.ReadJSON(filepath.Join(dir, rulesFile), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = r.Options.Validate()
	}
	switch {
	case err != nil:
		return nil, fmt.Errorf("split: %s in %s cannot be used (%w): bring it back from a copy, or give the rules "+
			"again together with split.Options.Forget", rulesFile, dir, err)
	case r.Version != rulesVersion:
		return nil, fmt.Errorf("split: %s in %s has version %d; this imagelab reads %d: update it", rulesFile, dir,
			r.Version, rulesVersion)
	}
	return &r, nil
}

// keepRules returns what the set in s.Dir keeps of a split by o, and checks that o drops nothing
// that an earlier split said.
func keepRules(s *dataset.Set, o Options) (*rules, error) {
	fresh := &rules{Version: rulesVersion, Options: o}
	if o.Forget {
		return fresh, nil
	}
	old, err := readRules(s.Dir)
	if err != nil {
		return nil, err
	}
	if !o.Redo {
		if what := dropped(s, old, o); what != "" {
			return nil, fmt.Errorf("%w: %s; give it again, or drop it with split.Options.Forget", ErrRules, what)
		}
		if old != nil && old.Options.GroupRun == o.GroupRun {
			fresh.Runs = old.Runs
		}
	}
	return fresh, nil
}

// dropped names the rule of an earlier split that o does not have, or returns an empty string.
func dropped(s *dataset.Set, old *rules, o Options) string {
	grouped := o.GroupPattern != "" || o.GroupRun > 1 || o.GroupRule != ""
	if old == nil {
		if !grouped && slices.ContainsFunc(s.Images, func(im dataset.Image) bool {
			return im.Group != "" && im.Group != im.GroupColumn
		}) {
			return "its photos have groups, by split.Options.GroupPattern or split.Options.GroupRun, which an " +
				"older version did not keep"
		}
		return ""
	}
	was := old.Options
	switch {
	case was.GroupPattern != "" && !grouped:
		return "it was split with split.Options.GroupPattern " + text.Word(was.GroupPattern)
	case was.GroupRun > 1 && !grouped:
		return fmt.Sprintf("it was split with split.Options.GroupRun %d", was.GroupRun)
	case was.GroupRule != "" && !grouped:
		return "it was split with the accepted groups of the rule " + text.Word(was.GroupRule)
	case old.Column && !grouped && !(o.GroupColumn && hasColumn(s)):
		return "it was split by the group column of its CSV file, which has no groups now"
	case was.FixedIDs && o.FixedTest == "" && !o.FixedIDs:
		return "its test images were fixed by a list"
	case was.Buffer > 0 && o.Buffer == 0:
		return fmt.Sprintf("it was split with split.Options.Buffer %d", was.Buffer)
	case was.IgnoreFolders && hasGiven(s, o):
		return "the sides that its source gives were put aside by split.Options.Redo"
	}
	return ""
}

func hasColumn(s *dataset.Set) bool {
	return slices.ContainsFunc(s.Images, func(im dataset.Image) bool { return im.GroupColumn != "" })
}

// save writes the rules for the next split.
func (r *rules) save(s *dataset.Set) error {
	r.Column = r.Options.GroupColumn && r.Options.GroupPattern == "" && r.Options.GroupRun < 2 &&
		r.Options.GroupRule == "" && hasColumn(s)
	o := &r.Options
	o.IgnoreFolders = o.IgnoreFolders || o.Redo
	o.FixedIDs = o.FixedTest != "" || o.FixedIDs && !o.Redo
	o.Redo, o.Forget, o.FixedTest, o.Buffer = false, false, "", max(0, o.Buffer)
	return dataset.WriteJSON(filepath.Join(s.Dir, rulesFile), r)
}
