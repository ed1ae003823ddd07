package dedup

import (
	"context"
	"fmt"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/internal/disjoint"
)

// Units numbers images so that those of one group, those with the same bytes or pixels, and those
// that look alike up to a distance, see [Options], have the same number: what is told of one is not
// independent of the others. Images whose hash is missing, and blank ones, are not compared by it.
func Units(ctx context.Context, images []dataset.Image, distance int) ([]int, error) {
	u := disjoint.ByKeys(len(images), func(i int) []string {
		keys := []string{"bytes " + images[i].SHA256, "pixels " + images[i].Pixels}
		if group := images[i].Group; group != "" {
			keys = append(keys, "group "+group)
		}
		return keys
	})
	if distance > 0 {
		if err := joinAlike(ctx, u, images, distance); err != nil {
			return nil, fmt.Errorf("dedup: %w", err)
		}
	}
	numbers := make([]int, len(images))
	for i := range numbers {
		numbers[i] = u.Find(i)
	}
	return numbers, nil
}

// joinAlike joins images whose hashes are near. Ten thousand copies of one photo take linear time.
func joinAlike(ctx context.Context, u disjoint.Sets, images []dataset.Image, distance int) error {
	var one [][]int // images with a hash
	for i, im := range images {
		if _, err := dhash.Parse(im.Hash); err == nil {
			one = append(one, []int{i})
		}
	}
	numbers, err := alike(ctx, images, one, distance, nil)
	if err != nil {
		return err
	}
	for n, of := range numbers {
		if of >= 0 {
			u.Join(one[of][0], one[n][0])
		}
	}
	return nil
}
