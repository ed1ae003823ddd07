package imgset

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/disintegration/imaging"

	"imagelab/lib/progress"
)

const (
	// inFlight bounds the pixels decoded at one time over all cores: about 1 GB of memory.
	inFlight = 64_000_000
)

// result is one entry read: an image, or the reason why there is none.
type result struct {
	image  Image
	reason string
}

// reader turns entries into images.
type reader struct {
	root, dir string
	maxPixels int    // 0: no downsized copies
	cache     *cache // may be nil
	budget    *budget
}

// readAll reads the entries on all cores. results[i] belongs to entries[i]. The error is ctx's, or one of the target.
func readAll(ctx context.Context, l *listing, r reader, p progress.Func) ([]result, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.budget = newBudget(inFlight)
	results := make([]result, len(l.entries))
	jobs, done := make(chan int), make(chan struct{})
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range jobs {
				var err error
				if results[i], err = r.read(l.entries[i]); err != nil {
					cancel(err)
				}
				done <- struct{}{}
			}
		})
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(jobs)
		for i := range l.entries {
			select {
			case jobs <- i:
			case <-ctx.Done():
				return
			}
		}
	}()
	const stage = "reading photos"
	n, total := int64(0), int64(len(l.entries))
	p.Report(stage, 0, total)
	for range done {
		n++
		p.Report(stage, n, total)
	}
	if n < total || ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return results, nil
}

// read describes one photo. The error is one of the target or the cache; what is wrong with the photo is a reason.
func (r reader) read(e entry) (result, error) {
	file := filepath.Join(r.root, filepath.FromSlash(e.path))
	info, err := os.Stat(file)
	if err != nil {
		return result{reason: unwrapPath(err).Error()}, nil
	}
	key := cacheKey{e.path, info.Size(), info.ModTime().UnixNano()}
	im, known := r.cached(key)
	if !known {
		var reason error
		if im, reason, err = r.describe(file); err != nil || reason != nil {
			return result{reason: fmt.Sprint(reason)}, err
		}
		if err := r.cache.add(key, im); err != nil {
			return result{}, err
		}
	}
	im.Path, im.Class, im.Split = e.path, e.class, e.split
	im.GroupColumn, im.Group = e.group, e.group
	return result{image: im}, nil
}

// cached returns what is known of an unchanged file, as long as its downsized copy is what is asked for now.
func (r reader) cached(key cacheKey) (Image, bool) {
	if r.cache == nil {
		return Image{}, false
	}
	im, ok := r.cache.known[key]
	if !ok || (im.File != "") != r.tooLarge(im.Width, im.Height) {
		return Image{}, false
	}
	if im.File == "" {
		return im, true
	}
	_, err := os.Stat(filepath.Join(r.dir, filepath.FromSlash(im.File)))
	return im, err == nil
}

func (r reader) tooLarge(width, height int) bool {
	return r.maxPixels > 0 && width*height > r.maxPixels
}

// describe decodes a photo to learn its content, and writes the downsized copy where it needs one.
func (r reader) describe(file string) (im Image, reason, err error) {
	release := r.budget.acquire(pixelsOf(file))
	defer release()
	data, reason := readFile(file)
	if reason != nil {
		return Image{}, reason, nil
	}
	img, meta, reason := decodeBytes(data)
	if reason != nil {
		return Image{}, reason, nil
	}
	h, blank, reason := hash(data, func() (*image.NRGBA, error) { return img, nil })
	if reason != nil {
		return Image{}, reason, nil
	}
	sum := sha256.Sum256(data)
	im = Image{
		SHA256: hex.EncodeToString(sum[:]), Pixels: hashPixels(img), Hash: h.String(),
		Width: meta.Width, Height: meta.Height, Flags: meta.Flags,
	}
	if blank {
		im.Flags = append(im.Flags, FlagLowEntropy)
	}
	if !r.tooLarge(im.Width, im.Height) {
		return im, nil, nil
	}
	im.Flags = append(im.Flags, FlagDownsized)
	im.File = path.Join("downsized", im.SHA256[:2], im.SHA256+".jpg")
	return im, nil, writeDownsized(filepath.Join(r.dir, filepath.FromSlash(im.File)), img, r.maxPixels)
}

// pixelsOf reads a photo's header for the memory budget only; what is wrong with it shows when it is decoded.
func pixelsOf(file string) int64 {
	f, err := openRegular(file)
	if err != nil {
		return 0
	}
	defer f.Close()
	buf := bufio.NewReader(f)
	start, _ := buf.Peek(512)
	format, err := sniff(start)
	if err != nil {
		return 0
	}
	defer func() { _ = recover() }() // reported by the decode that follows
	cfg, err := readConfig(format, buf)
	if err != nil || checkSize(cfg) != nil {
		return 0
	}
	return int64(cfg.Width) * int64(cfg.Height)
}

// hashPixels is the hex sha256 of the size and the RGB bytes, row by row.
func hashPixels(img *image.NRGBA) string {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sum := sha256.New()
	fmt.Fprintf(sum, "%dx%d\n", w, h)
	row := make([]byte, 3*w)
	for y := range h {
		src := img.Pix[y*img.Stride : y*img.Stride+4*w]
		for x := range w {
			row[3*x], row[3*x+1], row[3*x+2] = src[4*x], src[4*x+1], src[4*x+2]
		}
		sum.Write(row)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writeDownsized saves img with at most maxPixels as JPEG of quality 95. Lanczos, because this copy stands in for the
// original; the resize to a network's input comes later.
func writeDownsized(file string, img *image.NRGBA, maxPixels int) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return writeError(file, err)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	scale := math.Sqrt(float64(maxPixels) / (float64(w) * float64(h)))
	w2, h2 := max(1, int(float64(w)*scale)), max(1, int(float64(h)*scale))
	h2 = max(1, min(h2, maxPixels/w2)) // matters for strips a pixel or two wide
	w2 = max(1, min(w2, maxPixels/h2))
	small := imaging.Resize(img, w2, h2, imaging.Lanczos)
	return WriteFile(file, func(out io.Writer) error {
		return jpeg.Encode(out, small, &jpeg.Options{Quality: 95})
	})
}

// budget hands out a number of units at a time, so that many huge photos are not in memory together.
type budget struct {
	mu          sync.Mutex
	freed       sync.Cond
	free, total int64
}

func newBudget(total int64) *budget {
	b := &budget{free: total, total: total}
	b.freed.L = &b.mu
	return b
}

// acquire waits for n units, or for all of them where n is more, and returns the function that gives them back.
func (b *budget) acquire(n int64) (release func()) {
	n = min(n, b.total)
	b.mu.Lock()
	for b.free < n {
		b.freed.Wait()
	}
	b.free -= n
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		b.free += n
		b.mu.Unlock()
		b.freed.Broadcast()
	}
}
