package review

import (
	"math/rand/v2"
	"path/filepath"
	"regexp"
	"slices"
	"time"
)

// PassSample is the sample of a blind second pass: the photos that are to be labelled again, by
// somebody who does not see their labels.
type PassSample struct {
	Name    string    `json:"name"`
	Who     string    `json:"who"` // who asked for it
	Created time.Time `json:"created"`
	Seed    uint64    `json:"seed"`
	Photos  []string  `json:"photos"` // content hashes, in the order in which they are shown
}

// passName is what a pass can be called: its name is part of a file's.
var passName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// IsPassName reports whether a second pass can be called so.
func IsPassName(name string) bool { return passName.MatchString(name) }

// PassFile is the file of the sample of a pass in the folder of its set.
func PassFile(dir, name string) string { return filepath.Join(dir, "pass-"+name+".json") }

// Sample draws n photos (all, where there are fewer) from the contents in photos, which may be in
// any order. The same seed draws the same ones.
func Sample(name, who string, photos []string, n int, seed uint64) PassSample {
	photos = slices.Clone(photos)
	slices.Sort(photos)
	photos = slices.Compact(photos)
	swap := func(i, j int) { photos[i], photos[j] = photos[j], photos[i] }
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(photos), swap)
	photos = photos[:min(max(n, 0), len(photos))]
	return PassSample{Name: name, Who: who, Created: time.Now().UTC(), Seed: seed, Photos: photos}
}
