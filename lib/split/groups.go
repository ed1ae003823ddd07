package split

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
)

const (
	groupsFile    = "groups.json"
	groupsVersion = 1
)

// proposed are the groups of Options.GroupRule, by the contents of all photos that were in use when
// the rule was applied; photos alone are groups of one.
type proposed struct {
	Version int        `json:"version"`
	Rule    string     `json:"rule"`
	Groups  [][]string `json:"groups"`
}

// KeepGroups keeps with the set s that photos are grouped by a pattern, by runs of neighbours, or
// by a rule whose groups are given: lists of the content hashes of all photos in use. The next
// split goes by that, and its other options are those of the last split.
func KeepGroups(s *dataset.Set, pattern string, run int, rule string, groups [][]string) error {
	if s.Dir == "" {
		return errors.New("split: this set was read from a plain folder: make a dataset with dataset.Ingest first")
	}
	old, err := readRules(s.Dir)
	if err != nil {
		return err
	}
	r := &rules{Version: rulesVersion, Options: Default(), Pending: true}
	if old != nil {
		r.Options, r.Pending = old.Options, old.Pending
		if old.Options.GroupRun == run {
			r.Runs = old.Runs
		}
	}
	r.Options.GroupPattern, r.Options.GroupRun, r.Options.GroupRule = pattern, run, rule
	if err := r.Options.Validate(); err != nil {
		return err
	}
	if rule != "" {
		if err := dataset.WriteJSON(filepath.Join(s.Dir, groupsFile), proposed{groupsVersion, rule,
			short(groups)}); err != nil {
			return fmt.Errorf("split: %w", err)
		}
	}
	return r.save(s)
}

// short cuts content hashes as shortID does.
func short(groups [][]string) [][]string {
	out := make([][]string, len(groups))
	for i, g := range groups {
		for _, id := range g {
			out[i] = append(out[i], id[:min(16, len(id))])
		}
	}
	return out
}

// GroupsKnown reports whether the kept groups of Options.GroupRule know all photos of s in use.
func GroupsKnown(s *dataset.Set) (bool, error) {
	of, err := readGroups(s)
	if err != nil || of == nil {
		return false, err
	}
	return unknownOf(s.Images, of) == 0, nil
}

func unknownOf(images []dataset.Image, of map[string]int) int {
	n := 0
	for _, im := range images {
		if _, known := of[shortID(im)]; im.Used() && !known {
			n++
		}
	}
	return n
}

// readGroups is the number of the group of each content; nil where there are none.
func readGroups(s *dataset.Set) (map[string]int, error) {
	var g proposed
	err := seal.ReadJSON(filepath.Join(s.Dir, groupsFile), &g)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("split: %w: accept the groups again, which writes it anew", err)
	case g.Version != groupsVersion:
		return nil, fmt.Errorf("split: %s has version %d; this imagelab reads %d: update it", groupsFile,
			g.Version, groupsVersion)
	}
	of := map[string]int{}
	for n, ids := range g.Groups {
		for _, id := range ids {
			of[id] = n
		}
	}
	return of, nil
}

// groupByRule gives images the kept groups of a rule.
func groupByRule(s *dataset.Set, rule string) error {
	of, err := readGroups(s)
	if err != nil {
		return err
	}
	if n := unknownOf(s.Images, of); n > 0 {
		return fmt.Errorf("the groups by the rule %q do not know %d photos in use: apply the rule again "+
			"(grouping.Again), or drop it with split.Options.Forget", rule, n)
	}
	size := map[int]int{}
	for _, im := range s.Images {
		if n, known := of[shortID(im)]; known {
			size[n]++
		}
	}
	for i := range s.Images {
		im := &s.Images[i]
		if n, known := of[shortID(*im)]; known && size[n] > 1 {
			im.Group = fmt.Sprintf("%s %d", rule, n+1)
		}
	}
	return nil
}
