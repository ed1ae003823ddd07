package scene

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"

	"github.com/disintegration/imaging"

	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Pad makes everything in a photo smaller: the photo's centre square takes share, in (0,1], of the
// side of the result, size x size pixels, in the middle of a strongly blurred copy of itself, whose
// colours fit and which shows no second object.
func Pad(img image.Image, size int, share float64) *image.NRGBA {
	side := max(1, int(share*float64(size)+0.5))
	small := square(img, side)
	if side == size {
		return small
	}
	out := photo.Resize(square(img, 3), size, size)
	at := (size - side) / 2
	return imaging.Paste(out, small, image.Pt(at, at))
}

// square is the centre square as feed takes it, side pixels wide.
func square(img image.Image, side int) *image.NRGBA {
	rgb := make([]byte, 3*side*side)
	feed.Square(rgb, img, side)
	out := image.NewNRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		copy(out.Pix[4*i:4*i+3], rgb[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}

// WritePadded writes the photos of a split set through [Pad] into dir/train, dir/val and dir/test,
// a folder per class in each, as PNG, which adds no damage of its own to small objects. Duplicates
// and conflicts are left out. It runs on all cores; what is there already stays, so that a stopped
// call is continued.
func WritePadded(ctx context.Context, set *dataset.Set, dir string, size int, share float64, p progress.Func) error {
	if size < 1 || !(share > 0 && share <= 1) {
		return errors.New("scene: pad: size must be positive and share lie in (0,1]")
	}
	images := set.Kept()
	return progress.Each(ctx, len(images), fmt.Sprintf("padding photos to %.0f %%", 100*share), p, func(i int) error {
		im := images[i]
		if im.Split == "" || im.Class == "" || filepath.Base(im.Class) != im.Class || im.Class == ".." {
			return fmt.Errorf("scene: pad: %s has no side, or no class that can name a folder (%q): split the set "+
				"first", im.Path, im.Class)
		}
		path := filepath.Join(dir, im.Split, im.Class, im.SHA256[:16]+".png")
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		photo, _, err := set.DecodeScaled(im, size)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("scene: %w; choose a folder that can be written to", err)
		}
		return dataset.WriteFile(path, func(w io.Writer) error { return png.Encode(w, Pad(photo, size, share)) })
	})
}
