package report

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
)

// Predicted is a photo that a model named, or a file that it could not read.
type Predicted struct {
	File          string  // path, as the operating system has it; "-": it was standard input
	Class, Second string  // the most probable classes; Second is empty where there is no other
	P, PSecond    float64 // their probabilities
	Problem       string  // why there is no prediction; empty: there is one
}

type predictedPage struct {
	frame
	N       int
	Model   string
	Classes []*predictedClass
	Left    int // classes that are not listed
	Unread  []Predicted
	More    int // unread files that are not listed
}

// predictedClass is the photos that were given to a class, the least sure first.
type predictedClass struct {
	Class, ID string
	N         int
	Shots     []*shot
	Named     []*shot // that have no picture
	More      int     // that are not named either
}

// WritePredicted writes a page to path with the photos that a model named, by class and the least
// sure first. Of many photos 1,500 have a picture, as many of each class, so that the page stays
// below 20 MB; others are linked by name, and the page counts the rest. model is the name of the
// model. It ends early with ctx.
func WritePredicted(ctx context.Context, path, model string, found []Predicted, p progress.Func) error {
	if err := CheckPredicted(path); err != nil {
		return err
	}
	f, err := newFrame("Photos named by "+model, newAlbum(path, &dataset.Set{}, smallSide))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	f.Kind = kindPredicted
	page := predictedPage{frame: f, N: len(found), Model: model}
	page.take(path, found)
	if err := f.Album.make(ctx, largeSide, p); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "predicted.gohtml", page)
}

// take sorts the photos into classes, those of most photos first.
func (p *predictedPage) take(page string, found []Predicted) {
	of, links := map[string]*predictedClass{}, map[string]originals{}
	for _, x := range found {
		if x.Problem != "" {
			p.Unread = append(p.Unread, x)
			continue
		}
		if of[x.Class] == nil {
			of[x.Class] = &predictedClass{Class: x.Class}
			p.Classes = append(p.Classes, of[x.Class])
		}
		of[x.Class].Shots = append(of[x.Class].Shots, newPredicted(page, x, links))
	}
	p.Unread, p.More = bounded(p.Unread, mostRejected)
	slices.SortStableFunc(p.Classes, func(a, b *predictedClass) int { return cmp.Compare(len(b.Shots), len(a.Shots)) })
	p.Classes, p.Left = bounded(p.Classes, mostLines)
	each := max((mostLarge+mostSmall)/max(len(p.Classes), 1), 1)
	for i, c := range p.Classes {
		c.choose(fmt.Sprint("class-", i+1), each, p.Album)
	}
}

// choose says which photos have a picture, and which are named.
func (c *predictedClass) choose(id string, each int, a *album) {
	c.ID, c.N = id, len(c.Shots)
	slices.SortStableFunc(c.Shots, func(a, b *shot) int { return cmp.Compare(a.P, b.P) })
	shown, _ := bounded(c.Shots, each)
	c.Named, c.More = bounded(c.Shots[len(shown):], mostLines)
	c.Shots = shown
	for _, s := range c.Shots {
		a.take(c.ID, s)
	}
}

// newPredicted is the photo, with a link from the page. links are those of folders.
func newPredicted(page string, x Predicted, links map[string]originals) *shot {
	s := &shot{Name: x.File, P: x.P, Caption: fmt.Sprintf("%s %s", label(x.Class), percent(x.P))}
	if x.Second != "" {
		s.Caption += fmt.Sprintf(", %s %s", label(x.Second), percent(x.PSecond))
	}
	if x.File == "-" {
		return s
	}
	dir := filepath.Dir(x.File)
	if _, known := links[dir]; !known {
		links[dir] = newOriginals(page, abs(dir))
	}
	s.file, s.Link = x.File, links[dir].of(filepath.Base(x.File))
	return s
}
