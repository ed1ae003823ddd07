// Package tradeoff compares models by accuracy and speed, and recommends one.
//
// A [Speed] is the measurement of one network on one machine, made by package latency. [Append]
// saves it and [ReadDir] reads those of all machines. [Compare] joins them with the records of
// fits. Its [Result] says which models are on the Pareto front, which have no clear difference in
// accuracy, and which to take.
//
// A model here is a backbone with an input size and a cut. In records its name is the field "arm".
package tradeoff

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
)

// Version is the layout version of speed records. Records of a newer version are refused.
const Version = 1

// Speed is the measurement of one network on one machine. Times are wall times in seconds, memory
// and sizes are in bytes. The time of a network is from RGB pixels in the program's memory to class
// scores there (transfer and forward).
type Speed struct {
	Version      int          `json:"version"`
	Time         time.Time    `json:"time"`
	Backbone     string       `json:"backbone"`
	Size         int          `json:"size"` // input side, pixels
	Classes      int          `json:"classes"`
	Precision    string       `json:"precision"` // of products and convolutions, see [recipe.Config]
	Options      Options      `json:"options"`
	Latency      Latency      `json:"latency"`       // latency of one photo
	Throughput   []Throughput `json:"throughput"`    // throughput by batch size, ascending
	BestBatch    int          `json:"best_batch"`    // batch size of the highest median throughput
	Noise        float64      `json:"noise"`         // range of the rounds' median latencies, divided by the median
	Compile      float64      `json:"compile"`       // time to build and compile the graph of batch 1
	FirstCall    float64      `json:"first_call"`    // time of the first prediction after that
	Parameters   int64        `json:"parameters"`    // number of parameters, see latency.Parameters
	MultiplyAdds int64        `json:"multiply_adds"` // multiply-adds for one photo, see latency.MultiplyAdds
	BundleBytes  int64        `json:"bundle_bytes"`  // size of the saved model: weights and description
	// approximate size of the weights in an int8 file, see latency.Int8Bytes; 0: an earlier version
	// measured it
	Int8Bytes int64 `json:"int8_bytes,omitempty"`
	// accuracy on ImageNet that was published for the network; nil: an earlier version measured it
	Published *Published `json:"published,omitempty"`

	// PeakMemory is the largest resident size of the whole process while it compiles and predicts
	// at batch 1 with only this network open; 0: the system does not report it. RestMemory is the
	// resident size just before, with the weights in memory. Both include what allocators keep from
	// earlier networks.
	PeakMemory int64 `json:"peak_memory"`
	RestMemory int64 `json:"rest_memory"`

	Stages      []runlog.Timing    `json:"stages"`     // median time of each of [Stages] in a prediction from a file
	Photos      int                `json:"photos"`     // number of photos used for Stages
	Megapixels  float64            `json:"megapixels"` // median size of these photos
	Environment runlog.Environment `json:"environment"`
	// reason why there is no measurement; other fields are then missing
	Error string `json:"error,omitempty"`
}

// Latency is the distribution of the time of one call, seconds. The quantiles are timings that
// occurred. Interval is the range of the rounds' medians. It contains the long-run median with a
// probability of 1-2^(1-rounds) for any distribution: 97 % for 6 rounds, 75 % for 3. It includes
// drift during the measurement, not differences between days.
type Latency struct {
	Median   float64         `json:"median"`
	P90      float64         `json:"p90"`
	P99      float64         `json:"p99"`
	Interval metric.Interval `json:"interval"` // interval of the median
	N        int             `json:"n"`        // number of timings
}

// Throughput is the speed at one batch, images a second, each round giving one value. Low and High
// are the extremes.
type Throughput struct {
	Batch  int     `json:"batch"`
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Stages of one prediction from a file, in order: read the file (the system has it in memory, so no
// disk is timed), decode and orient it (what decoding takes longer than reading does), resize and
// crop to the input, transfer the pixels to the engine, forward through the network to scores in
// the program's memory.
func Stages() []string { return []string{"read", "decode", "resize", "transfer", "forward"} }

// Best is the throughput at the best batch; zero when none was measured.
func (s Speed) Best() Throughput {
	for _, t := range s.Throughput {
		if t.Batch == s.BestBatch {
			return t
		}
	}
	return Throughput{}
}

// FromFile is the time of one prediction from a photo's file, seconds: the median latency of the
// network and the medians of what comes before it. It is 0 where that was not timed.
func (s Speed) FromFile() float64 {
	if len(s.Stages) != len(Stages()) {
		return 0
	}
	sum := s.Latency.Median
	for _, stage := range s.Stages[:3] { // transfer and forward are the latency
		sum += stage.Seconds
	}
	return sum
}

// Busy is the Noise above which times cannot be trusted, because something else ran on the machine.
const Busy = 0.25

// Append adds s to the file at path with the current [Version]. Processes may append to one file at
// the same time.
func Append(path string, s Speed) error {
	s.Version = Version
	return runlog.AppendLine(path, s)
}

// Path is the file of this process's speed records in a run folder. Each machine may bring its own
// file, of any name that begins with "speed".
func Path(dir string) string { return filepath.Join(dir, "speed.jsonl") }

// ReadDir returns the speeds in all files named speed*.jsonl in dir and the folders below it: of
// each machine, backbone, size and precision the latest, one that was measured before one that
// failed. They come by machine, then smaller networks first. torn counts lines that killed
// processes left and that were skipped.
func ReadDir(dir string) (speeds []Speed, torn int, err error) {
	found, torn, err := runlog.ReadBelow[Speed](dir, "speed*.jsonl", Version)
	if err != nil {
		return nil, torn, fmt.Errorf("tradeoff: %w", err)
	}
	latest := map[speedKey]int{}
	for _, s := range found {
		if i, ok := latest[s.key()]; !ok {
			latest[s.key()] = len(speeds)
			speeds = append(speeds, s)
		} else if measured := s.Error == ""; measured != (speeds[i].Error == "") && measured ||
			measured == (speeds[i].Error == "") && !s.Time.Before(speeds[i].Time) {
			speeds[i] = s
		}
	}
	slices.SortStableFunc(speeds, func(a, b Speed) int {
		return cmp.Or(cmp.Compare(Machine(a.Environment), Machine(b.Environment)),
			cmp.Compare(a.Backbone, b.Backbone), cmp.Compare(a.Size, b.Size), cmp.Compare(a.Precision, b.Precision))
	})
	return speeds, torn, nil
}

type speedKey struct {
	machine, backbone, precision string
	size                         int
}

func (s Speed) key() speedKey {
	return speedKey{Machine(s.Environment), s.Backbone, cmp.Or(s.Precision, recipe.Float32), s.Size}
}

// Machine names what decides speed in an environment, for figures and tables: processor, cores,
// engine, and the system where it is not Linux on x86-64. Environments that differ in anything else
// count as one machine.
func Machine(e runlog.Environment) string {
	marks := strings.NewReplacer("(R)", "", "(TM)", "", "(tm)", "", " CPU", "", "Processor", "")
	cpu := strings.Join(strings.Fields(marks.Replace(e.CPU)), " ")
	if clock := strings.Index(cpu, " @"); clock > 0 {
		cpu = cpu[:clock]
	}
	name := fmt.Sprintf("%s, %d cores, %s", cmp.Or(cpu, "unknown processor"), e.Cores, e.Engine)
	if platform := e.OS + "/" + e.Arch; platform != "linux/amd64" {
		name += ", " + platform
	}
	return name
}
