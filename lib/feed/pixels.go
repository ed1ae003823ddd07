package feed

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Pixels are the photos of a set, decoded and resized once: row i of the store is Images[i], RGB,
// `[Side, Side, 3]` uint8.
type Pixels struct {
	Images []dataset.Image
	Side   int // pixels
	*Store
}

// packVersion changes whenever resizing or augmentation changes, so that older files are not read.
const packVersion = "5-" + photo.DecodeVersion

// Pack decodes the images into a packed file under dir, or maps the file that an earlier call left:
// short side resized to side pixels, then the centre square. The file is named by the digest of the
// images' contents and the side. Photos that are no longer what the manifest says are an error that
// is [dataset.ErrChanged] and names them all, although an earlier file has their pixels: who
// exchanged or removed photos means it. Where the whole folder is away, it is enough.
func Pack(ctx context.Context, s *dataset.Set, images []dataset.Image, side int, dir string,
	p progress.Func) (*Pixels, error) {
	path := filepath.Join(dir, fmt.Sprintf("pixels-%s-%d.u8", Key(images), side))
	rowBytes := side * side * 3
	store, err := OpenStore(path, len(images), rowBytes)
	switch _, away := os.Stat(s.Root); {
	case errors.Is(err, ErrAbsent):
		store, err = BuildStore(ctx, path, len(images), rowBytes, 0, "decoding photos", p, func(i int, dst []byte) error {
			img, _, err := s.DecodeScaled(images[i], side)
			if err != nil {
				return err
			}
			Square(dst, img, side)
			return nil
		})
		if errors.Is(err, dataset.ErrChanged) {
			err = cmp.Or(s.Check(ctx, images, p), err)
		}
	case err == nil && away == nil:
		if err = s.Check(ctx, images, p); err != nil {
			err = errors.Join(err, store.Close())
		}
	}
	if err != nil {
		return nil, err
	}
	return &Pixels{Images: images, Side: side, Store: store}, nil
}

// PackTemporary is Pack into a file that is gone when the pixels are closed or the process ends.
func PackTemporary(ctx context.Context, s *dataset.Set, images []dataset.Image, side int,
	p progress.Func) (*Pixels, error) {
	dir, err := os.MkdirTemp("", "imagelab-*")
	if err != nil {
		return nil, fmt.Errorf("feed: %w; set TMPDIR to a folder that can be written to", err)
	}
	defer os.RemoveAll(dir) // the mapping outlives the name
	return Pack(ctx, s, images, side, dir, p)
}

// Key is a short digest of the contents and order of images, for names of files derived from them.
func Key(images []dataset.Image) string { return key(packVersion, images) }

func key(version string, images []dataset.Image) string {
	h := sha256.New()
	fmt.Fprintln(h, "pixels", version)
	for _, im := range images {
		fmt.Fprintln(h, im.SHA256, im.FileSHA256)
		if im.Window != (photo.Window{}) {
			fmt.Fprintln(h, "window", im.Window)
		}
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// Square resizes the short side of img to side pixels and writes the centre square to dst, RGB,
// `[side, side, 3]`.
func Square(dst []byte, img image.Image, side int) {
	img = middle(img)
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w <= h {
		w, h = side, max(side, (h*side+w/2)/w)
	} else {
		w, h = max(side, (w*side+h/2)/h), side
	}
	square, ok := img.(*image.NRGBA)
	if !ok || w != img.Bounds().Dx() || h != img.Bounds().Dy() {
		square = photo.Resize(img, w, h)
	}
	crop(dst, square, (w-side)/2, (h-side)/2, side)
}

// middle cuts the ends off a strip, which would be resized for nothing: three times its width stay,
// and the two pixels at each end that the filter looks at.
func middle(img image.Image) image.Image {
	b := img.Bounds()
	short, long := min(b.Dx(), b.Dy()), max(b.Dx(), b.Dy())
	keep := 3*short + 4
	whole, ok := img.(interface {
		SubImage(image.Rectangle) image.Image
	})
	if long <= keep+1 || !ok {
		return img
	}
	ends := (long - keep) / 2 &^ 3 // the same at both, so that the centre stays; by four, for colours of every sampling
	if b.Dx() > b.Dy() {
		return whole.SubImage(image.Rect(b.Min.X+ends, b.Min.Y, b.Max.X-ends, b.Max.Y))
	}
	return whole.SubImage(image.Rect(b.Min.X, b.Min.Y+ends, b.Max.X, b.Max.Y-ends))
}

// crop copies the square of side pixels at (left, top) to dst as RGB.
func crop(dst []byte, img *image.NRGBA, left, top, side int) {
	n := 0
	for y := range side {
		row := img.Pix[img.PixOffset(img.Rect.Min.X+left, img.Rect.Min.Y+top+y):]
		for x := range side {
			copy(dst[n:n+3], row[4*x:4*x+3])
			n += 3
		}
	}
}

// Plain writes the centre crop of size pixels of image i to dst, `[size, size, 3]`. It is what
// validation and prediction see.
func (p *Pixels) Plain(dst []byte, i, size int) {
	CentreCrop(dst, p.Row(i), p.Side, size)
}

// CentreCrop copies the centre square of size pixels out of src, `[side, side, 3]`, to dst, `[size,
// size, 3]`.
func CentreCrop(dst, src []byte, side, size int) {
	offset := (side - size) / 2
	for y := range size {
		from := ((offset+y)*side + offset) * 3
		copy(dst[y*size*3:(y+1)*size*3], src[from:from+size*3])
	}
}
