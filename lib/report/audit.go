package report

import (
	"cmp"
	"context"
	"fmt"
	"html/template"
	"path/filepath"
	"slices"

	"imagelab/lib/audit"
	"imagelab/lib/dataset"
	"imagelab/lib/figure"
	"imagelab/lib/progress"
)

const (
	auditSide    = 150 // pixels of a photo on the page of an audit
	auditPhotos  = 16  // photos of a finding that are shown without being put together
	auditWorst   = 14  // slices in the figure
	auditSamples = 6
)

type auditPage struct {
	frame
	Result   audit.Result
	Findings []*shownFinding
	Slices   []*shownSlice
	Figure   template.HTML
	Maps     []*shownMap
}

type shownFinding struct {
	audit.Finding
	ID     string
	Rows   []shownRow
	Photos []*shot
	Named  []*shot // that are not shown
	More   int     // that are not even named
}

type shownRow struct {
	Text   string
	Photos []*shot
}

type shownSlice struct {
	audit.Slice
	ID    string
	Shots []judgedShot
	Wrong int
	Left  int // photos that are not shown
}

// judgedShot is a photo of a slice.
type judgedShot struct {
	Shot  *shot
	Wrong bool
}

type shownMap struct {
	Shot *shot
	audit.Map
}

// WriteAudit writes a page to path that shows the findings of an audit with their photos, the
// accuracy on slices with theirs, and where the evidence lies. It ends early with ctx.
func WriteAudit(ctx context.Context, path string, s *dataset.Set, r audit.Result, p progress.Func) error {
	f, err := newFrame("Audit of "+s.Name(), newAlbum(path, s, auditSide))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page := auditPage{frame: f, Result: r}
	page.take(path)
	if len(r.Slices) > 0 {
		if page.Figure, err = svg(sliceFigure(r)); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if err := page.Album.make(ctx, largeSide, p); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "audit.gohtml", page)
}

// take wants the pictures of all parts of the page at path.
func (p *auditPage) take(path string) {
	like := newOriginals(path, p.Result.Options.Like)
	for i, f := range p.Result.Findings {
		shown := &shownFinding{Finding: f, ID: fmt.Sprint("finding-", i+1)}
		for _, row := range f.Together {
			photos := append(p.deployed(shown.ID, like, row.Like), p.Album.photos(shown.ID, row.Photos...)...)
			shown.Rows = append(shown.Rows, shownRow{row.Text, photos})
		}
		if len(f.Together) == 0 && f.Kind != audit.KindObjectSize {
			list, _ := bounded(f.Photos, auditPhotos)
			named, more := bounded(f.Photos[len(list):], mostNamed)
			shown.Photos, shown.More = p.Album.photos(shown.ID, list...), more
			for _, path := range named {
				shown.Named = append(shown.Named, &shot{Name: path, Link: p.Album.o.of(path)})
			}
		}
		p.Findings = append(p.Findings, shown)
	}
	for i, x := range p.Result.Slices {
		p.Slices = append(p.Slices, p.slice(fmt.Sprint("slice-", i+1), x))
	}
	if o := p.Result.Objects; o != nil {
		for _, m := range o.Maps {
			p.Maps = append(p.Maps, &shownMap{p.Album.photos("decides", m.Photo)[0], m})
		}
	}
}

// slice has its photos: wrongly classified ones come first, see [audit.Slice].
func (p *auditPage) slice(id string, x audit.Slice) *shownSlice {
	shown := &shownSlice{Slice: x, ID: id, Wrong: x.Photos - x.Correct, Left: max(x.Photos-len(x.Examples), 0)}
	for i, s := range p.Album.photos(id, x.Examples...) {
		shown.Shots = append(shown.Shots, judgedShot{s, i < shown.Wrong})
	}
	return shown
}

// deployed are photos of the deployment folder.
func (p *auditPage) deployed(back string, o originals, paths []string) []*shot {
	var out []*shot
	for _, path := range paths {
		s := &shot{Name: path, Caption: "Of the deployment folder"}
		if local := filepath.FromSlash(path); filepath.IsLocal(local) && p.Result.Options.Like != "" {
			s.file, s.Link = filepath.Join(p.Result.Options.Like, local), o.of(path)
		}
		out = append(out, p.Album.take(back, s))
	}
	return out
}

// sliceFigure shows the slices of lowest accuracy below that of all photos.
func sliceFigure(r audit.Result) figure.Figure {
	dots := []figure.Dot{{Name: "all photos", Accuracy: r.Accuracy, Interval: r.Interval}}
	worst := slices.Clone(r.Slices)
	slices.SortStableFunc(worst, func(a, b audit.Slice) int { return cmp.Compare(a.Accuracy, b.Accuracy) })
	for _, s := range worst[:min(len(worst), auditWorst)] {
		dots = append(dots, figure.Dot{Name: s.Name, Accuracy: s.Accuracy, Interval: s.Interval})
	}
	return figure.Dots("Slices of lowest accuracy", "Bars: 95 % intervals.", dots...)
}
