package runlog

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"imagelab/lib/metric"
)

// States of a record.
const (
	StateDone        = "done"
	StateInterrupted = "interrupted"
	StateFailed      = "failed"
)

// Row is what tables show of a record.
type Row struct {
	ID        string    `json:"id"`
	Arm       string    `json:"arm"` // see [Record.ArmName]; with the number of images a class where a part of them was taken
	Dataset   string    `json:"dataset"`
	Backbone  string    `json:"backbone"`
	Size      int       `json:"size"` // side of the input, pixels
	Cut       string    `json:"cut"`
	Seed      uint64    `json:"seed"`
	Images    int       `json:"images"`         // learned from
	Val       *Score    `json:"val,omitempty"`  // nil: there is none
	Test      *Score    `json:"test,omitempty"` // nil: nobody read the test split
	Seconds   float64   `json:"seconds"`        // all stages, those shared with other fits too
	Own       float64   `json:"own_seconds"`    // of these, what a fit of an experiment did by itself, see [Record.Alone]; all of another
	Time      time.Time `json:"time"`
	State     string    `json:"state"`
	AllowLeak bool      `json:"allow_leak,omitempty"`
	NoDedup   bool      `json:"no_dedup,omitempty"`
	TestSeen  int       `json:"test_seen,omitempty"` // of the photos in Test, those that the model learned from or was chosen by: it is no test
	Error     string    `json:"error,omitempty"`
	Split     string    `json:"split"` // digest
	Engine    string    `json:"engine"`
	CPU       string    `json:"cpu"`
}

// Score is a top-1 accuracy with its 95 % Wilson interval on N images.
type Score struct {
	Top1     float64         `json:"top1"`
	Interval metric.Interval `json:"interval"`
	N        int             `json:"n"`
}

// Rows makes a row of each record, in their order.
func Rows(records []Record) []Row {
	rows := make([]Row, len(records))
	for i, r := range records {
		rows[i] = Row{
			ID: r.ID, Arm: r.sizedName(), Dataset: r.Dataset, Backbone: r.Backbone, Size: r.Size, Cut: r.Cut, Seed: r.Seed,
			Images: r.LearnedFrom(), Val: score(&r.Val), Test: score(r.Test), Seconds: r.Seconds(), Own: r.own(), Time: r.Time, State: r.State(),
			AllowLeak: r.AllowLeak, NoDedup: r.NoDedup, TestSeen: r.Seen.scored(), Error: r.Error, Split: r.Split, Engine: r.Environment.Engine, CPU: r.Environment.CPU,
		}
	}
	return rows
}

// scored is how many of the images are in the result.
func (s *Seen) scored() int {
	if s == nil || !s.Scored {
		return 0
	}
	return s.Training + s.Validation
}

func score(r *metric.Result) *Score {
	if r == nil || r.N == 0 {
		return nil
	}
	return &Score{r.Top1, r.Interval, r.N}
}

// Judged is the score that counts, on which side: on the test images where they were read, else on the validation ones.
// Without either the side is empty.
func (w Row) Judged() (side string, s Score) {
	switch {
	case w.Test != nil:
		return "test", *w.Test
	case w.Val != nil:
		return "val", *w.Val
	}
	return "", Score{}
}

// ArmName is Arm, or, of a fit outside an experiment, "backbone@size cut".
func (r Record) ArmName() string {
	return cmp.Or(r.Arm, fmt.Sprintf("%s@%d %s", r.Backbone, r.Size, r.Cut))
}

// sizedName tells the sizes of a learning curve apart.
func (r Record) sizedName() string {
	if r.PerClass > 0 {
		return fmt.Sprintf("%s, %d a class", r.ArmName(), r.PerClass)
	}
	return r.ArmName()
}

// LearnedFrom is the number of images the fit learned from.
func (r Record) LearnedFrom() int {
	if r.Trained == nil {
		return r.Counts["train"]
	}
	sum := 0
	for _, n := range r.Trained {
		sum += n
	}
	return sum
}

// Seconds is the wall time of all stages.
func (r Record) Seconds() float64 {
	sum := 0.0
	for _, t := range r.Timings {
		sum += t.Seconds
	}
	return sum
}

// State is [StateDone], [StateInterrupted] or [StateFailed].
func (r Record) State() string {
	switch {
	case r.Error != "":
		return StateFailed
	case r.Interrupted:
		return StateInterrupted
	}
	return StateDone
}

// Arm is what the finished fits of one arm have in common.
type Arm struct {
	Name     string           `json:"name"`
	Dataset  string           `json:"dataset"`
	Side     string           `json:"side"`               // "test" or "val": where the fits were judged
	Fits     int              `json:"fits"`               // finished
	Mean     float64          `json:"mean"`               // of their top-1
	Interval *metric.Interval `json:"interval,omitempty"` // over seeds or splits, see [SplitsInterval]; nil for a single fit, and where Same
	Splits   int              `json:"splits,omitempty"`   // of the same images, where there are several
	Same     bool             `json:"same,omitempty"`     // several fits gave one top-1: their spread is not seen

	records []Record
}

// Arms groups the finished records that differ in nothing but the seed, in the order of their first ones. Fits outside an
// experiment belong together when their configurations do. Fits judged on test images and fits judged on validation
// images are arms of their own, since their means cannot be compared.
func Arms(records []Record) []Arm {
	type key struct{ arm, dataset, side, config string }
	index := map[key]int{}
	var arms []Arm
	for i, row := range Rows(records) {
		side, _ := row.Judged()
		if side == "" || row.State != StateDone {
			continue
		}
		k := key{row.Arm, row.Dataset, side, ""}
		if records[i].Arm == "" {
			k.config = withoutSeed(records[i].Config)
		}
		at, ok := index[k]
		if !ok {
			at = len(arms)
			index[k] = at
			arms = append(arms, Arm{Name: row.Arm, Dataset: row.Dataset, Side: side})
		}
		arms[at].records = append(arms[at].records, records[i])
	}
	for i := range arms {
		arms[i].average()
	}
	return arms
}

func (a *Arm) average() {
	values := make([]float64, 0, len(a.records))
	for _, row := range Rows(a.records) {
		_, s := row.Judged()
		values = append(values, s.Top1)
	}
	mean, interval := SplitsInterval(a.records, values)
	a.Fits, a.Mean, a.Same = len(values), mean, len(values) > 1 && slices.Min(values) == slices.Max(values)
	if n := splits(a.records); n > 1 {
		a.Splits = n
	}
	if len(values) > 1 && !a.Same {
		a.Interval = &interval
	}
}

func splits(records []Record) int {
	names := map[string]bool{}
	for _, r := range records {
		names[r.Split] = true
	}
	return len(names)
}

// withoutSeed is a configuration in a fixed order of keys. One that cannot be read stays as it is.
func withoutSeed(config json.RawMessage) string {
	var fields map[string]json.RawMessage
	if json.Unmarshal(config, &fields) != nil {
		return string(config)
	}
	delete(fields, "seed")
	text, err := json.Marshal(fields)
	if err != nil {
		return string(config)
	}
	return string(text)
}
