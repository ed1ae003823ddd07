package main

import (
	"fmt"
	"regexp"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/split"
)

// clips says of a proposed grouping how many clips it keeps together.
type clips struct {
	proposal       string
	planted, whole int // clips with two frames or more, and those whose frames are in one group
	mixed          int // groups of such clips that have other photos too
}

// clips compares proposals with the clips. Frames that dedup left out do not count.
func (c *check) clips(s *dataset.Set, proposals []split.Proposal) []clips {
	var out []clips
	for _, p := range proposals {
		of := groupsOf(s.Kept(), p)
		frames, members := map[string][]string{}, map[string]map[string]bool{} // groups of a clip's frames; clips of a group
		for path, group := range of {
			clip := c.pieces[path].clip
			if clip != "" {
				frames[clip] = append(frames[clip], group)
			}
			if members[group] == nil {
				members[group] = map[string]bool{}
			}
			members[group][clip] = true
		}
		n := clips{proposal: p.Name}
		for _, groups := range frames {
			if len(groups) < 2 {
				continue
			}
			n.planted++
			if groups[0] != "" && len(slices.Compact(groups)) == 1 {
				n.whole++
				n.mixed += min(1, len(members[groups[0]])-1)
			}
		}
		out = append(out, n)
	}
	return out
}

// groupsOf are the groups of images by path; "" is none. Runs of neighbours are none.
func groupsOf(images []dataset.Image, p split.Proposal) map[string]string {
	of, by := map[string]string{}, map[string]string{}
	for k, group := range p.Members {
		for _, sum := range group {
			by[sum] = fmt.Sprint(k)
		}
	}
	pattern := regexp.MustCompile(p.Pattern)
	for _, im := range images {
		of[im.Path] = by[im.SHA256]
		if m := pattern.FindStringSubmatch(im.Path); len(m) > 1 {
			of[im.Path] = m[1]
		}
	}
	return of
}

var clipsHeader = []string{"proposal", "clips", "whole", "with other photos"}

func (n clips) row() []string {
	return []string{n.proposal, fmt.Sprint(n.planted), fmt.Sprint(n.whole), fmt.Sprint(n.mixed)}
}
