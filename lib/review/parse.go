package review

import (
	"bytes"
	"encoding/json"

	"imagelab/lib/internal/seal"
)

// Why lines are set aside.
const (
	brokenOff  = "the line is not whole, as when a program is killed while it writes"
	damaged    = "the line was changed or damaged after it was written"
	unsealed   = "the line bears no seal, so it was not written by imagelab"
	ofOtherSet = "the line was written for another set"
)

// parse reads the whole lines of data, which begins at offset of a log. Any bytes will do. An empty
// set takes the lines of every set.
func parse(data []byte, offset int64, set string) Part {
	p := Part{Next: offset}
	for n := int64(1); ; n++ {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return p
		}
		d, reason := parseLine(data[:end], set)
		switch {
		case reason != "":
			p.Aside = append(p.Aside, Aside{n, p.Next, reason})
		case d.ID != "":
			p.Decisions = append(p.Decisions, d)
		}
		data, p.Next = data[end+1:], p.Next+int64(end)+1
	}
}

// parseLine reads one line. An empty line is no decision, and no reason to worry.
func parseLine(line []byte, set string) (d Decision, reason string) {
	line = bytes.TrimRight(line, "\r")
	if len(line) == 0 {
		return Decision{}, ""
	}
	switch err := json.Unmarshal(line, &d); {
	case err != nil:
		return Decision{}, brokenOff
	case seal.Check(line) != nil:
		return Decision{}, damaged
	case !bytes.Contains(line, []byte(`"seal_sha256":`)):
		return Decision{}, unsealed
	case d.ID == "":
		return Decision{}, "the decision has no id"
	case set != "" && d.Set != set:
		return Decision{}, ofOtherSet
	}
	if err := d.Validate(); err != nil {
		return Decision{}, err.Error()
	}
	return d, ""
}

// Owner returns the set that most of these decisions were written for, if at least half of the
// photos that it decided about are there; else it is empty. It is for a set that lost its name.
func Owner(decisions []Decision, there func(sha256 string) bool) string {
	lines, photos := map[string]int{}, map[string]map[string]bool{}
	for _, d := range decisions {
		lines[d.Set]++
		if photos[d.Set] == nil {
			photos[d.Set] = map[string]bool{}
		}
		if d.SHA256 != "" {
			photos[d.Set][d.SHA256] = there(d.SHA256)
		}
	}
	owner := ""
	for set, n := range lines {
		if n > lines[owner] || n == lines[owner] && set < owner {
			owner = set
		}
	}
	found := 0
	for _, here := range photos[owner] {
		if here {
			found++
		}
	}
	if found == 0 || 2*found < len(photos[owner]) {
		return ""
	}
	return owner
}

// Parse reads the whole lines of a log, whichever set they were written for.
func Parse(data []byte) Part {
	if !bytes.HasSuffix(data, []byte("\n")) {
		data = append(bytes.Clone(data), '\n')
	}
	return parse(data, 0, "")
}
