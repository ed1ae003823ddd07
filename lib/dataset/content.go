package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"

	"imagelab/lib/photo"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// ErrChanged says that a file is not the one that the manifest describes: it was edited, exchanged
// or removed since.
var ErrChanged = errors.New("not what was ingested")

// Content is the sha256 of the file that the image's pixels are read from, 64 hex digits: the
// downsized copy's where there is one. It is empty for a copy that an older version made, which did
// not record the hash.
func (im Image) Content() string {
	if im.File != "" {
		return im.FileSHA256
	}
	return im.SHA256
}

// Contents identifies which photos these are, in which order: hex sha256 over their contents.
func Contents(images []Image) string {
	h := sha256.New()
	for _, im := range images {
		fmt.Fprintln(h, im.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Read returns the bytes of the file that the image's pixels are read from. It compares their hash
// with the manifest and returns [ErrChanged] if they differ; name, size and date of a file do not
// show whether its content changed.
func (s *Set) Read(im Image) ([]byte, error) {
	data, err := photo.ReadFile(s.File(im))
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w (%w)", im.Path, ErrChanged, err)
	}
	if want := im.Content(); want != "" && sumHex(data) != want {
		return nil, fmt.Errorf("dataset: %s: %w", im.Path, ErrChanged)
	}
	return data, nil
}

// DecodeScaled decodes an image's file like [photo.DecodeScaled], through the image's window.
// [Set.Read] checks the content first.
func (s *Set) DecodeScaled(im Image, minSide int) (image.Image, photo.Meta, error) {
	data, err := s.Read(im)
	if err != nil {
		return nil, photo.Meta{}, err
	}
	return im.Window.DecodeContent(data, s.File(im), minSide, im.Content() != "") // which ingest found whole
}

// DecodeWhole is [Set.DecodeScaled] at full size, RGB: what any other program sees of the file.
func (s *Set) DecodeWhole(im Image) (*image.NRGBA, error) {
	data, err := s.Read(im)
	if err != nil {
		return nil, err
	}
	img, _, err := im.Window.DecodeWhole(data, s.File(im))
	return img, err
}

// Check reads the files of images, on all cores, and returns an error that is [ErrChanged] and
// names those that are not what the manifest says, if there are any, and what to do.
func (s *Set) Check(ctx context.Context, images []Image, p progress.Func) error {
	var mu sync.Mutex
	var changed []string
	err := progress.Each(ctx, len(images), "checking photos", p, func(i int) error {
		if _, err := s.Read(images[i]); err != nil {
			mu.Lock()
			defer mu.Unlock()
			changed = append(changed, images[i].Path)
		}
		return nil
	})
	if err != nil || len(changed) == 0 {
		return err
	}
	slices.Sort(changed)
	if _, err := os.Stat(s.Root); errors.Is(err, fs.ErrNotExist) && s.Dir != "" {
		return fmt.Errorf("dataset: %w: their folder %s is not there\n%s", ErrChanged, s.Root, s.moved())
	}
	return s.changed(changed, len(images))
}

const shownChanged = 10

// changed returns the error for files whose content changed since ingest.
func (s *Set) changed(paths []string, of int) error {
	var names strings.Builder
	for _, p := range paths[:min(len(paths), shownChanged)] {
		fmt.Fprintf(&names, "\n  %q", p)
	}
	if more := len(paths) - shownChanged; more > 0 {
		fmt.Fprintf(&names, "\n  and %d more", more)
	}
	todo := "read the folder again"
	if s.Dir != "" {
		todo = fmt.Sprintf("put them back, or run dataset.Ingest(%s, %s) again, and then dedup and split;\n%s",
			text.Path(s.from()), text.Path(s.Dir), s.moved())
	}
	return fmt.Errorf("dataset: %d of %s in %s changed or went missing since they were ingested: %w:%s\n%s",
		len(paths), text.Count(of, "photo"), s.Root, ErrChanged, names.String(), todo)
}

func sumHex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
