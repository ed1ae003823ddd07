package dataset

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// photoList is a text list that names photos of the set, by their number among the entries.
type photoList struct {
	rel, side string         // the side is "" where the list is of none
	photos    map[int]string // the label that the list gives each, or ""
}

// finder maps every end of the photos' paths, with the file's ending and without, to the photo, or
// to -1 where several have it.
type finder map[string]int

func newFinder(entries []entry) finder {
	f := finder{}
	for i, e := range entries {
		for p := e.path; ; {
			for _, key := range []string{p, strings.TrimSuffix(p, path.Ext(p))} {
				if other, ok := f[key]; ok && other != i {
					f[key] = -1
				} else {
					f[key] = i
				}
			}
			_, rest, more := strings.Cut(p, "/")
			if p = rest; !more {
				break
			}
		}
	}
	return f
}

// find is the photo that a path of any machine means: the one with the longest end of it.
func (f finder) find(p string) (int, bool) {
	p = strings.TrimPrefix(path.Clean(strings.ReplaceAll(strings.Trim(p, `"' `), `\`, "/")), "/")
	for {
		if i, ok := f[p]; ok {
			return i, i >= 0
		}
		_, rest, more := strings.Cut(p, "/")
		if !more {
			return 0, false
		}
		p = rest
	}
}

// list reads a text list; without photos it is another text, or fewer than nine of ten of its lines
// name one.
func (f finder) list(rel string, data []byte) photoList {
	l, found, lines := photoList{rel: rel, side: sideOfCSV(rel)}, map[int]string{}, 0
	for line := range bytes.Lines(data) {
		text := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
		if text == "" || text[0] == '#' {
			continue
		}
		lines++
		i, ok := f.find(text)
		label := ""
		if words := strings.Fields(strings.ReplaceAll(text, ",", " ")); !ok && len(words) > 1 {
			i, ok = f.find(words[0])
			label = words[1]
		}
		if ok {
			found[i] = label
		}
		if lines == 200 && len(found) == 0 {
			break
		}
	}
	if len(found) > 0 && 10*len(found) >= 9*lines {
		l.photos = found
	}
	return l
}

// numbered makes lists of two files as CUB-200 has them: one with a line of "number path" for each
// photo, and one, called like train_test_split.txt, with a line of "number 1" for each training
// photo and "number 0" for each test photo. It returns the files that it used.
func (f finder) numbered(texts []asideText) (lists []photoList, used []string) {
	for _, split := range texts {
		if stem := stemOf(split.rel); !strings.Contains(stem, "train") || !strings.Contains(stem, "split") {
			continue
		}
		for _, images := range texts {
			photos := map[string]int{}
			for number, path := range pairs(images.data) {
				if i, ok := f.find(path); ok {
					photos[number] = i
				}
			}
			if lists = sidesByNumber(split, photos); lists != nil {
				return lists, []string{split.rel, images.rel}
			}
		}
	}
	return nil, nil
}

// sidesByNumber are the two lists of a file of numbers and sides; none if it says anything else, or
// has another number of photos.
func sidesByNumber(split asideText, photos map[string]int) []photoList {
	train := photoList{split.rel, Train, map[int]string{}}
	test := photoList{split.rel, Test, map[int]string{}}
	sides, lines := map[string]map[int]string{"1": train.photos, "0": test.photos}, pairs(split.data)
	for number, side := range lines {
		if sides[side] == nil {
			return nil
		}
		if i, ok := photos[number]; ok {
			sides[side][i] = ""
		}
	}
	if found := len(train.photos) + len(test.photos); found == 0 || 10*found < 9*len(lines) {
		return nil
	}
	return []photoList{train, test}
}

// pairs are the first word of each line and the rest of it.
func pairs(data []byte) map[string]string {
	m := map[string]string{}
	for line := range bytes.Lines(data) {
		first, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff")), " ")
		m[first] = strings.TrimSpace(rest)
	}
	return m
}

// takeSides reads lists that bear the names of sides as the sides, where no folder says them, each
// photo is on one list at most, and there are photos to learn from and others. Photos without
// labels need lists that give them.
func (l *listing) takeSides(lists []photoList) {
	sides, names := map[int]string{}, map[string][]string{}
	why := ""
	if slices.ContainsFunc(l.entries, func(e entry) bool { return e.split != "" }) {
		why = "the folders say the sides"
	}
	for _, list := range lists {
		if list.side == "" {
			l.note("%s lists %d of the %d photos, and is not used", list.rel, len(list.photos), len(l.entries))
			continue
		}
		names[list.side] = append(names[list.side], list.rel)
		for i := range list.photos {
			if other, ok := sides[i]; ok && other != list.side {
				why = "a photo is on two lists"
			}
			sides[i] = list.side
		}
	}
	if len(names) == 0 {
		return
	}
	labels := labelsOf(lists)
	switch {
	case why != "":
	case len(names) < 2:
		why = "there is one side"
	case names[Train] == nil:
		why = "none is for training"
	case l.kind == SourceUnlabeled && labels == nil:
		why = "the photos have no labels"
	}
	told := tellSides(sides, names)
	switch {
	case why != "":
		l.note("%s list photos like sides of a split, and are not used: %s. For a test side of your own, use "+
			"split.Options.FixedTest", told, why)
	case l.kind == SourceUnlabeled:
		l.note("the labels and sides are read from %s; to split anew, run split.Run with split.Options.Redo", told)
		l.setSides(sides, labels)
		l.keepListed(sides)
	default:
		l.note("the sides are read from %s; to split anew, run split.Run with split.Options.Redo", told)
		l.setSides(sides, nil)
		if left := len(l.entries) - len(sides); left > 0 {
			l.note("%s on none of these lists: split decides on them", text.Count(left, "photo is", "photos are"))
		}
	}
}

// setSides puts photos on sides, and gives them labels.
func (l *listing) setSides(sides, labels map[int]string) {
	for i, side := range sides {
		l.entries[i].split = side
	}
	for i, label := range labels {
		l.entries[i].class = label
	}
	l.kind = SourceSplits
}

// tellSides names lists with their sides and how many photos each side has.
func tellSides(sides map[int]string, names map[string][]string) string {
	var told []string
	byOrder := func(a, b string) int { return cmp.Compare(order(a), order(b)) }
	for _, side := range slices.SortedFunc(maps.Keys(names), byOrder) {
		n := 0
		for _, s := range sides {
			if s == side {
				n++
			}
		}
		told = append(told, fmt.Sprintf("%s (%s, %d photos)", strings.Join(names[side], " and "), side, n))
	}
	return strings.Join(told, ", ")
}

func order(side string) int { return slices.Index([]string{Train, Val, Test}, side) }

// labelsOf are the labels that lists of sides give photos. There are none where a photo of one has
// none, or where most photos have a label of their own, which is a caption or a measure.
func labelsOf(lists []photoList) map[int]string {
	labels, distinct := map[int]string{}, map[string]bool{}
	for _, list := range lists {
		if list.side == "" {
			continue
		}
		for i, label := range list.photos {
			if label == "" {
				return nil
			}
			labels[i] = label
			distinct[label] = true
		}
	}
	if len(distinct) < 2 || 2*len(distinct) > len(labels) {
		return nil
	}
	return labels
}

// keepListed leaves out the photos that are on no list.
func (l *listing) keepListed(sides map[int]string) {
	var kept []entry
	for i, e := range l.entries {
		if _, ok := sides[i]; ok {
			kept = append(kept, e)
		} else {
			l.leave(e.path, "photos that no list labels")
		}
	}
	if left := len(l.entries) - len(kept); left > 0 {
		l.note("%s on none of these lists, and left out", text.Count(left, "photo is", "photos are"))
	}
	l.entries = kept
}
