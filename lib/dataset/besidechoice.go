package dataset

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/text"
)

// submission is what competitions call the file that shows how to hand in an answer. Its labels
// mean nothing.
var submission = regexp.MustCompile(`(?i)submission|^sample[-_ ]?sub`)

func isSubmission(name string) bool { return submission.MatchString(name) }

var (
	camel = regexp.MustCompile(`([a-z])([A-Z])`) // "trainLabels"
	// aboutList are words in the name of a list that say what it holds, and nothing of its side.
	aboutList = regexp.MustCompile(
		`(?i)(^|[^a-z])(labels?|features?|targets?|annotations?|meta|metadata|list|info)($|[^a-z])`)
)

// sideOfCSV is the side that a CSV file's name speaks of, or else its folder's.
func sideOfCSV(rel string) string {
	name := camel.ReplaceAllString(strings.TrimSuffix(path.Base(rel), path.Ext(rel)), "$1 $2")
	for _, n := range []string{name, aboutList.ReplaceAllString(name, " ")} {
		if side := layout.Side(n); side != "" {
			return side
		}
	}
	return layout.Side(path.Base(path.Dir(rel)))
}

// choose leaves out lists that another one speaks against, and says why: those without a column
// called like a label, tests of other labels than those to be learned, and lists of other photos
// than those of the sides.
func (l *listing) choose(found []*listing) (used []*listing, told []string) {
	used = found
	for _, against := range []func(c *listing, all []*listing) string{
		l.guessed, l.guessedTest, l.otherLabels, l.otherPhotos,
	} {
		all := used
		used = slices.DeleteFunc(slices.Clone(all), func(c *listing) bool {
			why := against(c, all)
			if why != "" {
				told = append(told, fmt.Sprintf("%s is not used: %s", l.rel(c.from), why))
			}
			return why != ""
		})
	}
	for _, c := range used {
		if len(used) > 1 && len(c.entries) > 1 && l.side(c) == layout.Test && c.oneClass() {
			told = append(told, fmt.Sprintf("each photo of %s has the label %q: if that stands for an unknown label, ingest "+
				"the training list in place of the folder", l.rel(c.from), c.entries[0].class))
		}
	}
	return used, told
}

// side is the side that the name of a list speaks of, which may begin or end with it: MXNet's
// "birds_train.lst".
func (l *listing) side(c *listing) string {
	rel := l.rel(c.from)
	if side := sideOfCSV(rel); side != "" {
		return side
	}
	words := strings.FieldsFunc(stemOf(rel), func(r rune) bool { return r < 'a' || r > 'z' })
	if len(words) == 0 {
		return ""
	}
	return cmp.Or(layout.Side(words[len(words)-1]), layout.Side(words[0]))
}

// guessed speaks against a list whose label is what no other column is, where one for the same side
// names it.
func (l *listing) guessed(c *listing, all []*listing) string {
	for _, other := range all {
		if c.label.Guessed && !other.label.Guessed && l.side(c) == l.side(other) {
			return fmt.Sprintf("its column %q is not called like a label, and %s has labels", c.label.Column,
				l.rel(other.from))
		}
	}
	return ""
}

// guessedTest speaks against a test whose only other column need not be the label: tests of
// competitions have none.
func (l *listing) guessedTest(c *listing, all []*listing) string {
	same := func(other *listing) bool { return other != c && other.label.Column == c.label.Column }
	if len(all) < 2 || !c.label.Guessed || l.side(c) != layout.Test || slices.ContainsFunc(all, same) {
		return ""
	}
	return fmt.Sprintf("no column is called like a label, and no other list has a column %q", c.label.Column)
}

// otherLabels speaks against a test none of whose labels is one of the training list's, where that
// has several.
func (l *listing) otherLabels(c *listing, all []*listing) string {
	if l.side(c) != layout.Test {
		return ""
	}
	taught := map[string]bool{}
	for _, other := range all {
		for _, e := range other.entries {
			if l.side(other) == layout.Train {
				taught[e.class] = true
			}
		}
	}
	if len(taught) < 2 || slices.ContainsFunc(c.entries, func(e entry) bool { return taught[e.class] }) {
		return ""
	}
	return fmt.Sprintf("none of its labels, such as %q, is one of the training list", c.entries[0].class)
}

// otherPhotos speaks against a list of no side that names none of the photos that the training list
// names.
func (l *listing) otherPhotos(c *listing, all []*listing) string {
	train := slices.IndexFunc(all, func(other *listing) bool { return l.side(other) == layout.Train })
	if train < 0 || l.side(c) != "" {
		return ""
	}
	named := map[string]bool{}
	for _, e := range all[train].entries {
		named[path.Join(l.rel(all[train].root), e.path)] = true
	}
	if slices.ContainsFunc(c.entries, func(e entry) bool { return named[path.Join(l.rel(c.root), e.path)] }) {
		return ""
	}
	return fmt.Sprintf("it lists %s that %s does not; for its labels, ingest that file in place of the folder",
		text.Count(len(c.entries), "photo"), l.rel(all[train].from))
}
