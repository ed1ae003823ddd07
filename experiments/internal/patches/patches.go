// Package patches draws photos for experiments that ask nothing about accuracy: [Draw] writes them.
package patches

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"

	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Classes are the folders of the photos; what they teach says nothing about real ones.
var Classes = []string{"synthetic-red", "synthetic-green", "synthetic-blue", "synthetic-grey"}

// Draw writes n generated JPEG files of size x size pixels into dir, in four classes: random
// patches of colour, of which the class is the commoner one. No two are alike. What is there
// already stays.
func Draw(ctx context.Context, dir string, n, size int, p progress.Func) error {
	for _, class := range Classes {
		if err := os.MkdirAll(filepath.Join(dir, class), 0o755); err != nil {
			return fmt.Errorf("patches: %w; choose a folder that can be written to", err)
		}
	}
	return progress.Each(ctx, n, "drawing photos", p, func(i int) error {
		path := filepath.Join(dir, Classes[i%len(Classes)], fmt.Sprintf("%06d.jpg", i))
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		return write(path, i, size)
	})
}

func write(path string, i, size int) error {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	patches := image.NewNRGBA(image.Rect(0, 0, 8, 8))
	for at := range patches.Pix {
		patches.Pix[at] = uint8(r.UintN(200))
		if channel := at % 4; channel == i%len(Classes) {
			patches.Pix[at] += 55
		}
		if at%4 == 3 {
			patches.Pix[at] = 255
		}
	}
	var file bytes.Buffer
	if err := jpeg.Encode(&file, photo.Resize(patches, size, size), nil); err != nil {
		return fmt.Errorf("patches: %w", err)
	}
	if err := os.WriteFile(path, file.Bytes(), 0o644); err != nil {
		return fmt.Errorf("patches: %w", err)
	}
	return nil
}
