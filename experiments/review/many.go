package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/progress"
	"imagelab/lib/review"
)

// drawn is how many different photos a large set has; the others are their bytes with a number
// behind them.
const drawn = 64

// many makes a set of n drawn photos of eight classes in a folder.
func many(ctx context.Context, dir string, n int, p progress.Func) (*dataset.Set, error) {
	if s, err := dataset.Load(filepath.Join(dir, "set")); err == nil && len(s.Images) == n {
		return s, nil
	}
	source := filepath.Join(dir, "photos")
	var photos [drawn][]byte
	for i := range photos {
		photos[i] = draw(i)
		if err := put(source, i, photos[i]); err != nil {
			return nil, err
		}
	}
	s, err := dataset.Ingest(ctx, source, filepath.Join(dir, "set"), dataset.DefaultIngest(), p)
	if err != nil {
		return nil, err
	}
	few := s.Images
	for i := len(few); i < n; i++ {
		data := append(bytes.Clone(photos[i%drawn]), fmt.Sprintf("\n%d", i)...)
		if err := put(source, i, data); err != nil {
			return nil, err
		}
		im, sum := few[i%len(few)], sha256.Sum256(data)
		im.Path, im.Class, im.SHA256 = pathOf(i), classOf(i), hex.EncodeToString(sum[:])
		s.Images = append(s.Images, im)
		p.Report("writing photos", int64(i+1), int64(n))
	}
	return s, s.Save()
}

func classOf(i int) string { return fmt.Sprintf("class %d", i%8) }

func pathOf(i int) string { return fmt.Sprintf("%s/%06d.jpg", classOf(i), i) }

func put(source string, i int, data []byte) error {
	path := filepath.Join(source, pathOf(i))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}

// draw is a photo of its own colours and pattern.
func draw(i int) []byte {
	img := image.NewNRGBA(image.Rect(0, 0, 160, 120))
	for y := range 120 {
		for x := range 160 {
			img.SetNRGBA(x, y, color.NRGBA{uint8(x*(i%7+1) + 31*i), uint8(y*(i%5+1) + 57*i), uint8((x*y)/(i+9) + 91*i), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// decide puts n decisions into the log of a set, as of a long day.
func decide(ctx context.Context, s *dataset.Set, n int) error {
	var all []review.Decision
	for i := range n {
		at := len(s.Images) - 1 - i%(len(s.Images)/2) // behind those that the driver labels
		all = append(all, review.Decision{Who: "ann", SHA256: s.Images[at].SHA256, Kind: review.KindLabel,
			Before: s.Images[at].Class, After: classOf(i)})
	}
	_, err := s.Decisions().Append(ctx, all...)
	return err
}
