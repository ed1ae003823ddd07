package tradeoff

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Options say how thoroughly to measure. They round-trip through JSON and stand in every record.
type Options struct {
	Batches []int         `json:"batches"` // images in a call, rising, the first is 1
	Rounds  int           `json:"rounds"`  // every arm is timed once in each
	WarmUp  int           `json:"warm_up"` // untimed calls before the timed ones, of each batch in each round
	Timings int           `json:"timings"` // calls of batch 1 in a round
	Images  int           `json:"images"`  // about so many in a round at each larger batch, at least one call
	Photos  int           `json:"photos"`  // predictions from files in a round
	Limit   time.Duration `json:"limit"`   // of each series of timings, nanoseconds: a slow engine makes fewer of them, at least one
}

// Default is 6 rounds: 300 latencies of each arm and an interval that holds the median with 97 %. On XLA most of the time
// goes into compiling, which takes seconds for each batch of each arm.
func Default() Options {
	return Options{Batches: []int{1, 2, 4, 8, 16, 32}, Rounds: 6, WarmUp: 3, Timings: 50, Images: 64, Photos: 8, Limit: 2 * time.Second}
}

// Quick tries everything twice, a photo at a time, since every batch takes seconds to compile: enough to see that it works,
// not to compare.
func Quick() Options {
	return Options{Batches: []int{1}, Rounds: 2, WarmUp: 1, Timings: 5, Images: 8, Photos: 2, Limit: time.Second}
}

// Validate reports the first setting that is outside its range.
func (o Options) Validate() error {
	if len(o.Batches) == 0 || o.Batches[0] != 1 || !slices.IsSorted(o.Batches) || len(slices.Compact(slices.Clone(o.Batches))) != len(o.Batches) || o.Batches[len(o.Batches)-1] > 4096 {
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

// Network is a network to be timed. Values of weights do not matter to speed, so the pretrained ones are used with a made-up
// classifier: an arm can be measured before it is trained, and arms that differ in the cut only are one.
type Network struct {
	Backbone     string
	Size         int     // input side, pixels; 0: the backbone's own
	CropFraction float64 // centre crop over the resized short side; 0: the backbone's own
	Classes      int
}
