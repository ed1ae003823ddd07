package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// fact is a row of the table that says how the numbers were made.
type fact struct {
	Name, Text string
	Code       bool
}

func facts(r runlog.Record) []fact {
	all := []fact{
		{"Record", r.ID, true},
		{"Configuration", r.Setting, false},
		{"Time", timeText(r.Time), false},
		{"Photos (digest)", r.Manifest, true},
		{"Split (digest)", r.Split, true},
		{"Backbone", fmt.Sprintf("%s at %d px, trained from %q on, seed %d", r.Backbone, r.Size, r.Cut, r.Seed), false},
	}
	return append(filled(all), environment(r.Environment)...)
}

func environment(e runlog.Environment) []fact {
	return filled([]fact{
		{"Engine", strings.TrimSuffix(e.Engine+": "+e.EngineWhy, ": "), false},
		{"Machine", join(e.CPU, count(e.Cores, "core"), memory(e.Memory)), false},
		{"System", join(strings.Trim(e.OS+"/"+e.Arch, "/"), e.Go), false},
		{"Program", join(e.Imagelab, commit(e.Commit)), false},
	})
}

func filled(all []fact) []fact {
	return slices.DeleteFunc(all, func(f fact) bool { return f.Text == "" })
}

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006, 15:04 UTC")
}

func count(n int, what string) string {
	if n == 0 {
		return ""
	}
	return text.Count(n, what)
}

func memory(n int64) string {
	if n == 0 {
		return ""
	}
	return text.Bytes(n) + " memory"
}

func commit(c string) string {
	if c == "" {
		return ""
	}
	return "commit " + text.Digest(c)
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// timing is a bar in the chart of timings.
type timing struct {
	runlog.Timing
	Means   string
	Compile bool
	Share   float64 // share of the longest time, percent
}

// stageMeans says what each time is.
var stageMeans = map[string]string{
	runlog.StageDecode:         "reading the photo files and resizing them; kept for the next fit on this set",
	runlog.StageFrozenFeatures: "running the stages that are not trained, once for each photo; kept for the next fit",
	runlog.StageHeadFeatures:   "running the whole pretrained network, once for each photo; kept for the next fit",
	runlog.StageHead:           "fitting the classifier on these features, at several strengths of regularisation",
	runlog.StageTrain:          "training the other stages, with validation after each epoch",
	runlog.StageCompile:        "making programs for this machine, once for each shape",
}

func timings(r runlog.Record) (out []timing, total float64) {
	longest := 0.0
	for _, t := range r.Timings {
		longest = max(longest, t.Seconds)
		total += t.Seconds
	}
	for _, t := range r.Timings {
		bar := timing{Timing: t, Means: stageMeans[t.Stage], Compile: t.Stage == runlog.StageCompile}
		if longest > 0 {
			bar.Share = 100 * t.Seconds / longest
		}
		out = append(out, bar)
	}
	return out, total
}

func indent(config json.RawMessage) string {
	var out bytes.Buffer
	if json.Indent(&out, config, "", "  ") != nil {
		return string(config)
	}
	return out.String()
}

func percent(share float64) string { return text.Percent(share, 1) }

// inset is a share of a length in CSS.
func inset(share float64) template.CSS { return template.CSS(fmt.Sprintf("%.1f%%", 100*share)) }

func interval(i metric.Interval) string { return fmt.Sprintf("%.1f – %.1f %%", 100*i[0], 100*i[1]) }

// sentence is a note with a capital at the start and a full stop at the end.
func sentence(note string) string {
	if note == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(note)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(note[size:], ".") + "."
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
