package race

import (
	"context"
	"fmt"

	"imagelab/experiments/speed/peer"
	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// draftSide is what Pillow may shrink a photo to while it decodes it for its hash, pixels.
const draftSide = 64

// photos are the files that are decoded and hashed, evenly spaced over the set.
func (d Race) photos() ([]dataset.Image, []string, error) {
	images := d.Set.Kept()
	n := min(d.Photos, len(images))
	if n == 0 {
		return nil, nil, fmt.Errorf("%s has no photos", d.Set.Dir)
	}
	some := make([]dataset.Image, n)
	for i := range some {
		some[i] = images[i*len(images)/n]
	}
	return some, d.Set.Files(some), nil
}

// decode times the making of packed pixels: files into squares of the side from which the network's
// input is cropped.
func (d Race) decode(ctx context.Context, t *team, p *Part) error {
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		return err
	}
	images, files, err := d.photos()
	if err != nil {
		return err
	}
	amount, pixels := float64(len(files)), spec.ResizeSide(d.Size)
	w := work{name: "decode and resize", unit: ImagesPerSecond,
		sides: []side{timed(Ours, "", amount, func(ctx context.Context) error {
			px, err := feed.PackTemporary(ctx, d.Set, images, pixels, nil)
			if err != nil {
				return err
			}
			return px.Close()
		})}}
	if t.venv != "" {
		pillow, err := t.start(ctx, peer.Pillow)
		if err != nil {
			return err
		}
		w.sides = append(w.sides, asked(pillow, "Pillow with draft", "", amount,
			peer.Task{Work: peer.Decode, Files: files, Side: pixels}))
	}
	p.Works, err = d.rounds(ctx, p, []work{w}, d.Progress)
	return err
}

// hash times difference hashes of files.
func (d Race) hash(ctx context.Context, t *team, p *Part) error {
	_, files, err := d.photos()
	if err != nil {
		return err
	}
	amount := float64(len(files))
	w := work{name: "difference hash", unit: ImagesPerSecond,
		sides: []side{timed(Ours, "", amount, func(ctx context.Context) error {
			return progress.Each(ctx, len(files), "", nil, func(i int) error {
				_, _, err := photo.FingerprintFile(files[i])
				return err
			})
		})}}
	if t.venv != "" {
		pillow, err := t.start(ctx, peer.Pillow)
		if err != nil {
			return err
		}
		w.sides = append(w.sides,
			asked(pillow, "imagehash", "", amount, peer.Task{Work: peer.Hash, Files: files}),
			asked(pillow, "imagehash with draft", "", amount, peer.Task{Work: peer.Hash, Files: files, Side: draftSide}))
	}
	p.Works, err = d.rounds(ctx, p, []work{w}, d.Progress)
	return err
}
