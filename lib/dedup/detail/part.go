package detail

import (
	"context"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/part"
	"imagelab/lib/progress"
)

// Part computes the features of a shard of the images of s, at each quarter turn of o, for a [Find]
// that takes them from the parts: see [embed.Part].
func Part(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image, o Options, shard part.Shard,
	p progress.Func) (part.Done, error) {
	all := part.Done{Before: true}
	for _, turn := range o.turns() {
		opt := o.Embed
		opt.Turn = turn
		done, err := embed.Part(ctx, e, s, images, opt, shard, p)
		if err != nil {
			return part.Done{}, err
		}
		all.Photos, all.Before = max(all.Photos, done.Photos), all.Before && done.Before
	}
	return all, nil
}
