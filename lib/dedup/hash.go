package dedup

import (
	"context"
	"fmt"
	"slices"

	"imagelab/lib/imgset"
	"imagelab/lib/progress"
	"imagelab/lib/workers"
)

// hashAll fills in Hash and the low-entropy flag of the images that have no hash yet, on all cores: ingest has done so, but
// did not before.
func hashAll(ctx context.Context, s *imgset.Set, p progress.Func) error {
	var todo []*imgset.Image
	for i := range s.Images {
		if s.Images[i].Hash == "" {
			todo = append(todo, &s.Images[i])
		}
	}
	return workers.Each(ctx, len(todo), "hashing photos", p, func(i int) error { return hashOne(s, todo[i]) })
}

func hashOne(s *imgset.Set, im *imgset.Image) error {
	h, blank, err := imgset.HashFile(s.File(*im))
	if err != nil {
		return fmt.Errorf("%w: the photo changed since `imagelab ingest`, run that again", err)
	}
	if blank && !im.Has(imgset.FlagLowEntropy) {
		im.Flags = append(slices.Clip(im.Flags), imgset.FlagLowEntropy)
	}
	im.Hash = h.String()
	return nil
}
