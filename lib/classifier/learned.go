package classifier

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
)

const (
	learnedFile    = "learned.json.gz" // in the bundle
	learnedVersion = 1
	maxLearned     = 1 << 30 // bytes, unpacked; 100,000 photos take 60 MB
)

// Learned is what a model has seen: the photos that it was trained on and chosen by.
type Learned struct {
	Version int `json:"version"`
	// up to which two photos count as copies, as dedup took it for the set
	Distance int            `json:"distance"`
	Leaky    bool           `json:"allow_leak,omitempty"` // trained although photos were on both sides
	Photos   []LearnedPhoto `json:"photos"`
}

// LearnedPhoto is a photo by its content.
type LearnedPhoto struct {
	SHA256 string `json:"sha256"`         // of the file
	Pixels string `json:"pixels"`         // see dataset.Image
	Hash   string `json:"hash,omitempty"` // see dataset.Image; empty for blank photos, which resemble each other
	Side   string `json:"side"`           // dataset.Train or dataset.Val
}

// LearnedFrom lists the photos of a split set that a fit learns from; leaky says that it does so
// although photos are on both sides.
func LearnedFrom(s *dataset.Set, leaky bool) *Learned {
	l := &Learned{Version: learnedVersion, Distance: dedup.DistanceOf(s), Leaky: leaky}
	for _, side := range []string{dataset.Train, dataset.Val} {
		for _, im := range s.InSplit(side) {
			l.Photos = append(l.Photos, LearnedPhoto{im.SHA256, im.Pixels, hashOf(im), side})
		}
	}
	return l
}

// hashOf is empty where the hash says nothing.
func hashOf(im dataset.Image) string {
	if im.Has(photo.FlagLowEntropy) {
		return ""
	}
	return im.Hash
}

// Learn has the model keep the list of what it was trained on, which is saved with it.
func (m *Model) Learn(from *Learned) { m.learned = from }

// Seen says of each of images on which side the model saw it or a copy of it: dataset.Train,
// dataset.Val or, where it is new to the model, "". A copy has the same bytes or the same pixels,
// or looks the same, see package dhash.
func (l *Learned) Seen(images []dataset.Image) []string {
	same := map[string]string{}
	for _, p := range l.Photos {
		for _, key := range []string{p.SHA256, p.Pixels} {
			if same[key] != dataset.Train { // seen in training weighs more
				same[key] = p.Side
			}
		}
	}
	sides := make([]string, len(images))
	for i, im := range images {
		if sides[i] = same[im.SHA256]; sides[i] == "" {
			sides[i] = same[im.Pixels]
		}
	}
	if l.Distance > 0 {
		l.lookalikes(images, sides)
	}
	return sides
}

// lookalikes fills in the sides of the images that are new by their content and look like a photo
// of the list, training first.
func (l *Learned) lookalikes(images []dataset.Image, sides []string) {
	for _, side := range []string{dataset.Train, dataset.Val} {
		var known []string
		for _, p := range l.Photos {
			if p.Side == side {
				known = append(known, p.Hash)
			}
		}
		asked := make([]string, len(images))
		for i, im := range images {
			if sides[i] == "" {
				asked[i] = hashOf(im)
			}
		}
		for i, of := range dhash.CopiesAmong(known, asked, l.Distance) {
			if of >= 0 {
				sides[i] = side
			}
		}
	}
}

// save writes the list into a bundle and returns the file's sha256.
func (l *Learned) save(dir string) (sum string, err error) {
	var data bytes.Buffer
	z := gzip.NewWriter(&data)
	if err := errors.Join(json.NewEncoder(z).Encode(l), z.Close()); err != nil {
		return "", err
	}
	return hexSHA256(data.Bytes()), dataset.WriteFile(filepath.Join(dir, learnedFile), func(w io.Writer) error {
		_, err := w.Write(data.Bytes())
		return err
	})
}

// loadLearned reads the list of a bundle whose model.json says that its file has the sha256 sum.
func loadLearned(dir, sum string) (*Learned, error) {
	path := filepath.Join(dir, learnedFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("classifier: %w; copy the model again, whole", err)
	}
	if hexSHA256(data) != sum {
		return nil, fmt.Errorf("classifier: %s is not the one that belongs to this model: copy the model again, "+
			"or train it again", path)
	}
	l, err := parseLearned(data)
	if err != nil {
		return nil, fmt.Errorf("classifier: %s: %w", path, err)
	}
	return l, nil
}

func parseLearned(data []byte) (*Learned, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, maxLearned))
	if err != nil {
		return nil, err
	}
	l := &Learned{}
	if err := json.Unmarshal(text, l); err != nil {
		return nil, err
	}
	if l.Version > learnedVersion {
		return nil, fmt.Errorf("it has version %d; this imagelab reads %d: update it", l.Version, learnedVersion)
	}
	return l, nil
}
