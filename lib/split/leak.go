package split

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/imgset"
	"imagelab/lib/text"
)

// Why two images must not stand on two sides, the strongest reason first.
const (
	LeakBytes  = "bytes"  // the same file content
	LeakPixels = "pixels" // the same pixels
	LeakHash   = "dhash"  // the same difference hash, set by dedup; blank images do not count
	LeakGroup  = "group"  // the same group
)

// Leak is one photo or group that stands on more than one side.
type Leak struct {
	Kind    string       `json:"kind"` // LeakBytes, LeakPixels, LeakHash or LeakGroup
	Key     string       `json:"key"`  // the hash or group they share
	Members []LeakMember `json:"members"`
}

// LeakMember is one image of a leak.
type LeakMember struct {
	Path  string `json:"path"`
	Split string `json:"split"`
}

// LeakError is what [Gate] refuses a set with.
type LeakError struct{ Leaks []Leak }

const shownLeaks = 20

// Error lists the first 20 leaks and counts the rest.
func (e *LeakError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "split: %d photos or groups stand on more than one side, so that results would be too good:", len(e.Leaks))
	for _, l := range e.Leaks[:min(shownLeaks, len(e.Leaks))] {
		fmt.Fprintf(&b, "\n  same %s:", l.Kind)
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
	b.WriteString("\nrun `imagelab dedup` and then `imagelab split` again (with --redo where the folders gave the sides); --allow-leak goes on, to measure the inflation")
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

// Gate returns a *[LeakError] when the same content, hash or group stands on two sides of the split, and an error when
// there is no split. Call it before a fit. A fit that goes on against a LeakError must mark its record.
func Gate(s *imgset.Set) error {
	if len(s.InSplit(imgset.Train)) == 0 {
		return fmt.Errorf("split: no image is on the train side: run `imagelab split %s` first", text.Path(s.Dir))
	}
	if leaks := Leaks(s); len(leaks) > 0 {
		return &LeakError{leaks}
	}
	return nil
}

// Leaks lists what stands on two sides among the kept images that have a side, in manifest order of the first members.
// Images that leak for several reasons are listed once, for the strongest.
func Leaks(s *imgset.Set) []Leak {
	kinds := []struct {
		name string
		key  func(imgset.Image) string
	}{
		{LeakBytes, func(im imgset.Image) string { return im.SHA256 }},
		{LeakPixels, func(im imgset.Image) string { return im.Pixels }},
		{LeakHash, hashKey},
		{LeakGroup, func(im imgset.Image) string { return im.Group }},
	}
	images := slices.DeleteFunc(s.Kept(), func(im imgset.Image) bool { return im.Split == "" })
	order := map[string]int{}
	for i, im := range images {
		order[im.Path] = i
	}
	var out []Leak
	told := map[string]bool{}
	for _, kind := range kinds {
		for _, l := range leaksBy(images, kind.name, kind.key) {
			if id := fmt.Sprint(l.Members); !told[id] {
				told[id] = true
				out = append(out, l)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Leak) int { return cmp.Compare(order[a.Members[0].Path], order[b.Members[0].Path]) })
	return out
}

func hashKey(im imgset.Image) string {
	if im.Has(imgset.FlagLowEntropy) {
		return ""
	}
	return im.Hash
}

func leaksBy(images []imgset.Image, kind string, key func(imgset.Image) string) []Leak {
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
