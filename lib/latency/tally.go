package latency

import (
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

// tally collects the timings of one subject.
type tally struct {
	subject subject
	opened  bool
	err     error
	speed   tradeoff.Speed // what is known without timings
	latency [][]float64    // seconds, by round
	rates   [][]float64    // images a second, by batch and round
	batches []int
	laps    [][]float64 // seconds, by stage
}

// keep remembers the first error.
func (t *tally) keep(err error) {
	if t.err == nil {
		t.err = err
	}
}

func (t *tally) shut() {
	if t.opened {
		t.subject.close()
		t.opened = false
	}
}

// add takes one round's timings of the batch with index i.
func (t *tally) add(i, batch int, seconds []float64) {
	if i == len(t.batches) {
		t.batches, t.rates = append(t.batches, batch), append(t.rates, nil)
	}
	t.rates[i] = append(t.rates[i], float64(batch*len(seconds))/floats.Sum(seconds))
	if batch == 1 {
		t.latency = append(t.latency, seconds)
	}
}

// addLaps takes the times of the stages of one photo. Decoding reads the file once more, so that is
// taken off.
func (t *tally) addLaps(laps []float64) {
	if t.laps == nil {
		t.laps = make([][]float64, len(laps))
	}
	for i, seconds := range laps {
		if i == 1 {
			seconds = max(0, seconds-laps[0])
		}
		t.laps[i] = append(t.laps[i], seconds)
	}
}

// summary is the record of what was collected.
func (t *tally) summary(o tradeoff.Options) tradeoff.Speed {
	s := t.speed
	s.Version, s.Options = tradeoff.Version, o
	if t.err != nil {
		return tradeoff.Speed{Version: tradeoff.Version, Options: o, Backbone: s.Backbone, Size: s.Size,
			Classes: s.Classes, Precision: s.Precision, Error: t.err.Error()}
	}
	s.Latency = latency(t.latency)
	s.Noise = (s.Latency.Interval[1] - s.Latency.Interval[0]) / s.Latency.Median
	for i, rates := range t.rates {
		sorted := slices.Sorted(slices.Values(rates))
		s.Throughput = append(s.Throughput, tradeoff.Throughput{Batch: t.batches[i], Median: quantile(0.5, sorted),
			Low: sorted[0], High: sorted[len(sorted)-1]})
		if s.Throughput[i].Median > s.Best().Median {
			s.BestBatch = t.batches[i]
		}
	}
	for i, name := range tradeoff.Stages() {
		s.Stages = append(s.Stages, runlog.Timing{Stage: name,
			Seconds: quantile(0.5, slices.Sorted(slices.Values(t.laps[i])))})
	}
	return s
}

func latency(rounds [][]float64) tradeoff.Latency {
	var medians []float64
	for _, r := range rounds {
		medians = append(medians, quantile(0.5, slices.Sorted(slices.Values(r))))
	}
	all := slices.Sorted(slices.Values(slices.Concat(rounds...)))
	return tradeoff.Latency{Median: quantile(0.5, all), P90: quantile(0.9, all), P99: quantile(0.99, all),
		Interval: metric.Interval{slices.Min(medians), slices.Max(medians)}, N: len(all)}
}

// quantile is a value that occurred: the smallest that at least a share p of the sorted values do
// not exceed.
func quantile(p float64, sorted []float64) float64 {
	return stat.Quantile(p, stat.Empirical, sorted, nil)
}
