package tradeoff

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options say how much to measure. They are part of every speed record.
type Options struct {
	Batches []int `json:"batches"` // batch sizes, ascending, beginning with 1
	Rounds  int   `json:"rounds"`  // number of rounds; each network is timed once per round
	// number of untimed calls before the timed ones, for each batch size in each round
	WarmUp  int `json:"warm_up"`
	Timings int `json:"timings"` // number of timed calls of batch 1 per round
	// approximate number of photos per round at each larger batch size; at least one call
	Images int `json:"images"`
	Photos int `json:"photos"` // number of predictions from files per round
	// time limit of each series of timings, nanoseconds; a slow engine makes fewer timings, at least
	// one
	Limit time.Duration `json:"limit"`
}

// Default has 6 rounds: 300 latencies of each network, and an interval that contains the median
// with a probability of 97 %. With XLA most of the time is for compiling: seconds for each batch
// size of each network.
func Default() Options {
	return Options{Batches: []int{1, 2, 4, 8, 16, 32}, Rounds: 6, WarmUp: 3, Timings: 50, Images: 64, Photos: 8,
		Limit: 2 * time.Second}
}

// Quick measures everything twice, with batch 1 only, since each batch size takes seconds to
// compile. It is enough to see that the measurement works, not to compare.
func Quick() Options {
	return Options{Batches: []int{1}, Rounds: 2, WarmUp: 1, Timings: 5, Images: 8, Photos: 2, Limit: time.Second}
}

// Validate reports the first setting that is outside its range.
func (o Options) Validate() error {
	if len(o.Batches) == 0 || o.Batches[0] != 1 || !slices.IsSorted(o.Batches) ||
		len(slices.Compact(slices.Clone(o.Batches))) != len(o.Batches) || o.Batches[len(o.Batches)-1] > 4096 {
		return fmt.Errorf("tradeoff: batches %v must rise from 1 to at most 4096", o.Batches)
	}
	for _, rule := range []struct {
		ok   bool
		says string
	}{
		{o.Rounds >= 1 && o.Rounds <= 1000, "rounds must lie in 1..1000"},
		{o.WarmUp >= 1, "warm_up must be at least 1: the first calls are always slower"},
		{o.Timings >= 1, "timings must be at least 1"},
		{o.Images >= 1, "images must be at least 1"},
		{o.Photos >= 1, "photos must be at least 1"},
		{o.Limit > 0, "limit must be positive"},
	} {
		if !rule.ok {
			return errors.New("tradeoff: " + rule.says)
		}
	}
	return nil
}

// Network is a network to be timed. The values of the weights do not affect speed, so it is timed
// with pretrained weights and a made-up classifier. A model can so be timed before it is trained,
// and models that differ only in the cut share one measurement.
type Network struct {
	Backbone           string
	Size               int     // side of the input, pixels; 0: the backbone's own
	CenterCropFraction float64 // side of the centre crop, as a share of the short side; 0: the backbone's own
	Classes            int
	Precision          string // see [recipe.Config]; "": float32
	Random             bool   // with weights that know nothing, for those whose weights are not at hand
}
