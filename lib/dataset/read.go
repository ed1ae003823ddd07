package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"path/filepath"

	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// result is what reading one entry gave: an image, or the reason why the file cannot be used.
type result struct {
	image  Image
	reason string
}

// reader turns entries into images.
type reader struct {
	root, dir string
	maxPixels int    // 0: no downsized copies
	cache     *cache // may be nil
}

// readAll reads the entries on all cores; results[i] belongs to entries[i]. It fails when ctx ends
// or when the target folder cannot be written.
func readAll(ctx context.Context, l *listing, r reader, p progress.Func) ([]result, error) {
	results := make([]result, len(l.entries))
	err := progress.Each(ctx, len(l.entries), "reading photos", p, func(i int) (err error) {
		results[i], err = r.read(l.entries[i])
		return err
	})
	if err != nil {
		return nil, err
	}
	return results, nil
}

// read describes one photo. A photo that cannot be used gives a result with a reason. The error
// means that the target folder or the cache cannot be written.
func (r reader) read(e entry) (result, error) {
	data, reason := photo.ReadFile(filepath.Join(r.root, filepath.FromSlash(e.path)))
	if reason != nil {
		return result{reason: reason.Error()}, nil
	}
	sum := sumHex(data)
	im, known := r.cached(sum)
	if !known {
		var err error
		if im, reason, err = r.describe(data, sum); err != nil || reason != nil {
			return result{reason: fmt.Sprint(reason)}, err
		}
		if err := r.cache.add(cacheLine{r.maxPixels, copiesVersion, im}); err != nil {
			return result{}, err
		}
	}
	return result{image: e.of(im)}, nil
}

// of is the image of the entry, of whose content im tells.
func (e entry) of(im Image) Image {
	im.Path, im.Class, im.Split, im.GivenSplit = e.path, e.class, e.split, e.split
	im.GroupColumn, im.Group = e.group, e.group
	return im
}

// cached returns what an earlier ingest found out about a content, unless its downsized copy is
// missing, has another size than is wanted now, or was garbled.
func (r reader) cached(sum string) (Image, bool) {
	if r.cache == nil {
		return Image{}, false
	}
	l, ok := r.cache.known[sum]
	im := l.Image
	if !ok || (im.File != "") != r.downsizes(im) {
		return Image{}, false
	}
	current := l.Copies == copiesVersion || im.Width <= widestOfOld
	return im, im.File == "" || l.MaxPixels == r.maxPixels && current && r.intact(im)
}

// describe decodes a photo whose sha256 is `sum`, describes its content, and writes the downsized
// copy if it needs one.
func (r reader) describe(data []byte, sum string) (im Image, reason, err error) {
	e, reason := photo.Open(data)
	if reason != nil {
		return Image{}, reason, nil
	}
	defer e.Close()
	img, meta, reason := e.Decode() // through its own window; the set's is known when all were read
	if reason != nil {
		return Image{}, reason, nil
	}
	h, blank, reason := photo.FingerprintOf(img)
	if reason != nil {
		return Image{}, reason, nil
	}
	pixels := hashPixels(img, photo.CommonWindow([]photo.Window{meta.Levels}))
	im = Image{SHA256: sum, Pixels: pixels, Hash: h.String(), Width: meta.Width, Height: meta.Height,
		Flags: meta.Flags, Levels: meta.Levels}
	if blank {
		im.Flags = append(im.Flags, photo.FlagLowEntropy)
	}
	if !r.downsizes(im) {
		return im, nil, nil
	}
	im.Flags = append(im.Flags, FlagDownsized)
	im.File = downsizedName(sum)
	im.FileSHA256, err = writeDownsized(filepath.Join(r.dir, filepath.FromSlash(im.File)), img, r.maxPixels)
	return im, nil, err
}

// hashPixels is the hex sha256 of the size and the RGB bytes, row by row. Photos of other counts
// may look the same, each through its own window, and are not the same.
func hashPixels(img *image.NRGBA, window photo.Window) string {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	sum := sha256.New()
	fmt.Fprintf(sum, "%dx%d\n", w, h)
	if window != (photo.Window{}) {
		fmt.Fprintf(sum, "%d to %d\n", window.Low, window.High)
	}
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
