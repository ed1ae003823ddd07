package report

// The most that a page lists, so that any browser opens it. The page says how much is left out.
const (
	mostLines  = 1000 // rows of a table
	mostNotes  = 30
	mostThumbs = 4000 // thumbnails on the page of duplicates
	mostListed = 5000 // groups of copies, with or without thumbnails
	mostNamed  = 100  // members of a group without thumbnails
)

// bounded is the beginning of a list, and the number of elements left out.
func bounded[T any](list []T, most int) (shown []T, left int) {
	if len(list) <= most {
		return list, 0
	}
	return list[:most], len(list) - most
}
