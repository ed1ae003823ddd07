package report

import (
	"context"
	"fmt"
	"html/template"

	"imagelab/lib/dataset"
	"imagelab/lib/grouping"
	"imagelab/lib/progress"
)

// groupSide is the side of a photo in a strip, pixels.
const groupSide = 92

type groupsPage struct {
	Style     template.CSS
	Title     string
	Result    grouping.Result
	Proposals []*shownProposal
}

type shownProposal struct {
	grouping.Proposal
	Strips [][]picture
}

// WriteGroups writes a page to path that shows photos of the groups of each proposal. It ends early
// with ctx.
func WriteGroups(ctx context.Context, path string, s *dataset.Set, r grouping.Result, p progress.Func) error {
	css, err := style()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page := groupsPage{Style: css, Title: "Groups in " + s.Name(), Result: r}
	t, fileOf := newThumbnails(photosOf(s, groupSide), groupSide, p), filesByPath(s)
	for _, of := range r.Proposals {
		shown := &shownProposal{Proposal: of}
		for _, strip := range of.Strips {
			var row []picture
			for _, path := range strip {
				row = append(row, picture{Name: path, file: fileOf[path]})
				t.want(fileOf[path])
			}
			shown.Strips = append(shown.Strips, row)
		}
		page.Proposals = append(page.Proposals, shown)
	}
	if err := t.make(ctx); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	for _, shown := range page.Proposals {
		for _, row := range shown.Strips {
			for i := range row {
				row[i].Image = t.made[row[i].file]
			}
		}
	}
	return execute(path, "groups.gohtml", page)
}
