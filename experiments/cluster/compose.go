package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/disintegration/imaging"

	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/progress"
	"imagelab/lib/split"
	"imagelab/notebooks/lookalike"
)

const (
	side       = 256 // of a photo, pixels
	everyCopy  = 10  // so many photos, one of which has a copy
	everyClip  = 20  // so many photos, one of which begins a clip
	frames     = 5   // of a clip
	pan        = 16  // pixels from one frame to the next
	testShares = 5   // one photo of so many is on the test side
)

// compose makes the photos in a folder, and writes what they are.
func (o *options) compose(ctx context.Context, l *lab.Lab, folder string) ([]piece, error) {
	quarters, classes, err := o.quarters(ctx, l)
	if err != nil {
		return nil, err
	}
	made := make([][]piece, o.photos)
	err = progress.Each(ctx, o.photos, "composing photos", l.Progress, func(i int) (err error) {
		class := classes[rand.New(rand.NewPCG(uint64(i), 2)).IntN(len(classes))] // so that each class is on both sides
		made[i], err = composed(folder, class, quarters[class], i)
		return err
	})
	if err != nil {
		return nil, err
	}
	var all []piece
	var rows [][]string
	for _, pieces := range made {
		for _, p := range pieces {
			all, rows = append(all, p), append(rows, []string{p.path, p.of, p.change, p.clip})
		}
	}
	return all, l.SaveCSV(plantedFile, []string{"path", "of", "change", "clip"}, rows)
}

// quarters are small photos of each class with at least 20, without copies.
func (o *options) quarters(ctx context.Context, l *lab.Lab) (map[string][]image.Image, []string, error) {
	const fewest = 20
	var s *dataset.Set
	var err error
	if _, statErr := os.Stat(o.from); statErr == nil {
		s, err = dataset.Open(ctx, o.from, l.Progress)
	} else {
		s, err = l.Dataset(ctx, o.from, split.Default())
	}
	if err != nil {
		return nil, nil, err
	}
	kept := s.Kept()
	small := make([]image.Image, len(kept))
	err = progress.Each(ctx, len(kept), "reading photos to compose", l.Progress, func(i int) error {
		img, _, err := s.DecodeScaled(kept[i], side)
		if err == nil {
			small[i] = imaging.Fill(img, side*3/4, side*3/4, imaging.Center, imaging.Linear)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	quarters := map[string][]image.Image{}
	for i, im := range kept {
		quarters[im.Class] = append(quarters[im.Class], small[i])
	}
	var classes []string
	for _, class := range s.Classes() {
		if len(quarters[class]) >= fewest {
			classes = append(classes, class)
		}
	}
	return quarters, classes, nil
}

// composed makes photo i of a class, and what is planted with it: a copy on the other side, or the
// other frames of its clip.
func composed(folder, class string, quarters []image.Image, i int) ([]piece, error) {
	random := rand.New(rand.NewPCG(uint64(i), 1))
	at, other := dataset.Train, dataset.Test
	if i%testShares == 0 {
		at, other = other, at
	}
	wide := mosaic(quarters, random)
	name := func(side, format string, args ...any) string {
		return side + "/" + class + "/" + fmt.Sprintf(format, args...)
	}
	if i%everyClip == 7 {
		clip := fmt.Sprintf("clip%06d", i)
		var out []piece
		for k := range frames {
			p := piece{path: name(at, "%s_%02d.jpg", clip, k), clip: clip}
			if err := save(folder, p.path, imaging.Crop(wide, image.Rect(k*pan, 0, k*pan+side, side))); err != nil {
				return nil, err
			}
			out = append(out, p)
		}
		return out, nil
	}
	first := piece{path: name(at, "%x.jpg", random.Uint64())}
	img := imaging.Crop(wide, image.Rect(0, 0, side, side))
	if err := save(folder, first.path, img); err != nil || i%everyCopy != 3 {
		return []piece{first}, err
	}
	changes := lookalike.Changes()
	change := changes[i/everyCopy%len(changes)]
	data, err := change.File(img)
	if err != nil {
		return nil, err
	}
	copied := piece{path: name(other, "%x%s", random.Uint64(), change.Ext), of: first.path, change: change.Name}
	return []piece{first, copied}, write(folder, copied.path, data)
}

// mosaic is four photos in a square that is wide enough for a clip.
func mosaic(quarters []image.Image, random *rand.Rand) *image.NRGBA {
	wide := image.NewNRGBA(image.Rect(0, 0, side*3/2, side*3/2))
	for k, i := range random.Perm(len(quarters))[:4] {
		corner := image.Pt(k%2, k/2).Mul(side * 3 / 4).Sub(image.Pt(side/4, side/4))
		place := image.Rectangle{Min: corner, Max: corner.Add(image.Pt(side*3/4, side*3/4))}
		draw.Draw(wide, place, quarters[i], image.Point{}, draw.Src)
	}
	return wide
}

func save(folder, path string, img image.Image) error {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 90}); err != nil {
		return err
	}
	return write(folder, path, b.Bytes())
}

func write(folder, path string, data []byte) error {
	file := filepath.Join(folder, filepath.FromSlash(path))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
