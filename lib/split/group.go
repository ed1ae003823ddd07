package split

import (
	"fmt"
	"path"
	"regexp"

	"imagelab/lib/imgset"
)

// assignGroups sets Group of every image by the rule in force: pattern, runs, or the CSV's column.
func assignGroups(images []imgset.Image, o Options) error {
	for i := range images {
		images[i].Group = ""
		if o.GroupColumn {
			images[i].Group = images[i].GroupColumn
		}
	}
	switch {
	case o.GroupPattern != "":
		return groupByPattern(images, regexp.MustCompile(o.GroupPattern)) // Validate has compiled it
	case o.GroupRun > 1:
		groupByRun(images, o.GroupRun)
	}
	return nil
}

// groupByPattern takes the first submatch. Paths that do not match are no group; that none does must be a mistake.
func groupByPattern(images []imgset.Image, re *regexp.Regexp) error {
	found := false
	for i := range images {
		images[i].Group = ""
		if m := re.FindStringSubmatch(images[i].Path); m != nil {
			images[i].Group = m[1]
			found = found || m[1] != ""
		}
	}
	if !found {
		return fmt.Errorf("group pattern %q matches no path; one of them is %q", re, images[0].Path)
	}
	return nil
}

// groupByRun numbers runs of n neighbours. A run ends with its folder: the photos of another folder are not of the
// same burst. Duplicates count, so that removing some does not shift the runs.
func groupByRun(images []imgset.Image, n int) {
	start, folder := 0, ""
	for i := range images {
		if dir := path.Dir(images[i].Path); i == 0 || dir != folder {
			start, folder = i, dir
		}
		first := start + (i-start)/n*n
		images[i].Group = "run of " + images[first].Path
	}
}
