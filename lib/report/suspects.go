package report

import (
	"context"
	"fmt"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
	"imagelab/lib/suspect"
)

// mostSuspects is how many suspects a page shows with photos.
const mostSuspects = 150

// suspectSide is the side of a photo on the page of suspects, pixels.
const suspectSide = 150

type suspectsPage struct {
	frame
	Side     string // "": all sides
	Result   suspect.Result
	Suspects []*shownSuspect
	Pairs    []*shownPair
	More     int // suspects that are not shown
}

type shownSuspect struct {
	suspect.Suspect
	Number  int
	Photo   *shot
	Label   []*shot // nearest ones with its label
	Guessed []*shot // nearest ones of the class that it is compared with
}

type shownPair struct {
	suspect.Pair
	ID            string
	First, Second []*shot
}

// WriteSuspects writes a page to path that shows each suspect of r beside the nearest photos of
// both classes, and the pairs of classes that are hard to tell apart. side is the one that r was
// limited to, or "". At most 150 suspects are shown. It ends early with ctx.
func WriteSuspects(ctx context.Context, path string, s *dataset.Set, r suspect.Result, side string,
	p progress.Func) error {
	f, err := newFrame("Suspects in "+s.Name(), newAlbum(path, s, suspectSide))
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	page := suspectsPage{frame: f, Side: side, Result: r}
	found, more := bounded(r.Suspects, mostSuspects)
	page.More = more
	for i, x := range found {
		back := fmt.Sprint("s", i+1)
		shown := &shownSuspect{Suspect: x, Number: i + 1, Photo: f.Album.photos(back, x.Path)[0]}
		shown.Label = f.Album.photos(back, x.LikeLabel...)
		shown.Guessed = f.Album.photos(back, x.LikeGuess...)
		page.Suspects = append(page.Suspects, shown)
	}
	for i, x := range r.Pairs {
		back := fmt.Sprint("pair-", i+1)
		first, second := f.Album.photos(back, x.Between[0]...), f.Album.photos(back, x.Between[1]...)
		page.Pairs = append(page.Pairs, &shownPair{x, back, first, second})
	}
	if err := f.Album.make(ctx, largeSide, p); err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "suspects.gohtml", page)
}
