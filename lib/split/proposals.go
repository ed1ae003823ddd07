package split

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

const (
	proposalsFile    = "proposals.json"
	proposalsVersion = 1
)

// Proposal is a way to group the photos of a set, which waits for a person. [Accept] keeps it with
// the set.
type Proposal struct {
	Name string `json:"name"`
	Text string `json:"text"` // how photos are grouped, in a sentence

	Pattern string     `json:"pattern,omitempty"` // see Options.GroupPattern
	Run     int        `json:"run,omitempty"`     // see Options.GroupRun
	Rule    string     `json:"rule,omitempty"`    // see Options.GroupRule
	Members [][]string `json:"members,omitempty"` // of Rule: content hashes of each group, of one photo too

	Groups    int        `json:"groups"`    // with two photos or more
	Photos    int        `json:"photos"`    // in those
	Largest   int        `json:"largest"`   // photos of the largest group
	Inflation float64    `json:"inflation"` // accuracy by which results are too good where groups are torn
	Interval  [2]float64 `json:"interval"`  // 95 % interval of Inflation
	Strips    [][]string `json:"strips"`    // paths of photos of some groups
}

// proposals is the content of proposalsFile.
type proposals struct {
	Version   int        `json:"version"`
	Photos    string     `json:"photos"` // contents of the set that they are for
	Proposals []Proposal `json:"proposals"`
}

// ErrNoProposals says that nobody proposed groups for the set as it is now.
var ErrNoProposals = errors.New("nothing is proposed")

// SaveProposals keeps proposals in the folder of s, in place of earlier ones.
func SaveProposals(s *dataset.Set, all []Proposal) error {
	err := dataset.WriteJSON(filepath.Join(s.Dir, proposalsFile),
		proposals{proposalsVersion, dataset.Contents(s.Images), all})
	if err != nil {
		return fmt.Errorf("split: %w", err)
	}
	return nil
}

// Proposals returns what [SaveProposals] kept for s. The error is [ErrNoProposals] where there is
// nothing, or the photos are other ones since.
func Proposals(s *dataset.Set) ([]Proposal, error) {
	var p proposals
	err := seal.ReadJSON(filepath.Join(s.Dir, proposalsFile), &p)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("split: %w for %s: run grouping.Propose first", ErrNoProposals, text.Name(s.Dir))
	case err != nil:
		return nil, fmt.Errorf("split: %w: propose groups again, which writes it anew", err)
	case p.Version != proposalsVersion || p.Photos != dataset.Contents(s.Images):
		return nil, fmt.Errorf("split: %w for %s as it is now: its photos changed, so propose groups again",
			ErrNoProposals, text.Name(s.Dir))
	}
	return p.Proposals, nil
}

// Accept keeps a proposal with s, for the next split; see [KeepGroups].
func Accept(s *dataset.Set, p Proposal) error {
	return KeepGroups(s, p.Pattern, p.Run, p.Rule, p.Members)
}

// Accepted reports whether s is grouped by p from the next split on.
func Accepted(s *dataset.Set, p Proposal) bool {
	o, ok, err := Kept(s.Dir)
	return err == nil && ok && o.GroupPattern == p.Pattern && o.GroupRun == p.Run && o.GroupRule == p.Rule
}
