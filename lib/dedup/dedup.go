// Package dedup finds copies of one photo in a set before it is split, so that no photo is learned
// from and tested on.
//
// Call [Run] on an ingested set; it marks the copies in the manifest and writes duplicates.json,
// which [Load] reads.
//
// Two images are copies when their bytes are the same, when their pixels are the same (another
// file format or other metadata), or when their fingerprints are near (the same photo encoded
// again, resized, mirrored, brighter or grey), see package dhash. Crops and turned photos of a
// scene are seen only by the tier embedding, see [TierEmbedding]; other views are not copies:
// keep those together with the split's groups.
//
// A group is an image that is kept and the copies of it. Where a group bears more than one label,
// nobody can know which is right: all of it is left out and reported as a conflict.
package dedup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Which image of a group is kept. Both come after the rule that an image of a given test folder
// goes before one of a validation folder, and that before the rest: the test side is to stay as it
// was given.
const (
	KeepFirst   = "first"   // the first in manifest order, which is the order of the paths or of the CSV
	KeepLargest = "largest" // the one with most pixels, the first of those
)

// How a member was found to be a copy.
const (
	KindBytes  = "bytes"  // same content as the kept file
	KindPixels = "pixels" // same pixels as the kept image
	KindHash   = "dhash"  // fingerprint near the kept image's

	KindEmbedding = "embedding" // features near the kept image's, and the same details
	KindLinked    = "linked"    // copy of another copy, not near the kept image itself
)

const (
	resultFile    = "duplicates.json"
	resultVersion = 2
)

// MaxDistance is the largest Options.Distance.
const MaxDistance = 64

// Options are the choices of [Run]. Distances are those of [dhash.Fingerprint.Distance].
type Options struct {
	Distance int    `json:"distance"` // largest distance of copies, 0 to MaxDistance; 0: same bytes or pixels only
	Keep     string `json:"keep"`     // KeepFirst or KeepLargest

	Tiers string `json:"tiers,omitempty"` // names of the Tier constants, with commas; empty: bytes, pixels and hash
}

// Validate returns an error that says which value is out of range.
func (o Options) Validate() error {
	if o.Distance < 0 || o.Distance > MaxDistance {
		return fmt.Errorf("dedup: distance %d is not between 0 and %d (unrelated photos are about 200 apart)",
			o.Distance, MaxDistance)
	}
	if o.Keep != KeepFirst && o.Keep != KeepLargest {
		return fmt.Errorf("dedup: keep %q is neither %q nor %q", o.Keep, KeepFirst, KeepLargest)
	}
	return checkTiers(strings.Split(o.TierNames(), ","))
}

// Default is a distance of 16, and the first of each group kept. Of 400 photos of garments, 300 of
// solar cells and 300 of food it finds every one that was encoded anew with quality 80, halved,
// saved as PNG, mirrored or made grey, and of those
//
//	                                    garments  cells  food
//	encoded anew with quality 60, %         99.5   92.7  99.0
//	halved, with quality 80, %             100     96.3 100
//	with a date stamped on, %               96     98    51.7
//	as WebP with quality 80, %             100     91.7  99.7
//	brightened by 15 %, %                   89     95.7  75.3
//	cropped by 5 %, %                        0      0     0
//
// Of 120 garments and 120 photos of food it finds, at 0.7 of their brightness or contrast, 98 and
// 100 %; at 1.3 of their contrast, where the brightest places are clipped, 79 and 77 %; at 1.3 of
// their brightness 30 and 29 %.
//
// Of all pairs of 3,409 garments and of 542 foods, none is called a copy that is not one; of 2,624
// cells 4 are, 3 of them one cell photographed twice.
func Default() Options { return Options{Distance: 16, Keep: KeepFirst} }

// Member is one image of a group.
type Member struct {
	Path     string `json:"path"`
	Class    string `json:"class,omitempty"`
	Distance int    `json:"distance"` // to the kept image, see Options.Distance
	Kind     string `json:"kind"`     // see the Kind constants; relative to the kept image

	// of details with the image it was found by, in [0,1]; KindEmbedding only
	Agreement float64 `json:"agreement,omitempty"`
}

// Group is an image and its copies.
type Group struct {
	Kept     string   `json:"kept"`     // path; of a conflict, the image the others are compared with
	Members  []Member `json:"members"`  // all of them in manifest order, the kept one included
	Conflict bool     `json:"conflict"` // more than one label: none of the members takes part

	// two of the members are not near each other: only others between them link them
	SingleLink bool `json:"single_link,omitempty"`
	Weakest    Weak `json:"weakest,omitzero"` // the two members found that are least alike
}

// Result is what a run found. Images = Kept + Removed.
type Result struct {
	Version    int     `json:"version"` // of what a distance is: resultVersion; 0: bits of another hash
	Options    Options `json:"options"`
	Images     int     `json:"images"`
	Kept       int     `json:"kept"`
	Removed    int     `json:"removed"`         // copies, all images in conflicts, and excluded ones
	Excluded   int     `json:"excluded"`        // images that people left out, copies or not
	Conflicts  int     `json:"conflicts"`       // groups with more than one label
	Conflicted int     `json:"conflicted"`      // images in those groups
	LowEntropy int     `json:"low_entropy"`     // blank or nearly blank: never matched by hash
	Groups     []Group `json:"groups"`          // in the manifest order of their kept images
	Doubt      string  `json:"doubt,omitempty"` // why the groups may be no copies, in sentences for a person
	// hex sha256 of the contents of all images, in the manifest's order; empty: an older result
	Photos string `json:"photos"`

	Evidence   []Evidence  `json:"evidence,omitempty"`   // where thresholds come from
	Near       []NamedPair `json:"near,omitempty"`       // pairs that are copies by their features
	Borderline []NamedPair `json:"borderline,omitempty"` // pairs next to that threshold, on both sides, to be judged
}

// Fits reports whether the result is that of s as it is now. An ingest after dedup forgets the
// marks, and duplicates.json is then about photos that may be gone. Which photo of a group is kept,
// and which photos are excluded, people may have decided since.
func (r Result) Fits(s *dataset.Set) bool {
	group := map[string]int{} // numbered from 1
	for n, g := range r.Groups {
		for _, m := range g.Members {
			group[m.Path] = n + 1
		}
	}
	members := make([][]dataset.Image, len(r.Groups)+1)
	for _, im := range s.Images {
		of := group[im.Path]
		if im.DuplicateOf != "" && (of == 0 || group[im.DuplicateOf] != of) || im.Conflict && of == 0 {
			return false
		}
		members[of] = append(members[of], im)
	}
	for n, g := range r.Groups {
		if !g.fits(members[n+1]) {
			return false
		}
	}
	return r.Images == len(s.Images) && (r.Photos == "" || r.Photos == dataset.Contents(s.Images))
}

// fits reports whether one of the images is kept, and whether they are in conflict as the group
// was, unless people decided about them.
func (g Group) fits(images []dataset.Image) bool {
	kept, conflicts, decided := 0, 0, false
	for _, im := range images {
		if im.DuplicateOf == "" {
			kept++
		}
		if im.Conflict {
			conflicts++
		}
		decided = decided || im.Excluded != "" || im.Labelled || im.Class != im.GivenClass()
	}
	return kept == 1 && (decided || g.Conflict == (conflicts == len(images)) && (g.Conflict || conflicts == 0))
}

// Seen reports whether [Run] has looked at s as it is now.
func Seen(s *dataset.Set) bool {
	_, ok := seen(s)
	return ok
}

// Refuted reports whether people said since of two photos of one group that they are no copies:
// another [Run] keeps both.
func Refuted(s *dataset.Set) bool {
	type said struct{ kept, decision string }
	pixels := map[said]string{}
	for _, im := range s.Images {
		for _, d := range im.Apart {
			of := said{cmp.Or(im.DuplicateOf, im.Path), d}
			if other, ok := pixels[of]; ok && other != im.Pixels {
				return true
			}
			pixels[of] = im.Pixels
		}
	}
	return false
}

// DistanceOf is the Options.Distance at which [Run] looked at s as it is now, or else that of
// [Default].
func DistanceOf(s *dataset.Set) int {
	if r, ok := seen(s); ok && r.Version == resultVersion {
		return r.Options.hashDistance()
	}
	return Default().Distance
}

// NearPairs are the pairs of s that [RunWith] found to be copies by their features. An error says
// that the set is to be compared by them, and was not as it is now.
func NearPairs(s *dataset.Set) ([]NamedPair, error) {
	if r, ok := seen(s); ok {
		return r.Near, nil
	}
	if s.Dir == "" {
		return nil, nil
	}
	if o, ok, err := Kept(s.Dir); err != nil || !ok || !o.Has(TierEmbedding) {
		return nil, nil // a damaged result is told where it is needed
	}
	return nil, fmt.Errorf("dedup: %s changed since its photos were compared by features: run dedup.Run again, which "+
		"compares what is new", text.Name(s.Dir))
}

func seen(s *dataset.Set) (Result, bool) {
	if s.Dir == "" {
		return Result{}, false
	}
	r, err := Load(s.Dir)
	return r, err == nil && r.Fits(s)
}

// Kept returns the options of the last [Run] on the set in dir, for one on photos that came later:
// what a person decided for a set stays with it. ok is false where there was none, or an older
// version measured distances otherwise. A damaged duplicates.json is [seal.ErrDamaged].
func Kept(dir string) (o Options, ok bool, err error) {
	r, err := Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return Options{}, false, nil
	}
	if err != nil || r.Version != resultVersion || r.Options.Validate() != nil {
		return Options{}, false, err
	}
	return r.Options, true, nil
}

// Run marks the copies in s and saves the manifest and duplicates.json. Hashes that the manifest
// already holds are not computed again. The result does not depend on the order in which the file
// system lists the photos. Hashing runs on all cores and ends with ctx; a later call continues with
// the hashes found so far.
func Run(ctx context.Context, s *dataset.Set, o Options, p progress.Func) (Result, error) {
	return RunWith(ctx, s, o, nil, p)
}

// RunWith is [Run] with what finds copies by their features, for [TierEmbedding].
func RunWith(ctx context.Context, s *dataset.Set, o Options, find Finder, p progress.Func) (Result, error) {
	if o.Has(TierEmbedding) && find == nil {
		return Result{}, errNoFinder
	}
	if err := o.Validate(); err != nil {
		return Result{}, err
	}
	if err := dataset.TakeHashes(ctx, s, p); err != nil {
		if saveErr := s.Save(); ctx.Err() != nil && saveErr != nil {
			err = errors.Join(err, saveErr)
		}
		return Result{}, fmt.Errorf("dedup: %w", err)
	}
	r, err := search(ctx, s.Images, o, find, p)
	if err != nil {
		return Result{}, fmt.Errorf("dedup: %w", err)
	}
	r.Photos = dataset.Contents(s.Images)
	if err := s.Save(); err != nil {
		return Result{}, fmt.Errorf("dedup: %w", err)
	}
	if err := dataset.WriteJSON(filepath.Join(s.Dir, resultFile), r); err != nil {
		return Result{}, fmt.Errorf("dedup: %w", err)
	}
	return r, nil
}

// search finds the groups and marks them in images.
func search(ctx context.Context, images []dataset.Image, o Options, find Finder, p progress.Func) (Result, error) {
	groups, err := findCopies(ctx, images, o, p)
	if err != nil {
		return Result{}, err
	}
	var near Near
	var links map[int]link
	if o.Has(TierEmbedding) {
		if groups, near, links, err = joinNear(ctx, images, groups, find); err != nil {
			return Result{}, err
		}
	}
	r := mark(images, several(groups), o, links)
	r.Near, r.Borderline = named(images, near.Pairs), named(images, near.Borderline)
	if o.Has(TierHash) {
		r.Evidence = append(r.Evidence, hashEvidence(images, r))
	}
	if o.Has(TierEmbedding) {
		r.Evidence = append(r.Evidence, near.Evidence)
	}
	return r, nil
}

// Load reads the result of the last run from the dataset folder dir. The error says to run
// [Run] first.
func Load(dir string) (Result, error) {
	var r Result
	err := seal.ReadJSON(filepath.Join(dir, resultFile), &r)
	if errors.Is(err, fs.ErrNotExist) {
		return r, fmt.Errorf("dedup: no %s in %s: run dedup.Run first: %w", resultFile, text.Name(dir), err)
	}
	if err != nil {
		return Result{}, fmt.Errorf("dedup: %w: run dedup.Run with the distance that copies have, such as "+
			"dedup.Options.Distance 16, which makes it anew", err)
	}
	return r, nil
}
