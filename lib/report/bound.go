package report

// What a page lists at most, so that it opens anywhere. What is left out is counted on it.
const (
	mostLines  = 1000 // rows of a table
	mostNotes  = 30
	mostThumbs = 4000 // thumbnails of the page of duplicates
	mostListed = 5000 // groups of copies, with those that have no thumbnails
	mostNamed  = 100  // members of a group without thumbnails
)

// bounded is the beginning of a list, and how much is left out.
func bounded[T any](list []T, most int) (shown []T, left int) {
	if len(list) <= most {
		return list, 0
	}
	return list[:most], len(list) - most
}
