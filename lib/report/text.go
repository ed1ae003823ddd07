package report

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// fact is a row of the table that says how the numbers were made.
type fact struct {
	Name, Text string
	Code       bool
}

func facts(r runlog.Record) []fact {
	all := []fact{
		{"Record", r.ID, true},
		{"Configuration", r.Arm, false},
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
	return plural(n, what)
}

func memory(n int64) string {
	if n == 0 {
		return ""
	}
	return bytesText(n) + " memory"
}

func commit(c string) string {
	if c == "" {
		return ""
	}
	return "commit " + short(c)
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// timing is a bar in the chart of timings.
type timing struct {
	runlog.Timing
	Compile bool
	Share   float64 // share of the longest time, percent
}

func timings(r runlog.Record) (out []timing, total float64) {
	longest := 0.0
	for _, t := range r.Timings {
		longest = max(longest, t.Seconds)
		total += t.Seconds
	}
	for _, t := range r.Timings {
		bar := timing{Timing: t, Compile: t.Stage == runlog.StageCompile}
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

func percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }

func interval(i metric.Interval) string { return fmt.Sprintf("%.1f – %.1f %%", 100*i[0], 100*i[1]) }

// duration is a time in the form 0.42 s, 12.3 s, 4 min 05 s or 1 h 02 min.
func duration(seconds float64) string {
	switch s := int(seconds + 0.5); {
	case seconds < 1:
		return fmt.Sprintf("%.2f s", seconds)
	case seconds < 59.95:
		return fmt.Sprintf("%.1f s", seconds)
	case s < 3600:
		return fmt.Sprintf("%d min %02d s", s/60, s%60)
	default:
		return fmt.Sprintf("%d h %02d min", s/3600, s%3600/60)
	}
}

func bytesText(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// sentence is a note with a capital at the start and a full stop at the end.
func sentence(note string) string {
	if note == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(note)
	return string(unicode.ToUpper(first)) + strings.TrimSuffix(note[size:], ".") + "."
}

// short is the beginning of a digest.
func short(digest string) string { return digest[:min(len(digest), 12)] }

func or(a, b string) string { return cmp.Or(a, b) }

func base(dir string) string {
	if dir == "" {
		return ""
	}
	return filepath.Base(dir)
}

func compare(a, b float64) int { return cmp.Compare(a, b) }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
