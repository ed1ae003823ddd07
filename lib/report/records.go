package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// recordRow is a line of the table of all fits.
type recordRow struct {
	runlog.Row
	Anchor string // the row's id in the page
	Side   string // side on which it was evaluated; empty: none
	Score  runlog.Score
	Whole  float64 // training time from the photos' files on, seconds; 0: not known
}

func recordRows(records []runlog.Record) []recordRow {
	var out []recordRow
	for i, row := range runlog.Rows(records) {
		r := recordRow{Row: row, Anchor: fmt.Sprintf("fit-%d", i+1)}
		r.Side, r.Score = row.Judged()
		r.Whole, _ = records[i].Training()
		r.Side = text.Side(r.Side)
		out = append(out, r)
	}
	return out
}

// recordLinks maps IDs, and names of configurations, to the ids of rows. A name that is also an ID
// leads to that record.
func recordLinks(rows []recordRow) map[string]string {
	links := map[string]string{}
	for _, r := range slices.Backward(rows) { // so that the first fit of a configuration wins
		links[r.Setting] = r.Anchor
	}
	for _, r := range rows {
		links[r.ID] = r.Anchor
	}
	delete(links, "")
	return links
}

// sourceLine says in one line which fits the page is made from.
func sourceLine(records []runlog.Record) string {
	if len(records) == 0 {
		return "No fits yet"
	}
	sets := map[string]bool{}
	var last time.Time
	for _, r := range records {
		sets[cmp.Or(r.Dataset, "photos")] = true
		if r.Time.After(last) {
			last = r.Time
		}
	}
	summary := fmt.Sprintf("%s on %s", text.Count(len(records), "fit"), strings.Join(sortedKeys(sets), ", "))
	if seconds := runlog.Computing(records); seconds > 0 {
		summary += ", " + text.Seconds(seconds) + " of computing"
	}
	if day := timeText(last); day != "" {
		summary += " · " + day
	}
	return summary
}

// sweepTrace says how to repeat the fits.
type sweepTrace struct {
	Commands []string
	More     int // number of commands and splits that are left out
	Sets     []traceSet
	Machines []traceMachine
}

// traceSet is a data set with its split.
type traceSet struct {
	Dataset, Manifest, Split string
	Train, Val, Test, Fits   int
}

type traceMachine struct {
	Facts []fact
	Fits  int
}

func newSweepTrace(records []runlog.Record) sweepTrace {
	var t sweepTrace
	sets, machines := map[traceSet]int{}, map[runlog.Environment]int{}
	for _, r := range records {
		if r.Command != "" && !slices.Contains(t.Commands, r.Command) {
			t.Commands = append(t.Commands, r.Command)
		}
		set := traceSet{Dataset: r.Dataset, Manifest: r.Manifest, Split: r.Split, Train: r.Counts["train"],
			Val: r.Counts["val"], Test: r.Counts["test"]}
		if _, ok := sets[set]; !ok {
			sets[set] = len(t.Sets)
			t.Sets = append(t.Sets, set)
		}
		t.Sets[sets[set]].Fits++
		if _, ok := machines[r.Environment]; !ok {
			machines[r.Environment] = len(t.Machines)
			t.Machines = append(t.Machines, traceMachine{Facts: environment(r.Environment)})
		}
		t.Machines[machines[r.Environment]].Fits++
	}
	var commands, splits int
	t.Commands, commands = bounded(t.Commands, mostRejected)
	t.Sets, splits = bounded(t.Sets, mostRejected)
	t.More = commands + splits
	return t
}
