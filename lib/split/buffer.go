package split

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

// frame is a photo with its place in a sequence.
type frame struct {
	image  int // index
	number int
}

// lastNumber matches the last number of a file's name without its ending.
var lastNumber = regexp.MustCompile(`^(|.*[^0-9])([0-9]{1,18})([^0-9]*)$`)

// sequenceOf returns the sequence that a photo is a frame of, and its number there. Photos are of
// one sequence if their paths differ only in the last number of the name, in the folder of their
// class and in that of a side. A name without a number is of none.
func sequenceOf(im dataset.Image) (name string, number int, ok bool) {
	m := lastNumber.FindStringSubmatch(strings.TrimSuffix(path.Base(im.Path), path.Ext(im.Path)))
	if m == nil {
		return "", 0, false
	}
	var folders []string
	for folder := range strings.SplitSeq(path.Dir(im.Path), "/") {
		if folder != im.GivenClass() && folder != im.Class && dataset.SplitOf(folder) == "" {
			folders = append(folders, folder)
		}
	}
	number, err := strconv.Atoi(m[2])
	return strings.Join(folders, "/") + "\x00" + m[1] + "\x00" + m[3], number, err == nil
}

// sequences are the frames of each sequence of the images in use, by number; those of the same
// number, such as of two cameras, stand beside each other. alone counts photos that are in none.
func sequences(images []dataset.Image) (all [][]frame, alone int) {
	at := map[string]int{}
	for i, im := range images {
		if !im.Used() {
			continue
		}
		name, number, ok := sequenceOf(im)
		if !ok {
			alone++
			continue
		}
		if _, known := at[name]; !known {
			at[name] = len(all)
			all = append(all, nil)
		}
		all[at[name]] = append(all[at[name]], frame{i, number})
	}
	for _, frames := range all {
		slices.SortStableFunc(frames, func(a, b frame) int { return cmp.Compare(a.number, b.number) })
	}
	return all, alone
}

// takeBack lets photos take part that an earlier buffer left out.
func takeBack(images []dataset.Image) {
	for i := range images {
		images[i].Buffer = false
	}
}

// setBuffer leaves out training frames at most n away from a validation or test frame of the same
// sequence, and such validation frames near a test frame: the test side stays as it is. It notes
// how many these are. That a class loses all its photos of a side is an error, which names Redo
// where an earlier split has drawn the test side.
func (p *plan) setBuffer(s *dataset.Set, n int, drawn bool) error {
	if n < 1 {
		return nil
	}
	before := classesOn(s)
	all, alone := sequences(s.Images)
	var aside []int
	for _, frames := range all {
		for i, f := range frames {
			if near(s.Images, frames, i, n) {
				aside = append(aside, f.image)
			}
		}
	}
	left := map[string]int{}
	for _, i := range aside {
		left[s.Images[i].Split]++
		s.Images[i].Split, s.Images[i].Buffer = "", true
	}
	if what := lost(before, classesOn(s)); what != "" {
		again := ""
		if drawn {
			again = " together with split.Options.Redo"
		}
		return fmt.Errorf("a buffer of %d frames leaves out %d of %d photos, and %s: keep frames together first, by "+
			"split.Options.GroupRun or a group rule%s, or choose a smaller buffer", n, len(aside), len(s.Kept())+len(aside),
			what, again)
	}
	p.notes = append(p.notes, fmt.Sprintf(
		"left out as a buffer, since they lie within %s of another side: %d training and %d "+
			"validation photos", text.Count(n, "frame"), left[dataset.Train], left[dataset.Val]))
	if alone > 0 {
		p.notes = append(p.notes, fmt.Sprintf("%s no number in the name, so that the buffer does not reach them",
			text.Count(alone, "photo has", "photos have")))
	}
	return nil
}

// near reports whether frame i is at most n away from one of a side that matters more.
func near(images []dataset.Image, frames []frame, i, n int) bool {
	own := slices.Index(sides, images[frames[i].image].Split)
	for _, step := range []int{-1, 1} {
		for j := i + step; j >= 0 && j < len(frames); j += step {
			if away := step * (frames[j].number - frames[i].number); away > n {
				break
			}
			if slices.Index(sides, images[frames[j].image].Split) > own {
				return true
			}
		}
	}
	return false
}

// place is a class on a side.
type place struct{ class, side string }

func classesOn(s *dataset.Set) map[place]bool {
	on := map[place]bool{}
	for _, im := range s.Kept() {
		on[place{im.Class, im.Split}] = true
	}
	return on
}

// lost says which class has no photo any more on a side where it had one; of several, the first.
func lost(before, now map[place]bool) string {
	var gone []string
	for at := range before {
		if !now[at] {
			gone = append(gone, fmt.Sprintf("class %s has none left on the side %s", text.Name(at.class), at.side))
		}
	}
	if len(gone) == 0 {
		return ""
	}
	return slices.Min(gone)
}
