// Package badtest makes test sets that are bad on purpose, for the notebook that teaches to find
// out.
package badtest

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/disintegration/imaging"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
)

// Flaw is what is wrong with a test set.
type Flaw string

// Flaws.
const (
	None   Flaw = "none"
	Copies Flaw = "copies" // a third of the test photos are mirrored copies of training photos
	Labels Flaw = "labels" // every fifth test photo lies in the folder of another class
	Few    Flaw = "few"    // the first class has two test photos
	Dark   Flaw = "dark"   // a third of the test photos are blurred and dark
)

// Make writes photos of s into dir, below train/ and test/ with a folder per class: perClass
// training photos of each class, and half as many test photos. The same input gives the same
// folder. A folder that is there is left as it is.
func Make(ctx context.Context, s *dataset.Set, dir string, perClass int, flaw Flaw, p progress.Func) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	building := dir + ".building"
	if err := os.RemoveAll(building); err != nil {
		return err
	}
	photos := map[string][]dataset.Image{}
	for _, im := range s.Kept() {
		photos[im.Class] = append(photos[im.Class], im)
	}
	m := maker{s, building, perClass, flaw}
	classes := s.Classes()
	for k, class := range classes {
		p.Report("writing photos", int64(k), int64(len(classes)))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := m.class(photos[class], class, classes[(k+1)%len(classes)], k == 0); err != nil {
			return err
		}
	}
	return os.Rename(building, dir)
}

type maker struct {
	set      *dataset.Set
	dir      string
	perClass int
	flaw     Flaw
}

// class writes the photos of a class; other is the class that wrong labels name.
func (m maker) class(images []dataset.Image, class, other string, first bool) error {
	n := m.perClass
	if len(images) < n+n/2 {
		return fmt.Errorf("badtest: class %s has %d photos, and %d are needed", class, len(images), n+n/2)
	}
	for i, im := range images[:n+n/2] {
		side, to, alter := "train", class, func(img image.Image) image.Image { return img }
		if i >= n {
			side = "test"
			t := i - n
			switch {
			case m.flaw == Few && first && t >= 2:
				continue
			case m.flaw == Labels && t%5 == 4:
				to = other
			case m.flaw == Copies && t%3 == 2:
				im = images[t]
				alter = func(img image.Image) image.Image { return imaging.FlipH(img) }
			case m.flaw == Dark && t%3 == 2:
				alter = Darken
			}
		}
		if err := m.write(im, filepath.Join(m.dir, side, to, fmt.Sprintf("%s-%03d.jpg", class, i)), alter); err != nil {
			return err
		}
	}
	return nil
}

func (m maker) write(im dataset.Image, path string, alter func(image.Image) image.Image) error {
	img, err := m.set.DecodeWhole(im)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	err = jpeg.Encode(f, alter(imaging.Fit(img, 400, 400, imaging.CatmullRom)), &jpeg.Options{Quality: 85})
	return errors.Join(err, f.Close())
}

// Darken is a picture as a telephone takes it in the evening from a moving hand: blurred, dark,
// with hardly any contrast.
func Darken(img image.Image) image.Image {
	return imaging.AdjustContrast(imaging.AdjustBrightness(imaging.Blur(img, 7), -45), -80)
}

// Evening writes n photos of s, darkened, into a flat folder: how the photos come where the model
// will be used.
func Evening(ctx context.Context, s *dataset.Set, dir string, n int) error {
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	m := maker{set: s, dir: dir + ".building"}
	images := s.Kept()
	for i := range n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		im := images[len(images)-1-i*len(images)/n]
		if err := m.write(im, filepath.Join(m.dir, fmt.Sprintf("%03d.jpg", i)), Darken); err != nil {
			return err
		}
	}
	return os.Rename(m.dir, dir)
}
