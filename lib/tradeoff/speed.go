// Package tradeoff weighs how fast networks predict against how often they are right.
//
// A [Speed] is what was measured of a network on a machine, by package latency; [Append] keeps it, [ReadDir] reads those
// of all machines back. [Compare] joins them with the records of fits: which arms no other beats, which the data cannot
// tell apart, and which to take.
package tradeoff

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// Version of the layout of speed records. Records of a newer version are refused.
const Version = 1

// Speed is what was measured of one arm on one machine. Times are wall times in seconds, sizes bytes. A time of a network
// runs from RGB pixels in the program's memory to class scores there: transfer and forward.
type Speed struct {
	Version      int                `json:"version"`
	Time         time.Time          `json:"time"`
	Backbone     string             `json:"backbone"`
	Size         int                `json:"size"` // input side, pixels
	Classes      int                `json:"classes"`
	Precision    string             `json:"precision"` // number type of the network, "float32"
	Options      Options            `json:"options"`
	Latency      Latency            `json:"latency"`       // of one photo at a time
	Throughput   []Throughput       `json:"throughput"`    // by rising batch
	BestBatch    int                `json:"best_batch"`    // the batch of the highest median throughput
	Noise        float64            `json:"noise"`         // highest less lowest of the rounds' median latencies, over the median
	Compile      float64            `json:"compile"`       // building and compiling the graph of batch 1
	FirstCall    float64            `json:"first_call"`    // the first prediction after that
	Parameters   int64              `json:"parameters"`    // see latency.Parameters
	MultiplyAdds int64              `json:"multiply_adds"` // of one photo, see latency.MultiplyAdds
	BundleBytes  int64              `json:"bundle_bytes"`  // of the saved model: weights and description
	PeakMemory   int64              `json:"peak_memory"`   // largest resident size of the whole process while it compiles and predicts at batch 1, this arm alone being open; 0 where the system does not tell
	RestMemory   int64              `json:"rest_memory"`   // resident size just before, with the weights in memory; what allocators keep of earlier arms counts here and in PeakMemory
	Stages       []runlog.Timing    `json:"stages"`        // medians of one prediction from a file, by stage, see [Stages]
	Photos       int                `json:"photos"`        // different photos behind Stages
	Megapixels   float64            `json:"megapixels"`    // median size of these
	Environment  runlog.Environment `json:"environment"`
	Error        string             `json:"error,omitempty"` // why the arm could not be measured; the rest is then missing
}

// Latency is the distribution of the time of one call, seconds. The quantiles are timings that occurred. Interval is
// the lowest and the highest of the rounds' medians, which hold the long-run median with a probability of 1-2^(1-rounds)
// whatever the distribution: 97 % for 6 rounds, 75 % for 3. It tells of drift within the measurement, not of other days.
type Latency struct {
	Median   float64         `json:"median"`
	P90      float64         `json:"p90"`
	P99      float64         `json:"p99"`
	Interval metric.Interval `json:"interval"` // of the median
	N        int             `json:"n"`        // timings
}

// Throughput is the speed at one batch, images a second, each round giving one value. Low and High are the extremes.
type Throughput struct {
	Batch  int     `json:"batch"`
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Stages of one prediction from a file, in order: read the file (the system has it in memory, so no disk is timed),
// decode and orient it (what decoding takes longer than reading does), resize and crop to the input, transfer the pixels
// to the engine, forward through the network to scores in the program's memory.
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

// FromFile is the time of one prediction from a photo's file, seconds: the median latency of the network and the medians of
// what comes before it. It is 0 where that was not timed.
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

// Busy is the Noise above which times are not to be trusted: something else ran on the machine.
const Busy = 0.25

// Append adds s to the file at path with the current [Version]. Processes may append to one file at the same time.
func Append(path string, s Speed) error {
	s.Version = Version
	return runlog.AppendLine(path, s)
}

// Path is the file of this process's speed records in a run folder. Each machine may bring its own file, of any name that
// begins with "speed".
func Path(dir string) string { return filepath.Join(dir, "speed.jsonl") }

// ReadDir returns the speeds in all files named speed*.jsonl in dir and the folders below it: of each machine, backbone
// and size the latest, one that was measured before one that failed. They come by machine, then smaller networks first.
// torn counts lines that killed processes left and that were skipped.
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
		} else if measured := s.Error == ""; measured != (speeds[i].Error == "") && measured || measured == (speeds[i].Error == "") && !s.Time.Before(speeds[i].Time) {
			speeds[i] = s
		}
	}
	slices.SortStableFunc(speeds, func(a, b Speed) int {
		return cmp.Or(cmp.Compare(Machine(a.Environment), Machine(b.Environment)), cmp.Compare(a.Backbone, b.Backbone), cmp.Compare(a.Size, b.Size))
	})
	return speeds, torn, nil
}

type speedKey struct {
	machine, backbone string
	size              int
}

func (s Speed) key() speedKey { return speedKey{Machine(s.Environment), s.Backbone, s.Size} }

// Machine names what decides speed in an environment, for figures and tables: processor, cores, engine, and the system
// where it is not Linux on x86-64. Environments that differ in anything else count as one machine.
func Machine(e runlog.Environment) string {
	cpu := strings.Join(strings.Fields(strings.NewReplacer("(R)", "", "(TM)", "", "(tm)", "", " CPU", "", "Processor", "").Replace(e.CPU)), " ")
	if clock := strings.Index(cpu, " @"); clock > 0 {
		cpu = cpu[:clock]
	}
	name := fmt.Sprintf("%s, %d cores, %s", cmp.Or(cpu, "unknown processor"), e.Cores, e.Engine)
	if platform := e.OS + "/" + e.Arch; platform != "linux/amd64" {
		name += ", " + platform
	}
	return name
}
