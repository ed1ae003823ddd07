package dhash

// CopiesAmong looks up photos among known ones, all by the text of their fingerprints: for each of
// photos it gives the number of one of known that is at most distance away, or -1. A text that is
// empty or from an earlier version matches nothing; leave out those of blank photos, whose
// fingerprints mean nothing.
func CopiesAmong(known, photos []string, distance int) []int {
	index := NewIndex(distance, len(known))
	var number []int // in known, of those in the index
	for i, text := range known {
		if index.Add(text) == nil {
			number = append(number, i)
		}
	}
	found := make([]int, len(photos))
	for i, text := range photos {
		found[i] = -1
		f, err := Parse(text)
		if err != nil {
			continue
		}
		for near := range index.Near(f) {
			found[i] = number[near]
			break
		}
	}
	return found
}
