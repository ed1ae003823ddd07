package report

import (
	"context"
	"fmt"

	"imagelab/lib/dataset"
	"imagelab/lib/grouping"
	"imagelab/lib/progress"
)

// groupSide is the side of a photo in a strip, pixels.
const groupSide = 92

type groupsPage struct {
	frame
	Result    grouping.Result
	Proposals []*shownProposal
}

type shownProposal struct {
	grouping.Proposal
	ID     string
	Strips [][]*shot
}

// WriteGroups writes a page to path that shows photos of the groups of each proposal. It ends early
// with ctx.
func WriteGroups(ctx context.Context, path string, s *dataset.Set, r grouping.Result, p progress.Func) error {
	f, err := newFrame("Groups in "+s.Name(), newAlbum(path, s, groupSide))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page := groupsPage{frame: f, Result: r}
	for i, of := range r.Proposals {
		shown := &shownProposal{Proposal: of, ID: fmt.Sprint("proposal-", i+1)}
		for _, strip := range of.Strips {
			shown.Strips = append(shown.Strips, f.Album.photos(shown.ID, strip...))
		}
		page.Proposals = append(page.Proposals, shown)
	}
	if err := f.Album.make(ctx, largeSide, p); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "groups.gohtml", page)
}
