package classifier

import (
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/review"
)

// Names of the first two parts of a result on photos with tags. The others are named for the tags.
const (
	PartClear   = "not flagged"
	PartFlagged = "flagged"
)

// flags are the tags that say that a photo is hard to label, whatever the model.
var flags = []string{review.StateAmbiguous, review.TagOccluded, review.TagTruncated}

// parts are the accuracies without flagged photos, on flagged photos, and by tag. They are nil
// where no image has a tag.
func parts(images []dataset.Image, labels []int, probs [][]float64, groups []int) []metric.Part {
	var tags []string
	for _, im := range images {
		tags = append(tags, im.Tags...)
	}
	if len(tags) == 0 {
		return nil
	}
	slices.Sort(tags)
	flagged := func(i int) bool {
		return slices.ContainsFunc(images[i].Tags, func(t string) bool { return slices.Contains(flags, t) })
	}
	out := []metric.Part{
		metric.NewPart(PartClear, labels, probs, groups, func(i int) bool { return !flagged(i) }),
		metric.NewPart(PartFlagged, labels, probs, groups, flagged),
	}
	for _, tag := range slices.Compact(tags) {
		out = append(out, metric.NewPart(tag, labels, probs, groups,
			func(i int) bool { return slices.Contains(images[i].Tags, tag) }))
	}
	return out
}
