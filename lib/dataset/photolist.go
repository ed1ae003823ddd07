package dataset

import (
	"fmt"
	"iter"
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
		for end := range ends(e.path) {
			for _, key := range []string{end, strings.TrimSuffix(end, path.Ext(end))} {
				if other, ok := f[key]; ok && other != i {
					f[key] = -1
				} else {
					f[key] = i
				}
			}
		}
	}
	return f
}

// ends are a path, and what is left of it without its first folder, its first two, and so on.
func ends(p string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for more := true; more && yield(p); {
			_, p, more = strings.Cut(p, "/")
		}
	}
}

// find is the photo that a path of any machine means: the one with the longest end of it.
func (f finder) find(p string) (int, bool) {
	p = strings.TrimPrefix(path.Clean(strings.ReplaceAll(strings.Trim(p, `"' `), `\`, "/")), "/")
	for end := range ends(p) {
		if i, ok := f[end]; ok {
			return i, i >= 0
		}
	}
	return 0, false
}

// list reads a text list; without photos it is another text, or fewer than nine of ten of its lines
// name one.
func (f finder) list(rel string, data []byte) photoList {
	l, found, n := photoList{rel: rel, side: sideOfCSV(rel)}, map[int]string{}, 0
	for line := range textLines(data) {
		if line[0] == '#' {
			continue
		}
		n++
		i, ok := f.find(line)
		label := ""
		if words := strings.Fields(strings.ReplaceAll(line, ",", " ")); !ok && len(words) > 1 {
			i, ok = f.find(words[0])
			label = words[1]
		}
		if ok {
			found[i] = label
		}
		if n == 200 && len(found) == 0 {
			break
		}
	}
	if len(found) > 0 && 10*len(found) >= 9*n {
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
	for line := range textLines(data) {
		first, rest, _ := strings.Cut(line, " ")
		m[first] = strings.TrimSpace(rest)
	}
	return m
}

// takeSides reads lists that bear the names of sides as the sides, where no folder says them, each
// photo is on one list at most, and there are photos to learn from and others. Photos without
// labels need lists that give them.
func (l *listing) takeSides(lists []photoList) {
	lists = l.withSide(lists)
	if len(lists) == 0 {
		return
	}
	sides, names, twice := sidesOf(lists)
	labels, told := labelsOf(lists), tellSides(sides, names)
	unlabelled, why := l.kind == SourceUnlabeled, ""
	switch {
	case twice:
		why = "a photo is on two lists"
	case slices.ContainsFunc(l.entries, func(e entry) bool { return e.split != "" }):
		why = "the folders say the sides"
	case len(names) < 2:
		why = "there is one side"
	case names[Train] == nil:
		why = "none is for training"
	case unlabelled && labels == nil:
		why = "the photos have no labels"
	}
	if why != "" {
		l.note("%s list photos like sides of a split, and are not used: %s. For a test side of your own, use "+
			"split.Options.FixedTest", told, why)
		return
	}
	for i, side := range sides {
		l.entries[i].split = side
	}
	l.kind = SourceSplits
	if unlabelled {
		l.note("the labels and sides are read from %s; to split anew, run split.Run with split.Options.Redo", told)
		l.keepLabelled(labels)
		return
	}
	l.note("the sides are read from %s; to split anew, run split.Run with split.Options.Redo", told)
	if left := len(l.entries) - len(sides); left > 0 {
		l.note("%s on none of these lists: split decides on them", text.Count(left, "photo is", "photos are"))
	}
}

// withSide are the lists of sides; the others are told of.
func (l *listing) withSide(lists []photoList) []photoList {
	var out []photoList
	for _, list := range lists {
		if list.side != "" {
			out = append(out, list)
			continue
		}
		l.note("%s lists %d of the %d photos, and is not used", list.rel, len(list.photos), len(l.entries))
	}
	return out
}

// sidesOf are the sides of photos by lists, the names of the lists of each side, and whether a
// photo is on two sides.
func sidesOf(lists []photoList) (sides map[int]string, names map[string][]string, twice bool) {
	sides, names = map[int]string{}, map[string][]string{}
	for _, list := range lists {
		names[list.side] = append(names[list.side], list.rel)
		for i := range list.photos {
			other, known := sides[i]
			twice = twice || known && other != list.side
			sides[i] = list.side
		}
	}
	return sides, names, twice
}

// tellSides names lists with their sides and how many photos each side has.
func tellSides(sides map[int]string, names map[string][]string) string {
	photos := map[string]int{}
	for _, side := range sides {
		photos[side]++
	}
	var told []string
	for _, side := range []string{Train, Val, Test} {
		if names[side] != nil {
			told = append(told, fmt.Sprintf("%s (%s, %d photos)", strings.Join(names[side], " and "), side, photos[side]))
		}
	}
	return strings.Join(told, ", ")
}

// labelsOf are the labels that lists of sides give their photos. There are none where a photo of
// one has none, or where most photos have a label of their own, which is a caption or a measure.
func labelsOf(lists []photoList) map[int]string {
	labels, distinct := map[int]string{}, map[string]bool{}
	for _, list := range lists {
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

// keepLabelled gives photos their labels, and leaves out those that have none.
func (l *listing) keepLabelled(labels map[int]string) {
	var kept []entry
	for i, e := range l.entries {
		label, ok := labels[i]
		if !ok {
			l.leave(e.path, "photos that no list labels")
			continue
		}
		e.class = label
		kept = append(kept, e)
	}
	if left := len(l.entries) - len(kept); left > 0 {
		l.note("%s on none of these lists, and left out", text.Count(left, "photo is", "photos are"))
	}
	l.entries = kept
}
