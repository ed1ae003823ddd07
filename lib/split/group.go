package split

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

// assignGroups sets Group of every image by the rule in force: an accepted proposal, pattern, runs,
// or the CSV's column. Runs go on from those in r, and are left there. The note says which images
// the rule does not reach.
func assignGroups(s *dataset.Set, r *rules) (note string, err error) {
	o, images := r.Options, s.Images
	for i := range images {
		images[i].Group = ""
		if o.GroupColumn {
			images[i].Group = images[i].GroupColumn
		}
	}
	switch {
	case o.GroupRule != "":
		return "", groupByRule(s, o.GroupRule)
	case o.GroupPattern != "":
		return groupByPattern(images, regexp.MustCompile(o.GroupPattern)) // Validate has compiled it
	case o.GroupRun > 1:
		r.Runs = groupByRun(images, o.GroupRun, r.Runs)
		return "", nil
	}
	return alone(images, "have no group in the CSV file"), nil
}

// groupByPattern takes the first submatch. Paths that do not match are no group; that none does
// must be a mistake.
func groupByPattern(images []dataset.Image, re *regexp.Regexp) (note string, err error) {
	found := false
	for i := range images {
		images[i].Group = ""
		if m := re.FindStringSubmatch(images[i].Path); m != nil {
			images[i].Group = m[1]
			found = found || m[1] != ""
		}
	}
	if !found {
		return "", fmt.Errorf("group pattern %q matches no path; one of them is %q", re, images[0].Path)
	}
	return alone(images, "match no group"), nil
}

const shownAlone = 3

// alone counts the images that take part and have no group, where others have one, and names the
// first.
func alone(images []dataset.Image, why string) string {
	var paths []string
	used := 0
	for _, im := range images {
		if !im.Used() {
			continue
		}
		used++
		if im.Group == "" {
			paths = append(paths, text.Name(im.Path))
		}
	}
	if len(paths) == 0 || len(paths) == used {
		return ""
	}
	names := strings.Join(paths[:min(len(paths), shownAlone)], ", ")
	if len(paths) > shownAlone {
		names += " ..."
	}
	return fmt.Sprintf("%d of %d paths %s and stand alone: %s", len(paths), used, why, names)
}

// groupByRun gives runs of n neighbours a group and returns their members. Photos that were in a
// run before stay in it; a new one joins the run that it follows or lies in, as long as that has
// fewer than n, or begins another. A run ends with its folder: the photos of another folder are not
// of the same burst. Duplicates count, so that removing some does not shift runs.
func groupByRun(images []dataset.Image, n int, old [][]string) (runs [][]string) {
	of := earlierRuns(images, old)
	size, first := map[int]int{}, map[int]string{}
	for _, run := range of {
		if run >= 0 {
			size[run]++
		}
	}
	next, current := len(old), -1
	for i := range images {
		if i > 0 && path.Dir(images[i].Path) != path.Dir(images[i-1].Path) {
			current = -1
		}
		switch {
		case of[i] >= 0:
		case current >= 0 && (size[current] < n || inside(images, of, i, current)):
			of[i] = current
			size[current]++
		default:
			of[i] = next
			size[next]++
			next++
		}
		current = of[i]
		if _, named := first[current]; !named {
			first[current] = images[i].Path
		}
		images[i].Group = "run of " + first[current]
	}
	return members(images, of)
}

// earlierRuns is the run of each image, or -1. The same content may occur several times: its first
// place then goes to the first.
func earlierRuns(images []dataset.Image, old [][]string) []int {
	known := map[string][]int{}
	for run, ids := range old {
		for _, id := range ids {
			known[id] = append(known[id], run)
		}
	}
	of := make([]int, len(images))
	for i, im := range images {
		of[i] = -1
		if id := shortID(im); len(known[id]) > 0 {
			of[i], known[id] = known[id][0], known[id][1:]
		}
	}
	return of
}

// inside reports whether the next image with a run, in the folder of image i, belongs to the given
// one.
func inside(images []dataset.Image, of []int, i, run int) bool {
	for j := i + 1; j < len(images) && path.Dir(images[j].Path) == path.Dir(images[i].Path); j++ {
		if of[j] >= 0 {
			return of[j] == run
		}
	}
	return false
}

// members lists the runs in the order of their first images.
func members(images []dataset.Image, of []int) (runs [][]string) {
	at := map[int]int{}
	for i, im := range images {
		k, ok := at[of[i]]
		if !ok {
			k = len(runs)
			at[of[i]] = k
			runs = append(runs, nil)
		}
		runs[k] = append(runs[k], shortID(im))
	}
	return runs
}

// shortID is enough of the content hash to tell the photos of one set apart.
func shortID(im dataset.Image) string { return im.SHA256[:min(16, len(im.SHA256))] }
