package export

import (
	"context"
	"time"

	"imagelab/lib/metric"
)

// speedRounds is how often each side takes a turn.
const speedRounds = 15

// Time times imagelab, the file and the float32 file beside it ("" for none) in turns, on photos
// that are resized already, one at a time and several at once.
func (c Checker) Time(ctx context.Context, file, beside string) ([]Speed, error) {
	s, err := c.Runtime.open(ctx, file)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var reference *session
	if beside != "" {
		if reference, err = c.Runtime.open(ctx, beside); err != nil {
			return nil, err
		}
		defer reference.Close()
	}
	var all []Speed
	for _, batch := range []int{1, checkBatch} {
		if batch > len(c.Photos.Images) {
			continue
		}
		speed, err := c.turns(ctx, batch, s, reference)
		if err != nil {
			return nil, err
		}
		all = append(all, speed)
	}
	return all, nil
}

// turns times a batch. The first two rounds warm up.
func (c Checker) turns(ctx context.Context, batch int, s, reference *session) (Speed, error) {
	const stage, warm = "timing", 2
	var own, file, plain []float64
	each := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(batch) }
	for round := range warm + speedRounds {
		c.Progress.Report(stage, int64(round), warm+speedRounds)
		start := time.Now()
		if _, err := c.Predictor.Probabilities(ctx, batch, nil, c.plain(0)); err != nil {
			return Speed{}, err
		}
		own = append(own, each(time.Since(start)))
		_, took, err := c.rows(ctx, s, 0, batch)
		if err != nil {
			return Speed{}, err
		}
		file = append(file, each(took))
		if reference != nil {
			if _, took, err = c.rows(ctx, reference, 0, batch); err != nil {
				return Speed{}, err
			}
			plain = append(plain, each(took))
		}
	}
	c.Progress.Report(stage, warm+speedRounds, warm+speedRounds)
	speed := Speed{Batch: batch, ImageLab: metric.Median(own[warm:]), File: metric.Median(file[warm:])}
	if reference != nil {
		speed.Float32 = metric.Median(plain[warm:])
	}
	return speed, nil
}
