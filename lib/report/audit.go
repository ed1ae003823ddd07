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
	Style    template.CSS
	Title    string
	Result   audit.Result
	Findings []*shownFinding
	Slices   []*shownSlice
	Figure   template.HTML
	Maps     []*shownMap
}

type shownFinding struct {
	audit.Finding
	Rows   []shownRow
	Photos []picture
	More   int // photos that are not shown
}

type shownRow struct {
	Text   string
	Photos []picture
}

type shownSlice struct {
	audit.Slice
	Photos []picture
}

type shownMap struct {
	picture
	audit.Map
}

// WriteAudit writes a page to path that shows the findings of an audit with their photos, the
// accuracy on slices, and where the evidence lies. It ends early with ctx.
func WriteAudit(ctx context.Context, path string, s *dataset.Set, r audit.Result, p progress.Func) error {
	css, err := style()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page := auditPage{Style: css, Title: "Audit of " + s.Name(), Result: r}
	t := newThumbnails(photosOf(s, auditSide), auditSide, p)
	page.take(s, t)
	if len(r.Slices) > 0 {
		if page.Figure, err = svg(sliceFigure(r)); err != nil {
			return fmt.Errorf("report: %w", err)
		}
	}
	if err := t.make(ctx); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	page.addImages(t)
	return execute(path, "audit.gohtml", page)
}

// take wants the pictures of all parts of the page.
func (p *auditPage) take(s *dataset.Set, t *thumbnails) {
	fileOf := filesByPath(s)
	pictures := func(paths []string, in func(string) string) []picture {
		var out []picture
		for _, path := range paths {
			out = append(out, picture{Name: path, file: in(path)})
			t.want(in(path))
		}
		return out
	}
	ours := func(path string) string { return fileOf[path] }
	theirs := func(path string) string {
		if !filepath.IsLocal(filepath.FromSlash(path)) || p.Result.Options.Like == "" {
			return ""
		}
		return filepath.Join(p.Result.Options.Like, filepath.FromSlash(path))
	}
	for _, f := range p.Result.Findings {
		shown := &shownFinding{Finding: f}
		for _, row := range f.Together {
			shown.Rows = append(shown.Rows, shownRow{row.Text, append(pictures(row.Like, theirs),
				pictures(row.Photos, ours)...)})
		}
		if len(f.Together) == 0 && f.Kind != audit.KindObjectSize {
			list, more := bounded(f.Photos, auditPhotos)
			shown.Photos, shown.More = pictures(list, ours), more
		}
		p.Findings = append(p.Findings, shown)
	}
	for _, x := range p.Result.Slices {
		list, _ := bounded(x.Examples, auditSamples)
		if !x.Worse {
			list = nil
		}
		p.Slices = append(p.Slices, &shownSlice{x, pictures(list, ours)})
	}
	if o := p.Result.Objects; o != nil {
		for _, m := range o.Maps {
			p.Maps = append(p.Maps, &shownMap{pictures([]string{m.Photo}, ours)[0], m})
		}
	}
}

func (p *auditPage) addImages(t *thumbnails) {
	add := func(pictures []picture) {
		for i := range pictures {
			pictures[i].Image = t.made[pictures[i].file]
		}
	}
	for _, f := range p.Findings {
		add(f.Photos)
		for _, row := range f.Rows {
			add(row.Photos)
		}
	}
	for _, s := range p.Slices {
		add(s.Photos)
	}
	for _, m := range p.Maps {
		m.Image = t.made[m.file]
	}
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
