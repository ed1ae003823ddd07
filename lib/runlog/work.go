package runlog

import (
	"fmt"
	"maps"
	"slices"
)

// Work is a result that a fit shares with other fits: decoded photos, the output of frozen stages,
// or a compiled graph. It is computed once and then found in memory or in a file.
type Work struct {
	Name    string  `json:"name"`              // name; equal names are the same work
	Stage   string  `json:"stage"`             // stage, as in [Timing]
	Seconds float64 `json:"seconds"`           // time that it took, in this fit or an earlier one; negative: not known
	Judging bool    `json:"judging,omitempty"` // needed only to evaluate on test photos, not to train
}

// Training is the full training time of this fit, seconds: from the photos' files on, as if nothing
// were cached, including shared work that another fit did. It does not include evaluation on test
// photos. It is not known for records that do not list their shared work, or if the time of a
// shared work is not known.
func (r Record) Training() (seconds float64, known bool) {
	if len(r.Shared) == 0 {
		return 0, false
	}
	for _, w := range r.Shared {
		if w.Seconds < 0 {
			return 0, false
		}
		if !w.Judging {
			seconds += w.Seconds
		}
	}
	return seconds + r.Own, true
}

// sharedStages are the stages that fits share, for records that do not list their shared work.
var sharedStages = []string{StageDecode, StageFrozenFeatures, StageHeadFeatures, StageCompile}

// Computing is the time that the fits of all records take together, seconds, from the photos' files
// on. Each shared work counts once, with its longest time. For records that do not list their
// shared work, fits of the same photos, network, size and cut share their [sharedStages].
func Computing(records []Record) float64 {
	longest, sum := map[string]float64{}, 0.0
	for _, r := range records {
		sum += r.alone()
		for _, w := range r.works() {
			longest[w.Name] = max(longest[w.Name], w.Seconds)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(longest)) { // in one order, so that the sum is the same each time
		sum += longest[name]
	}
	return sum
}

// alone is the time of the fit without shared work, seconds.
func (r Record) alone() float64 {
	if len(r.Shared) > 0 {
		return r.Own
	}
	sum := 0.0
	for _, t := range r.Timings {
		if !slices.Contains(sharedStages, t.Stage) {
			sum += t.Seconds
		}
	}
	return sum
}

// works are the shared works of the record, estimated from its timings if it does not list them.
func (r Record) works() []Work {
	if len(r.Shared) > 0 {
		return r.Shared
	}
	var works []Work
	for _, t := range r.Timings {
		if slices.Contains(sharedStages, t.Stage) {
			cut := r.Cut
			if t.Stage == StageDecode {
				cut = ""
			}
			name := fmt.Sprintln(t.Stage, r.Manifest, r.Split, r.Backbone, r.Size, cut)
			works = append(works, Work{Name: name, Stage: t.Stage, Seconds: t.Seconds})
		}
	}
	return works
}

// own is the time of a fit in tables: in experiments, whose fits share work, without that work.
func (r Record) own() float64 {
	if r.Outcomes == nil {
		return r.Seconds()
	}
	return r.alone()
}
