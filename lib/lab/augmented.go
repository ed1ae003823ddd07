package lab

import (
	"context"
	"encoding/json"
	"image"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/recipe"
	"imagelab/lib/report"
)

// How many photos the page shows as the network sees them, and how many views of each.
const (
	viewedPhotos = 4
	viewsOfPhoto = 5
)

// augmented are views of some training photos: the plain one, and augmented ones such as those that
// the network of a run saw. There are none for a run that saw plain photos alone, or whose photos
// cannot be read.
func augmented(ctx context.Context, run Run) []report.Viewed {
	var c recipe.Config
	train := run.Set.InSplit(dataset.Train)
	if json.Unmarshal(run.Record.Config, &c) != nil || c.Augment == (feed.Augment{}) || run.Model == nil ||
		len(train) == 0 || c.Cut != backbone.CutAll && c.CachedViews == 0 {
		return nil
	}
	var some []dataset.Image
	for i := range min(viewedPhotos, len(train)) {
		some = append(some, train[i*len(train)/min(viewedPhotos, len(train))])
	}
	side, size := run.Model.Spec.ResizeSide(run.Model.Size), run.Model.Size
	px, err := feed.PackTemporary(ctx, run.Set, dataset.WithWindow(some, run.Model.Window), side, nil)
	if err != nil {
		return nil // the page does without
	}
	defer px.Close()
	var out []report.Viewed
	for i, im := range some {
		viewed := report.Viewed{Path: im.Path}
		for view := range viewsOfPhoto {
			pixels := make([]byte, size*size*3)
			if view == 0 {
				px.Plain(pixels, i, size)
			} else {
				px.View(pixels, i, size, c.Augment, c.Seed, view)
			}
			viewed.Views = append(viewed.Views, opaque(pixels, size))
		}
		out = append(out, viewed)
	}
	return out
}

// opaque is an image of RGB pixels `[size, size, 3]`.
func opaque(pixels []byte, size int) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, size, size))
	for p := range size * size {
		copy(img.Pix[4*p:], pixels[3*p:3*p+3])
		img.Pix[4*p+3] = 255
	}
	return img
}
