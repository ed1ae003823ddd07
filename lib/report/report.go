// Package report writes results as HTML pages. A page is one file that opens without a network:
// figures are inline SVG, and thumbnails are part of the page. Numbers lead to their photos without
// scripts; the page of a fit has one, which sorts and filters the table of predictions, and its
// policy allows no other. Links to the original photos are relative to the page.
//
// [Write] writes the page of one fit, [WriteSweep] the page of an experiment with many fits,
// [WriteDuplicates] the page of the copies in a data set, [WriteSuspects] that of its suspects, and
// [WritePredicted] that of photos that a model named.
package report

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"html/template"
	"image"
	"io"
	"slices"
	"strings"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

//go:embed audit.gohtml gallery.gohtml groups.gohtml page.gohtml predicted.gohtml duplicates.gohtml runs.gohtml suspects.gohtml sweep.gohtml versus.gohtml style.css
var files embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"percent": percent, "interval": interval, "duration": text.Seconds, "bytes": text.Bytes, "plural": text.Count,
	"short": text.Digest, "sentence": sentence, "show": text.Name, "label": label,
	"inset": inset,
}).ParseFS(files, "*.gohtml"))

// Input is what a report is made from. Only Set and Record are required.
type Input struct {
	Set    *dataset.Set
	Record runlog.Record
	// for the validation photos; nil: not known, and the page has no photos behind its numbers
	Validated *runlog.Predictions
	Tested    *runlog.Predictions // for the test photos; nil: not known
	// result on the test photos; nil: Record.Test (if that is nil too, the test photos were not read)
	Test       *metric.Result
	Duplicates dedup.Result                           // result of dedup; zero: dedup was not run
	Viewed     []Viewed                               // training photos as the network sees them
	Decides    map[string]Decides                     // evidence in the photos of mistakes, by their File
	Title      string                                 // title; empty: made from the record
	Note       string                                 // remark at the top of the page
	License    string                                 // licence of the photos
	Thumb      func(path string) (image.Image, error) // reads a photo; nil: [dataset.Set.DecodeScaled]
	Progress   progress.Func
}

// Viewed is a photo as the network sees it: the plain view first, then augmented ones.
type Viewed struct {
	Path  string // in the set
	Views []image.Image
}

// Decides are the activation maps of a photo that a model got wrong.
type Decides struct{ Predicted, Label classifier.ActivationMap }

// strip is a [Viewed] as pictures.
type strip struct {
	Name  string
	Views []template.URL
}

// strips leaves out views that cannot be encoded.
func strips(viewed []Viewed) []strip {
	var out []strip
	for _, v := range viewed {
		s := strip{Name: v.Path}
		for _, img := range v.Views {
			if uri := dataURI(img, thumbnailSide); uri != "" {
				s.Views = append(s.Views, uri)
			}
		}
		out = append(out, s)
	}
	return out
}

// page is the data of the template.
type page struct {
	Style       template.CSS
	Title       string
	Note        string
	License     string
	Record      runlog.Record
	Warnings    []string
	Headline    headline
	Measures    []measure
	HasTest     bool
	Figures     resultFigures
	Mistakes    []mistake
	HasMaps     bool     // whether mistakes have activation maps
	Gallery     *gallery // nil: predictions of single photos are not known
	Sayings     []saying
	Predictions *predictionTable
	Thresholds  *thresholds
	Policy      string
	Viewed      []strip
	Data        data
	Curves      []template.HTML
	Kept        string // which weights were kept
	Timings     []timing
	Total       float64 // seconds
	Config      string
	Facts       []fact
	Parts       []metric.Part    // accuracy with and without flagged photos; none where no photo has a tag
	Readings    []runlog.Reading // on the test photos, where labels were changed in between
	SameWeights bool             // the weights are the same in all readings
	Completed   bool             // whether there is a result
}

// Write writes the page of a fit to path. It replaces the file at once or not at all. A photo that
// cannot be read any more is shown without a thumbnail. Write ends early with ctx.
func Write(ctx context.Context, path string, in Input) error {
	if in.Set == nil {
		return fmt.Errorf("report: write %s: there is no set to report on", path)
	}
	if in.Test == nil {
		in.Test = in.Record.Test
	}
	p, err := newPage(ctx, newOriginals(path, in.Set.Root), in)
	if err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "page.gohtml", p)
}

// execute writes a page. Names are quoted where they occur; other invisible characters, such as
// marks that change the direction of text in a message, are written as escapes.
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

func newPage(ctx context.Context, o originals, in Input) (*page, error) {
	r := in.Record
	css, err := style()
	if err != nil {
		return nil, err
	}
	p := &page{Style: css, Title: in.Title, Note: in.Note, License: in.License, Record: r, HasTest: in.Test != nil,
		Warnings: warnings(in), Facts: facts(r), Config: indent(r.Config)}
	if p.Title == "" {
		p.Title = fmt.Sprintf("%s with %s", cmp.Or(r.Dataset, "Photos"), cmp.Or(r.Backbone, "a model"))
	}
	p.Timings, p.Total = timings(r)
	if p.Data, err = newData(in, o); err != nil {
		return nil, err
	}
	p.Kept = r.KeptText()
	p.Readings, p.SameWeights = readings(r)
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
		p.Gallery = newGallery(in.Set, o, in.said(), best)
		p.Sayings = inWords(best, p.Gallery != nil)
		if p.Gallery != nil {
			if p.Thresholds, err = newThresholds(in); err != nil {
				return nil, err
			}
		}
		p.Mistakes = mistakes(in, o, best, p.Gallery)
		p.Parts, _ = bounded(best.Parts, mostLines)
		if p.Figures, err = newResultFigures(best); err != nil {
			return nil, err
		}
	}
	if err := p.addThumbnails(ctx, in); err != nil {
		return nil, err
	}
	p.HasMaps = slices.ContainsFunc(p.Mistakes,
		func(m mistake) bool { return m.Shot != nil && m.Shot.Pictured && len(m.Decides) > 0 })
	p.Policy, p.Viewed = policy(), strips(in.Viewed)
	if p.Gallery != nil {
		p.Policy = policy(tableScript)
		p.Predictions, err = newPredictionTable(p.Gallery, o, best.Classes)
	}
	return p, err
}

// said are the predictions for the side that the page is about.
func (in Input) said() *runlog.Predictions {
	if in.Test != nil {
		return in.Tested
	}
	return in.Validated
}

const noDedup = "Copies were not looked for in this set in its present state. " +
	"There are no copies on two sides, but one side may have several copies of a photo."

// warnings are reasons not to trust the numbers.
func warnings(in Input) []string {
	var out []string
	r := in.Record
	if r.AllowLeak {
		out = append(out, "Leaky data: the same photos or groups are on both sides of the split (allowed to measure that). "+
			"The results are too good: they only show how much a leak inflates accuracy.")
	}
	if s := r.Seen; s != nil && s.Scored {
		out = append(out, fmt.Sprintf("Not a test: the model was trained on %s of the test side, or on copies of them. "+
			"The test result is too good.", text.Count(s.Training+s.Validation, "photo")))
	} else if s != nil {
		out = append(out, fmt.Sprintf("%s of the test side left out, because the model was trained on them or on "+
			"copies of them.",
			text.Count(s.Training+s.Validation, "photo")))
	}
	if r.NoDedup && !r.AllowLeak {
		out = append(out, noDedup)
	}
	if r.Error != "" {
		out = append(out, "The fit failed: "+r.Error)
	}
	if r.Interrupted {
		out = append(out, "Interrupted: the fit was stopped before its end. The model is the best one so far; the "+
			"same command continues the fit.")
	}
	if r.Split != "" && r.Split != in.Set.SplitDigest() {
		out = append(out, "The data set or its split has changed since this fit: the counts and samples below are "+
			"those of the present set.")
	}
	return out
}

// addThumbnails reads each photo that the page shows once.
func (p *page) addThumbnails(ctx context.Context, in Input) error {
	load := in.Thumb
	if load == nil {
		load = photosOf(in.Set, largeSide)
	}
	t := newThumbnails(load, thumbnailSide, in.Progress)
	if p.Gallery != nil {
		for _, s := range p.Gallery.Shown {
			t.wantSide(s.file, s.side)
		}
	}
	for _, m := range p.Mistakes {
		t.wantSide(m.file, largeSide)
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
	if p.Gallery != nil {
		p.Gallery.addPictures(t)
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
