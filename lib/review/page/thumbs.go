package page

import (
	"context"
	"crypto/sha256"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/filelock"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// thumbSide is the longer side of a thumbnail, pixels.
const thumbSide = 192

// thumbs makes thumbnails and keeps them: in a pack beside the set, or in memory where that
// cannot be written or another page writes it.
type thumbs struct {
	set   *dataset.Set
	pack  *pack
	lock  *filelock.Lock // nil: the pack is only read
	turns turns
}

// openThumbs opens the thumbnails in the folder dir, which it makes.
func openThumbs(s *dataset.Set, dir string) *thumbs {
	t := &thumbs{set: s, turns: newTurns(runtime.GOMAXPROCS(0))}
	if os.MkdirAll(dir, 0o755) == nil {
		t.lock, _ = filelock.Try(filepath.Join(dir, "lock")) // without it, what is made stays in memory
	}
	t.pack = openPack(filepath.Join(dir, fmt.Sprintf("thumbnails.%s", photo.DecodeVersion)), t.lock != nil)
	return t
}

// Close releases the files.
func (t *thumbs) Close() {
	t.pack.Close()
	if t.lock != nil {
		t.lock.Close()
	}
}

// keyOf is what a thumbnail is kept under: the photo's content, and what it is seen through.
func keyOf(im dataset.Image) key {
	content := im.Content()
	if content == "" {
		content = im.SHA256
	}
	return sha256.Sum256(fmt.Appendf(nil, "%s %v %d", content, im.Window, thumbSide))
}

// get returns the thumbnail of a photo, as JPEG, and makes it first where there is none. It goes
// before what is made ahead. The error says why the photo cannot be drawn, or that ctx has ended.
func (t *thumbs) get(ctx context.Context, im dataset.Image) ([]byte, error) {
	k := keyOf(im)
	if data, ok := t.pack.get(k); ok {
		return data, nil
	}
	if err := t.turns.take(ctx, true); err != nil {
		return nil, err
	}
	defer t.turns.give()
	return t.make(k, im)
}

// make draws a thumbnail. The caller has a turn.
func (t *thumbs) make(k key, im dataset.Image) ([]byte, error) {
	if data, ok := t.pack.get(k); ok {
		return data, nil
	}
	img, err := drawn(t.set, im, thumbSide)
	if err != nil {
		return nil, err
	}
	data, err := photo.Thumbnail(img, thumbSide)
	if err != nil {
		return nil, err
	}
	t.pack.put(k, brightness(img), data)
	return data, nil
}

// ahead makes the thumbnails that are missing, in order, while no page waits for one. Photos that
// cannot be drawn are passed over.
func (t *thumbs) ahead(ctx context.Context, images []dataset.Image, p progress.Func) error {
	workers := max(1, runtime.GOMAXPROCS(0)/2)
	return progress.EachWorker(ctx, workers, len(images), "making thumbnails", p, func(_, i int) error {
		k := keyOf(images[i])
		if t.pack.has(k) || t.lock == nil {
			return nil
		}
		if err := t.turns.take(ctx, false); err != nil {
			return err
		}
		defer t.turns.give()
		_, _ = t.make(k, images[i]) // the page says why, where the photo is asked for
		return nil
	})
}

// drawn is a photo resized to at most side pixels a side.
func drawn(s *dataset.Set, im dataset.Image, side int) (image.Image, error) {
	long, short := max(im.Width, im.Height), min(im.Width, im.Height)
	img, _, err := s.DecodeScaled(im, max(1, min(short, short*side/long)))
	if err != nil {
		return nil, err
	}
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if m := max(w, h); m > side {
		return photo.Resize(img, max(1, w*side/m), max(1, h*side/m)), nil
	}
	return img, nil
}

// brightness is the mean luma of a picture, 0 to 255 (Rec. 601).
func brightness(img image.Image) byte {
	b := img.Bounds()
	sum, n := 0, 0
	for y := b.Min.Y; y < b.Max.Y; y += 2 {
		for x := b.Min.X; x < b.Max.X; x += 2 {
			r, g, bl, _ := img.At(x, y).RGBA()
			sum += int(299*r+587*g+114*bl) / 1000 >> 8
			n++
		}
	}
	return byte(sum / max(n, 1))
}

// turns lets a few work at a time, and those that a page waits for first.
type turns struct {
	change *sync.Cond
	free   *int
	urgent *int // waiting
}

func newTurns(n int) turns { return turns{sync.NewCond(new(sync.Mutex)), &n, new(int)} }

// take waits for a turn. The error is the context's.
func (t turns) take(ctx context.Context, urgent bool) error {
	defer context.AfterFunc(ctx, t.change.Broadcast)()
	t.change.L.Lock()
	defer t.change.L.Unlock()
	if urgent {
		*t.urgent++
		defer func() { *t.urgent-- }()
	}
	for *t.free == 0 || !urgent && *t.urgent > 0 {
		if err := ctx.Err(); err != nil {
			return err
		}
		t.change.Wait()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	*t.free--
	return nil
}

func (t turns) give() {
	t.change.L.Lock()
	*t.free++
	t.change.L.Unlock()
	t.change.Broadcast()
}
