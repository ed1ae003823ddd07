package dedup

import (
	"context"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
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
	if distance > 0 {
		u.joinAlike(images, distance)
	}
	numbers := make([]int, len(images))
	for i := range numbers {
		numbers[i] = u.find(i)
	}
	return numbers
}

// joinAlike joins images whose hashes are near. Ten thousand copies of one photo take linear time.
func (u union) joinAlike(images []dataset.Image, distance int) {
	var one [][]int // images with a hash
	for i, im := range images {
		if _, err := dhash.Parse(im.Hash); err == nil {
			one = append(one, []int{i})
		}
	}
	numbers, err := alike(context.Background(), images, one, distance, nil)
	for n, of := range numbers {
		if err == nil && of >= 0 {
			u.join(one[of][0], one[n][0])
		}
	}
}
