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

// Row is a record as a row of a table.
type Row struct {
	ID        string    `json:"id"`
	Setting   string    `json:"arm"` // [Record.SettingName]; in a learning curve with the number of photos a class
	Dataset   string    `json:"dataset"`
	Backbone  string    `json:"backbone"`
	Size      int       `json:"size"` // side of the input, pixels
	Cut       string    `json:"cut"`
	Seed      uint64    `json:"seed"`
	Images    int       `json:"images"`         // number of training photos
	Val       *Score    `json:"val,omitempty"`  // result on the validation photos; nil: there is none
	Test      *Score    `json:"test,omitempty"` // result on the test photos; nil: they were not read
	Seconds   float64   `json:"seconds"`        // time of all stages, also those shared with other fits
	Own       float64   `json:"own_seconds"`    // experiments: time without work that fits share; else Seconds
	Time      time.Time `json:"time"`
	State     string    `json:"state"`
	AllowLeak bool      `json:"allow_leak,omitempty"`
	NoDedup   bool      `json:"no_dedup,omitempty"`
	// number of photos in Test that the model was trained on or chosen by: it is then not a test
	TestSeen int    `json:"test_seen,omitempty"`
	Error    string `json:"error,omitempty"`
	Split    string `json:"split"` // digest of the split
	Engine   string `json:"engine"`
	CPU      string `json:"cpu"`
}

// Score is the top-1 accuracy on N photos with its 95 % Wilson interval.
type Score struct {
	Top1     float64         `json:"top1"`
	Interval metric.Interval `json:"interval"`
	N        int             `json:"n"`
}

// Rows is a row for each record, in the same order.
func Rows(records []Record) []Row {
	rows := make([]Row, len(records))
	for i, r := range records {
		rows[i] = Row{
			ID: r.ID, Setting: r.sizedName(), Dataset: r.Dataset, Backbone: r.Backbone, Size: r.Size, Cut: r.Cut, Seed: r.Seed,
			Images: r.LearnedFrom(), Val: score(&r.Val), Test: score(r.Test), Seconds: r.Seconds(), Own: r.own(),
			Time: r.Time, State: r.State(),
			AllowLeak: r.AllowLeak, NoDedup: r.NoDedup, TestSeen: r.Seen.scored(), Error: r.Error, Split: r.Split,
			Engine: r.Environment.Engine, CPU: r.Environment.CPU,
		}
	}
	return rows
}

// scored is the number of these photos that are part of the result.
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

// Judged is the score to report and its side: the score on the test photos if they were read, else
// on the validation photos. Without either the side is empty.
func (w Row) Judged() (side string, s Score) {
	switch {
	case w.Test != nil:
		return "test", *w.Test
	case w.Val != nil:
		return "val", *w.Val
	}
	return "", Score{}
}

// SettingName is the name of the configuration: Setting or, for a fit outside an experiment,
// "backbone@size cut".
func (r Record) SettingName() string {
	return cmp.Or(r.Setting, fmt.Sprintf("%s@%d %s", r.Backbone, r.Size, r.Cut))
}

// sizedName is SettingName with the size, for fits of a learning curve.
func (r Record) sizedName() string {
	if r.PerClass > 0 {
		return fmt.Sprintf("%s, %d a class", r.SettingName(), r.PerClass)
	}
	return r.SettingName()
}

// LearnedFrom is the number of training photos of the fit.
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

// Setting is the summary of the finished fits of one configuration.
type Setting struct {
	Name    string  `json:"name"`
	Dataset string  `json:"dataset"`
	Side    string  `json:"side"` // side of the judged photos: "test" or "val"
	Fits    int     `json:"fits"` // number of finished fits
	Mean    float64 `json:"mean"` // mean of their top-1
	// interval over seeds or splits, see [SplitsInterval]; nil for a single fit, and if Same
	Interval *metric.Interval `json:"interval,omitempty"`
	Splits   int              `json:"splits,omitempty"` // number of splits of the same photos, if there are several
	Same     bool             `json:"same,omitempty"`   // all fits gave the same top-1, so their variance is not known

	records []Record
}

// Settings groups the finished records that differ only in the seed, in the order of their first
// records. Fits outside an experiment are grouped by their configuration. Fits measured on test
// photos and fits measured on validation photos are in separate groups, since their means cannot be
// compared.
func Settings(records []Record) []Setting {
	type key struct{ setting, dataset, side, config string }
	index := map[key]int{}
	var settings []Setting
	for i, row := range Rows(records) {
		side, _ := row.Judged()
		if side == "" || row.State != StateDone {
			continue
		}
		k := key{row.Setting, row.Dataset, side, ""}
		if records[i].Setting == "" {
			k.config = withoutSeed(records[i].Config)
		}
		at, ok := index[k]
		if !ok {
			at = len(settings)
			index[k] = at
			settings = append(settings, Setting{Name: row.Setting, Dataset: row.Dataset, Side: side})
		}
		settings[at].records = append(settings[at].records, records[i])
	}
	for i := range settings {
		settings[i].average()
	}
	return settings
}

func (a *Setting) average() {
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

// withoutSeed is a configuration without its seed, with sorted keys. An invalid one is returned
// unchanged.
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
