package dedup

import (
	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
)

// Units numbers images so that those of one group, those with the same bytes or pixels, and those
// that look alike up to a distance, see [Options], have the same number: what is told of one is not
// independent of the others. Images whose hash is missing, and blank ones, are not compared by it.
func Units(images []dataset.Image, distance int) []int {
	u := newUnion(len(images))
	first := map[string]int{}
	for i, im := range images {
		keys := []string{"bytes " + im.SHA256, "pixels " + im.Pixels}
		if im.Group != "" {
			keys = append(keys, "group "+im.Group)
		}
		for _, key := range keys {
			if j, ok := first[key]; ok {
				u.join(i, j)
			} else {
				first[key] = i
			}
		}
	}
	u.joinAlike(images, distance)
	numbers := make([]int, len(images))
	for i := range numbers {
		numbers[i] = u.find(i)
	}
	return numbers
}

// joinAlike joins images whose hashes are near.
func (u union) joinAlike(images []dataset.Image, distance int) {
	index := dhash.NewIndex(distance, len(images))
	var numbers []int // of the images in the index
	for i, im := range images {
		f, err := dhash.Parse(im.Hash)
		if err != nil || im.Has(photo.FlagLowEntropy) || distance == 0 {
			continue
		}
		for j := range index.Near(f) {
			u.join(i, numbers[j])
		}
		if index.Add(im.Hash) == nil {
			numbers = append(numbers, i)
		}
	}
}
