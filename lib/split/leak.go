package split

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// Why two images must not stand on two sides, the strongest reason first.
const (
	LeakBytes  = "bytes"  // the same file content
	LeakPixels = "pixels" // the same pixels
	LeakHash   = "dhash"  // near fingerprints, the copy perhaps mirrored; blank images do not count
	LeakGroup  = "group"  // the same group

	LeakEmbedding = "embedding" // near features and the same details; where dedup was told to look
)

// Leak is one photo or group that stands on more than one side.
type Leak struct {
	Kind    string       `json:"kind"` // see the Leak constants
	Key     string       `json:"key"`  // the hash or group they share; of LeakHash the fingerprint of the first
	Members []LeakMember `json:"members"`
}

// LeakMember is one image of a leak.
type LeakMember struct {
	Path  string `json:"path"`
	Split string `json:"split"`
}

// LeakError is the error of [Gate] for a set that leaks.
type LeakError struct{ Leaks []Leak }

const shownLeaks = 20

// shared says what the members of a leak share.
var shared = map[string]string{
	LeakBytes: "same bytes", LeakPixels: "same pixels", LeakHash: "look alike", LeakGroup: "same group",
	LeakEmbedding: "same details",
}

// Error lists the first 20 leaks and counts the rest.
func (e *LeakError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "split: %d photos or groups stand on more than one side, so that results would be too good:",
		len(e.Leaks))
	for _, l := range e.Leaks[:min(shownLeaks, len(e.Leaks))] {
		fmt.Fprintf(&b, "\n  %s:", shared[l.Kind])
		for _, m := range l.examples() {
			fmt.Fprintf(&b, " %s %q", m.Split, m.Path)
		}
		if more := len(l.Members) - len(l.examples()); more > 0 {
			fmt.Fprintf(&b, " and %d more", more)
		}
	}
	if more := len(e.Leaks) - shownLeaks; more > 0 {
		fmt.Fprintf(&b, "\n  and %d more", more)
	}
	b.WriteString("\nrun dedup.Run and then split.Run again (with split.Options.Redo where the folders gave the " +
		"sides); Recipe.AllowLeak goes on, to measure the inflation")
	return b.String()
}

// examples is the first member on each side.
func (l Leak) examples() []LeakMember {
	var out []LeakMember
	for _, m := range l.Members {
		if !slices.ContainsFunc(out, func(o LeakMember) bool { return o.Split == m.Split }) {
			out = append(out, m)
		}
	}
	return out
}

// Gate returns a *[LeakError] when a photo, a copy of it, or a group stands on two sides of the
// split, and an error when there is no split. Call it before a fit. A fit that goes on against a
// LeakError must mark its record.
func Gate(s *dataset.Set) error {
	if len(s.InSplit(dataset.Train)) == 0 {
		return fmt.Errorf("split: no image of %s is on the train side: run split.Run first", text.Name(s.Dir))
	}
	if leaks := Leaks(s); len(leaks) > 0 {
		return &LeakError{leaks}
	}
	if _, err := dedup.NearPairs(s); err != nil {
		return fmt.Errorf("split: %w", err)
	}
	return nil
}

// Leaks lists what stands on two sides among the kept images that have a side, in manifest order of
// the first members. Images that leak for several reasons are listed once, for the strongest.
// Copies are looked for as dedup does, whether it ran or not: at the distance that it was told, or
// else at its default. Images whose hash is missing are not compared by it; see
// [dataset.TakeHashes].
func Leaks(s *dataset.Set) []Leak {
	images := slices.DeleteFunc(s.Kept(), func(im dataset.Image) bool { return im.Split == "" })
	images = s.WithApart(images)
	out := slices.Concat(
		leaksBy(images, LeakBytes, func(im dataset.Image) string { return im.SHA256 }),
		leaksBy(images, LeakPixels, func(im dataset.Image) string { return im.Pixels }),
		lookalikes(images, dedup.DistanceOf(s)),
		nearLeaks(s, images),
		leaksBy(images, LeakGroup, func(im dataset.Image) string { return im.Group }),
	)
	told := map[string]bool{}
	out = slices.DeleteFunc(out, func(l Leak) bool {
		id := fmt.Sprint(l.Members)
		defer func() { told[id] = true }()
		return told[id]
	})
	order := map[string]int{}
	for i, im := range images {
		order[im.Path] = i
	}
	slices.SortStableFunc(out, func(a, b Leak) int {
		return cmp.Compare(order[a.Members[0].Path], order[b.Members[0].Path])
	})
	return out
}

// lookalikes pairs each image with one that looks like it on another side. Sides are entered one
// after the other, so that copies on the same side are never compared.
func lookalikes(images []dataset.Image, distance int) []Leak {
	if distance == 0 {
		return nil
	}
	var out []Leak
	var entered []dataset.Image
	index := dhash.NewIndex(distance, len(images))
	for _, side := range []string{dataset.Train, dataset.Val, dataset.Test} {
		before := len(entered)
		for _, im := range images {
			f, err := dhash.Parse(im.Hash)
			if err != nil || im.Split != side || im.Has(photo.FlagLowEntropy) {
				continue
			}
			for i := range index.Near(f) {
				of := entered[i]
				if dataset.Apart(of, im) {
					continue
				}
				if of.SHA256 != im.SHA256 && of.Pixels != im.Pixels { // or else it is listed already
					out = append(out, Leak{LeakHash, of.Hash, []LeakMember{{of.Path, of.Split}, {im.Path, im.Split}}})
				}
				break
			}
			entered = append(entered, im)
		}
		for _, im := range entered[before:] {
			_ = index.Add(im.Hash) // which was read above
		}
	}
	return out
}

// nearLeaks are pairs on two sides that dedup found to be copies by their features.
func nearLeaks(s *dataset.Set, images []dataset.Image) []Leak {
	pairs, _ := dedup.NearPairs(s) // Gate tells the error
	side := map[string]dataset.Image{}
	if len(pairs) > 0 {
		for _, im := range images {
			side[im.Path] = im
		}
	}
	var out []Leak
	for _, p := range pairs {
		if a, b := side[p.A], side[p.B]; a.Split != "" && b.Split != "" && a.Split != b.Split && !dataset.Apart(a, b) {
			out = append(out, Leak{LeakEmbedding, a.SHA256, []LeakMember{{a.Path, a.Split}, {b.Path, b.Split}}})
		}
	}
	return out
}

func leaksBy(images []dataset.Image, kind string, key func(dataset.Image) string) []Leak {
	at := map[string]int{}
	var all []Leak
	for _, im := range images {
		k := key(im)
		if k == "" {
			continue
		}
		i, ok := at[k]
		if !ok {
			i = len(all)
			at[k] = i
			all = append(all, Leak{Kind: kind, Key: k})
		}
		all[i].Members = append(all[i].Members, LeakMember{im.Path, im.Split})
	}
	return slices.DeleteFunc(all, func(l Leak) bool { return len(l.examples()) < 2 })
}
