// Package report writes what a fit found as one HTML page that opens anywhere without a network: figures are inline SVG,
// thumbnails are part of the page, and nothing in it runs.
//
// [Write] makes the page of a fit, [WriteSweep] that of an experiment of many fits, [WriteDuplicates] the page of a set's
// copies.
package report

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"image"
	"io"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

//go:embed page.gohtml duplicates.gohtml sweep.gohtml style.css
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"percent": percent, "interval": interval, "duration": duration, "bytes": bytesText, "plural": plural, "short": short, "sentence": sentence, "show": text.Name, "label": label,
}).ParseFS(files, "*.gohtml"))

// Input is what a report is made of. Only Set and Record are needed.
type Input struct {
	Set        *dataset.Set
	Record     runlog.Record
	Test       *metric.Result                         // nil: Record.Test, which may be nil too: the test split was not read
	Duplicates dedup.Result                           // zero: dedup was not run
	Title      string                                 // empty: made from the record
	Note       string                                 // a remark at the top
	License    string                                 // of the photos
	Thumb      func(path string) (image.Image, error) // reads the photo file at path; nil: as [dataset.Set.DecodeScaled] does
	Progress   progress.Func
}

// page is what the template shows.
type page struct {
	Style     template.CSS
	Title     string
	Note      string
	License   string
	Record    runlog.Record
	Warnings  []string
	Headline  headline
	Measures  []measure
	HasTest   bool
	Figures   resultFigures
	Mistakes  []mistake
	Data      data
	Curves    []template.HTML
	Kept      string // which weights the model holds
	Timings   []timing
	Total     float64 // seconds
	Config    string
	Facts     []fact
	Completed bool // there is a result
}

// Write makes the page of a fit at path, replacing the file at once or not at all. A photo that cannot be read any more
// costs its thumbnail, not the page. It ends early with ctx.
func Write(ctx context.Context, path string, in Input) error {
	if in.Set == nil {
		return fmt.Errorf("report: write %s: there is no set to report on", path)
	}
	if in.Test == nil {
		in.Test = in.Record.Test
	}
	p, err := newPage(ctx, in)
	if err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "page.gohtml", p)
}

// execute writes a page. Names are quoted where they stand; what is left that would not show, such as a mark that turns the
// direction of text in a message, is written as an escape.
func execute(path, name string, data any) error {
	var page strings.Builder
	err := pages.ExecuteTemplate(&page, name, data)
	if err == nil {
		err = dataset.WriteFile(path, func(w io.Writer) error {
			_, err := io.WriteString(w, text.Clean(page.String()))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// label is the name of a class.
func label(class string) string {
	if class == "" {
		return "(no label)"
	}
	return text.Name(class)
}

func style() (template.CSS, error) {
	css, err := files.ReadFile("style.css")
	return template.CSS(css), err
}

func newPage(ctx context.Context, in Input) (*page, error) {
	r := in.Record
	css, err := style()
	if err != nil {
		return nil, err
	}
	p := &page{Style: css, Title: in.Title, Note: in.Note, License: in.License, Record: r, HasTest: in.Test != nil,
		Warnings: warnings(in), Facts: facts(r), Config: indent(r.Config)}
	if p.Title == "" {
		p.Title = fmt.Sprintf("%s with %s", or(r.Dataset, "Photos"), or(r.Backbone, "a model"))
	}
	p.Timings, p.Total = timings(r)
	if p.Data, err = newData(in); err != nil {
		return nil, err
	}
	p.Kept = r.KeptText()
	if p.Curves, err = curves(r); err != nil {
		return nil, err
	}
	best := r.Val
	if in.Test != nil {
		best = *in.Test
	}
	if best.N > 0 {
		p.Completed = true
		p.Headline, p.Measures = newHeadline(best, in.Test != nil), measures(r.Val, in.Test)
		p.Mistakes = mistakes(in.Set, best)
		if p.Figures, err = newResultFigures(best); err != nil {
			return nil, err
		}
	}
	return p, p.addThumbnails(ctx, in)
}

const noDedup = "imagelab dedup did not run on this set as it is now. No copies were found on two sides; one side may hold a photo many times."

// warnings are what makes the numbers worth less than they look.
func warnings(in Input) []string {
	var out []string
	r := in.Record
	if r.AllowLeak {
		out = append(out, "Leaky data: the same photos or groups stand on both sides of the split (--allow-leak). The results below are too good; they show the inflation and nothing else.")
	}
	if s := r.Seen; s != nil && s.Scored {
		out = append(out, fmt.Sprintf("No test: %s of the test side are ones that the model learned from, as they are or as copies. The test result is too good.", plural(s.Training+s.Validation, "photo")))
	} else if s != nil {
		out = append(out, fmt.Sprintf("%s of the test side were left out, because the model had learned from them, as they are or as copies.", plural(s.Training+s.Validation, "photo")))
	}
	if r.NoDedup && !r.AllowLeak {
		out = append(out, noDedup)
	}
	if r.Error != "" {
		out = append(out, "The fit failed: "+r.Error)
	}
	if r.Interrupted {
		out = append(out, "Interrupted: the fit was stopped before its end. The model is the best up to then; the same command continues it.")
	}
	if r.Split != "" && r.Split != in.Set.SplitDigest() {
		out = append(out, "The data set or its split has changed since this fit: the counts and samples below are of today's set.")
	}
	return out
}

// addThumbnails reads every photo the page shows once.
func (p *page) addThumbnails(ctx context.Context, in Input) error {
	load := in.Thumb
	if load == nil {
		load = photosOf(in.Set, thumbnailSide)
	}
	t := newThumbnails(load, thumbnailSide, in.Progress)
	for _, m := range p.Mistakes {
		t.want(m.file)
	}
	for _, c := range p.Data.Samples {
		for _, s := range c.Photos {
			t.want(s.file)
		}
	}
	for _, g := range p.Data.Duplicates {
		for _, m := range g.Members {
			t.want(m.file)
		}
	}
	if err := t.make(ctx); err != nil {
		return err
	}
	for i := range p.Mistakes {
		p.Mistakes[i].Image = t.made[p.Mistakes[i].file]
	}
	for _, c := range p.Data.Samples {
		for i := range c.Photos {
			c.Photos[i].Image = t.made[c.Photos[i].file]
		}
	}
	for _, g := range p.Data.Duplicates {
		g.addImages(t)
	}
	return nil
}
