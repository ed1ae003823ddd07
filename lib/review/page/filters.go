package page

import (
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// Filters are the values of Options.Only beside the names of classes, sides and tags.
var Filters = []string{"suspects", "unseen", "duplicates", "unlabelled", "differs", "keep", "ambiguous", "drop"}

// filterKinds come before a colon, for names that are also a filter.
var filterKinds = []string{"class", "split", "tag", "query"}

// checkOnly refuses a filter that shows nothing because it is misspelled.
func checkOnly(only string, b *board) error {
	kind, _, hasKind := strings.Cut(only, ":")
	if only == "" || slices.Contains(Filters, only) || hasKind && slices.Contains(filterKinds, kind) {
		return nil
	}
	names := slices.Clone(Filters)
	for i, r := range b.rows {
		names = append(names, r.Label, b.set.Images[i].Split)
		names = append(names, r.Tags...)
	}
	slices.Sort(names)
	names = slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
	if slices.Contains(names, only) {
		return nil
	}
	return fmt.Errorf("page: there is nothing of the name %s to show: it is one of %s, or a class, a side or a tag%s",
		text.Name(only), strings.Join(Filters, ", "), text.DidYouMean(only, names))
}
