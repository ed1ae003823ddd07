package runlog

import (
	"fmt"
	"slices"
)

// Work is something that a fit needed and that other fits need too: decoded photos, the output of frozen stages, a
// compiled graph. It is made once and then found, in memory or in a file.
type Work struct {
	Name    string  `json:"name"`              // works of one name are one work
	Stage   string  `json:"stage"`             // as in [Timing]
	Seconds float64 `json:"seconds"`           // that making it took, in this fit or before; negative where nobody knows any more
	Judging bool    `json:"judging,omitempty"` // needed for judging test images only, not for training
}

// Training is the wall time of this fit from the photos' files on, seconds, as if nothing had been there: what it shares
// with others, however that was come by, and what it did by itself. What judging test images needs is left out. It is
// not known of records that do not tell what was shared, and where the time of something that was found is not known.
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

// sharedStages are those that fits share, for records that do not tell.
var sharedStages = []string{"decode", "frozen features", "head features", StageCompile}

// Computing is the time that all the records' fits together take, seconds, from the photos' files on: each work that
// they share counts once, as long as its longest. Of records that do not tell what they shared, fits of the same images,
// network, size and cut count as sharing their [sharedStages].
func Computing(records []Record) float64 {
	longest, sum := map[string]float64{}, 0.0
	for _, r := range records {
		sum += r.Alone()
		for _, w := range r.works() {
			longest[w.Name] = max(longest[w.Name], w.Seconds)
		}
	}
	for _, seconds := range longest {
		sum += seconds
	}
	return sum
}

// Alone is the time of what the fit did by itself, without the works that others share, seconds.
func (r Record) Alone() float64 {
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

// works are the shared works of the record, guessed from its timings where it does not tell.
func (r Record) works() []Work {
	if len(r.Shared) > 0 {
		return r.Shared
	}
	var works []Work
	for _, t := range r.Timings {
		if slices.Contains(sharedStages, t.Stage) {
			cut := r.Cut
			if t.Stage == "decode" {
				cut = ""
			}
			name := fmt.Sprintln(t.Stage, r.Manifest, r.Split, r.Backbone, r.Size, cut)
			works = append(works, Work{Name: name, Stage: t.Stage, Seconds: t.Seconds})
		}
	}
	return works
}

// own is what tables call the time of a fit: of an experiment, whose fits share what they need, without that.
func (r Record) own() float64 {
	if r.Outcomes == nil {
		return r.Seconds()
	}
	return r.Alone()
}
