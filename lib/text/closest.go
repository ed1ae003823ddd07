package text

import "strings"

// Closest is the name that a mistyped word most probably means, or "" where none is near: at most a
// third of the longer one's letters differ (Damerau and Levenshtein's distance), or one begins with
// the other. Case does not matter.
func Closest(word string, names []string) string {
	best, least := "", 0
	word = strings.ToLower(word)
	for _, name := range names {
		lower := strings.ToLower(name)
		d := distance([]rune(word), []rune(lower))
		if len(word) > 1 && (strings.HasPrefix(lower, word) || strings.HasPrefix(word, lower) && len(lower) > 2) {
			d = min(d, 1)
		}
		if 3*d <= max(len(word), len(name), 3) && (best == "" || d < least) {
			best, least = name, d
		}
	}
	return best
}

// DidYouMean is a sentence to be put behind a message about word, or "" where no name is near.
func DidYouMean(word string, names []string) string {
	if name := Closest(word, names); name != "" {
		return "; did you mean " + name + "?"
	}
	return ""
}

// distance counts the letters to be inserted, deleted or changed, and the neighbours to be
// exchanged.
func distance(a, b []rune) int {
	var older, old []int
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		older, old, row = old, row, make([]int, len(b)+1)
		row[0] = i + 1
		for j := range b {
			change := old[j]
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(change, old[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}
