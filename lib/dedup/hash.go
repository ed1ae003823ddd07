package dedup

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"imagelab/lib/imgset"
	"imagelab/lib/progress"
)

// hashAll fills in Hash and the low-entropy flag of the images that have no hash yet, on all cores: ingest has done so, but
// did not before.
func hashAll(ctx context.Context, s *imgset.Set, p progress.Func) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs, done := make(chan *imgset.Image), make(chan struct{})
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for im := range jobs {
				if err := hashOne(s, im); err != nil {
					cancel(err)
				}
				done <- struct{}{}
			}
		})
	}
	var todo []*imgset.Image
	for i := range s.Images {
		if s.Images[i].Hash == "" {
			todo = append(todo, &s.Images[i])
		}
	}
	go func() {
		defer close(done)
		defer workers.Wait()
		defer close(jobs)
		for _, im := range todo {
			if ctx.Err() != nil { // or else select might still hand out a job
				return
			}
			select {
			case jobs <- im:
			case <-ctx.Done():
				return
			}
		}
	}()
	const stage = "hashing photos"
	p.Report(stage, 0, int64(len(todo)))
	n := 0
	for range done {
		n++
		p.Report(stage, int64(n), int64(len(todo)))
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
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
