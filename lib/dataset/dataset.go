// Package dataset holds a set of photos: one manifest line per image, shared by every stage of the
// lab.
//
// Start with [Ingest], which reads a folder of photos, quarantines the broken ones and writes a
// dataset folder; afterwards [Load] reads that folder back. [Open] also takes a plain folder per
// class that was never ingested. Pixels come from [Set.DecodeScaled], which decodes the file that
// the manifest describes; package photo decodes and resizes.
//
// A dataset folder holds:
//
//	set.json            where the photos are, how they were found, how many were quarantined
//	manifest.jsonl      one [Image] per line; later stages add their fields to it
//	quarantine.jsonl    one [Rejected] per line: what could not be used, and why
//	review.jsonl        decisions of people about the photos; see package review
//	ingest.cache.N      finished photos, so that a stopped or repeated ingest continues; N is [photo.DecodeVersion]
//	downsized/          smaller copies of very large photos; the originals are never opened for writing
package dataset

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path/filepath"
	"slices"

	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
	"imagelab/lib/review"
)

// The names of the sides of a split, as they stand in Image.Split.
const (
	Train = layout.Train
	Val   = layout.Val
	Test  = layout.Test
)

// FlagDownsized marks an image whose smaller copy is read instead of the original. The other flags
// are in package photo.
const FlagDownsized = "downsized"

// Values of [Set.Source]: where the classes of a set come from.
const (
	SourceClasses   = layout.Classes   // a folder per class
	SourceSplits    = layout.Sides     // train, val and test folders with a folder per class in them
	SourceCSV       = "csv"            // a CSV file of path,label[,group]
	SourceUnlabeled = layout.Unlabeled // photos without labels in one folder
)

// Image is one photo: one line of manifest.jsonl.
type Image struct {
	Path   string `json:"path"`            // slash path relative to Set.Root; unique in the set
	SHA256 string `json:"sha256"`          // of the original file's bytes, 64 hex digits
	Pixels string `json:"pixels"`          // sha256 of the oriented RGB pixels with their size, 64 hex digits
	Class  string `json:"class,omitempty"` // empty: not labelled
	Width  int    `json:"width"`           // of the original, pixels, after orientation
	Height int    `json:"height"`          // of the original, pixels, after orientation
	// slash path relative to Set.Dir of a downsized copy; empty: the original is read
	File   string       `json:"file,omitempty"`
	Flags  []string     `json:"flags,omitempty"` // see the Flag constants
	Levels photo.Window `json:"levels,omitzero"` // in use, where there are 16 bits a sample
	Window photo.Window `json:"window,omitzero"` // what these are seen through: the same in the whole set

	FileSHA256 string `json:"file_sha256,omitempty"` // of the downsized copy's bytes; older manifests lack it

	Origin *Origin `json:"origin,omitempty"` // where it was collected; nil: not known

	// fingerprint, see package dhash; empty where an older version took another kind
	Hash        string `json:"hash,omitempty"`
	DuplicateOf string `json:"duplicate_of,omitempty"` // set by dedup: Path of the image kept in its place
	Conflict    bool   `json:"conflict,omitempty"`     // set by dedup: the same photo bears another label too

	GroupColumn string `json:"group_column,omitempty"` // from the CSV's group column
	Group       string `json:"group,omitempty"`        // the group in force: the CSV's, or set by split's group rule
	Split       string `json:"split,omitempty"`        // Train, Val or Test; from the source, or set by split
	// Train, Val or Test, where the folders or the CSV's split column say so
	GivenSplit string `json:"given_split,omitempty"`
	// set by split: a frame too near to one of another side, and on no side itself
	Buffer bool `json:"buffer,omitempty"`

	// What people decided, see package review. It is taken from the log whenever a set is loaded.
	Excluded string   `json:"excluded,omitempty"` // why the photo is left out; empty: it is not
	Tags     []string `json:"tags,omitempty"`     // such as review.TagOccluded or review.StateAmbiguous, sorted
	Labelled bool     `json:"labelled,omitempty"` // Class was decided
	// the class that the source gives, where Class was decided or renamed
	FolderClass string `json:"folder_class,omitempty"`
	Chosen      bool   `json:"chosen,omitempty"` // it is the one to keep of its group of copies
	// decisions that this photo and others with the same one here are no copies, see [Apart]
	Apart []string `json:"apart,omitempty"`
}

// Has reports whether the image carries the flag.
func (im Image) Has(flag string) bool { return slices.Contains(im.Flags, flag) }

// Used reports whether the image is used: it is not a duplicate, no copy of it has another label,
// nobody excluded it, and it is no frame between two sides.
func (im Image) Used() bool {
	return im.DuplicateOf == "" && !im.Conflict && im.Excluded == "" && !im.Buffer
}

// Rejected is a file that could not be used: one line of quarantine.jsonl.
type Rejected struct {
	Path   string `json:"path"`   // as found, relative to the source where it can be
	Reason string `json:"reason"` // one sentence for a person
}

// LeftOut counts the files that were left out of the set for one reason. The reason completes the
// sentence "left out 3 files: ".
type LeftOut struct {
	Reason  string `json:"reason"`
	Files   int    `json:"files"`
	Example string `json:"example"` // path of one of them, relative to the source
}

// Set is a set of photos. Images stand in manifest order: by path bytes, or in the order of the
// CSV.
type Set struct {
	Dir         string    // the dataset folder; empty when the set lives in memory only
	Root        string    // the folder Image.Path is relative to, absolute
	From        string    // what was ingested, absolute: a folder or a CSV file; empty in older sets, where it is Root
	Source      string    // how the photos were found: see the Source constants
	Quarantined int       // number of rejected files
	LeftOut     []LeftOut // files that were neither read nor rejected
	Notes       []string  // what a person should know: how the folders were understood, empty classes, files left out
	Images      []Image

	rejected []Rejected // for a set in memory
	reading  *Reading   // nil: nothing was said

	maxPixels *int // see IngestOptions; nil: an older set, which does not say

	id    string         // the name that its decisions bear
	aside []review.Aside // lines of its log that do not count

	manifest string // SHA-256 of the manifest as it was loaded or saved; empty: it was not
}

// from is the folder or CSV file that was ingested.
func (s *Set) from() string { return cmp.Or(s.From, s.Root) }

// Name is the name of the set's folder, or of its photos' folder where it lives in memory only.
func (s *Set) Name() string { return filepath.Base(cmp.Or(s.Dir, s.Root)) }

// Classes returns the sorted class names of the kept images. Index in it is the class number
// everywhere.
func (s *Set) Classes() []string {
	var names []string
	for _, im := range s.Images {
		if im.Used() && im.Class != "" {
			names = append(names, im.Class)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Kept returns the images that take part, in manifest order: no duplicates, no label conflicts,
// none that are excluded.
func (s *Set) Kept() []Image {
	return s.filter(Image.Used)
}

// InSplit returns the kept images of the side Train, Val or Test, in manifest order.
func (s *Set) InSplit(name string) []Image {
	return s.filter(func(im Image) bool { return im.Used() && im.Split == name })
}

// filter counts first: an image takes half a kilobyte, and a slice that grows leaves more than
// twice its length behind.
func (s *Set) filter(keep func(Image) bool) []Image {
	n := 0
	for _, im := range s.Images {
		if keep(im) {
			n++
		}
	}
	out := slices.Grow([]Image(nil), n)
	for _, im := range s.Images {
		if keep(im) {
			out = append(out, im)
		}
	}
	return out
}

// File returns the path on disk to read the image's pixels from: the downsized copy where there is
// one.
func (s *Set) File(im Image) string {
	if im.File != "" {
		return filepath.Join(s.Dir, filepath.FromSlash(im.File))
	}
	return filepath.Join(s.Root, filepath.FromSlash(im.Path))
}

// Files returns [Set.File] of each image, in order.
func (s *Set) Files(images []Image) []string {
	out := make([]string, len(images))
	for i, im := range images {
		out[i] = s.File(im)
	}
	return out
}

// Groups numbers the groups of images, in the order in which they first occur; an image without a
// group is one by itself. It is nil where no two images share a group.
func Groups(images []Image) []int {
	numbers, out, next := map[string]int{}, make([]int, len(images)), 0
	for i, im := range images {
		n, known := numbers[im.Group]
		if !known || im.Group == "" {
			n, next = next, next+1
			numbers[im.Group] = n
		}
		out[i] = n
	}
	if next == len(images) {
		return nil
	}
	return out
}

// PerClass counts images by their class.
func PerClass(images []Image) map[string]int {
	n := map[string]int{}
	for _, im := range images {
		n[im.Class]++
	}
	return n
}

// Digest identifies the content: hex sha256 over (sha256, class) of the kept images, sorted. It
// depends neither on paths nor on the order of the files.
func (s *Set) Digest() string {
	return s.digest(func(im Image) []string { return []string{im.SHA256, im.Class} })
}

// SplitDigest identifies the content and its split: hex sha256 over (sha256, class, group, split)
// of the kept images, sorted.
func (s *Set) SplitDigest() string {
	return s.digest(func(im Image) []string { return []string{im.SHA256, im.Class, im.Group, im.Split} })
}

func (s *Set) digest(fields func(Image) []string) string {
	var rows [][]string
	for _, im := range s.Kept() {
		rows = append(rows, fields(im))
	}
	slices.SortFunc(rows, slices.Compare)
	h := sha256.New()
	for _, row := range rows {
		for _, f := range row {
			// Hashed, so that no choice of class and group names can make two different rows read
			// the same.
			sum := sha256.Sum256([]byte(f))
			h.Write(sum[:])
		}
		io.WriteString(h, "\n")
	}
	return hex.EncodeToString(h.Sum(nil))
}
