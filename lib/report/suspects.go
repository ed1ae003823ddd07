package report

import (
	"context"
	"fmt"
	"html/template"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
	"imagelab/lib/suspect"
)

// mostSuspects is how many suspects a page shows with photos.
const mostSuspects = 150

// suspectSide is the side of a photo on the page of suspects, pixels.
const suspectSide = 150

type suspectsPage struct {
	Style    template.CSS
	Title    string
	Side     string // "": all sides
	Result   suspect.Result
	Suspects []*shownSuspect
	Pairs    []*shownPair
	More     int // suspects that are not shown
}

type shownSuspect struct {
	suspect.Suspect
	Number  int
	Photo   picture
	Label   []picture // nearest ones with its label
	Guessed []picture // nearest ones of the class that it is compared with
}

type shownPair struct {
	suspect.Pair
	First, Second []picture
}

// WriteSuspects writes a page to path that shows each suspect of r beside the nearest photos of
// both classes, and the pairs of classes that are hard to tell apart. side is the one that r was
// limited to, or "". At most 150 suspects are shown. It ends early with ctx.
func WriteSuspects(ctx context.Context, path string, s *dataset.Set, r suspect.Result, side string,
	p progress.Func) error {
	css, err := style()
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page := suspectsPage{Style: css, Title: "Suspects in " + s.Name(), Side: side, Result: r}
	fileOf := filesByPath(s)
	t := newThumbnails(photosOf(s, suspectSide), suspectSide, p)
	pictures := func(paths ...string) []picture {
		var out []picture
		for _, path := range paths {
			out = append(out, picture{Name: path, file: fileOf[path]})
			t.want(fileOf[path])
		}
		return out
	}
	found, more := bounded(r.Suspects, mostSuspects)
	page.More = more
	for i, x := range found {
		page.Suspects = append(page.Suspects, &shownSuspect{Suspect: x, Number: i + 1, Photo: pictures(x.Path)[0],
			Label: pictures(x.LikeLabel...), Guessed: pictures(x.LikeGuess...)})
	}
	for _, x := range r.Pairs {
		page.Pairs = append(page.Pairs, &shownPair{x, pictures(x.Between[0]...), pictures(x.Between[1]...)})
	}
	if err := t.make(ctx); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	page.addImages(t)
	return execute(path, "suspects.gohtml", page)
}

func (p *suspectsPage) addImages(t *thumbnails) {
	add := func(pictures []picture) {
		for i := range pictures {
			pictures[i].Image = t.made[pictures[i].file]
		}
	}
	for _, s := range p.Suspects {
		s.Photo.Image = t.made[s.Photo.file]
		add(s.Label)
		add(s.Guessed)
	}
	for _, pair := range p.Pairs {
		add(pair.First)
		add(pair.Second)
	}
}
