// Package labelcsv reads files that list photos with their labels, as spreadsheets, pandas,
// competitions and labelling programs write them: tables, text lists and JSON.
//
// [Read] finds the delimiter (comma, semicolon, tab, bar, blanks), the encoding and the columns by
// itself, and says in notes what it found other than path,label[,group]. Where two readings are
// possible it returns an error that says how to decide.
package labelcsv

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/text"
)

// ErrHeader marks a file whose first line does not say which column is what.
var ErrHeader = errors.New("line 1 must name the columns path,label or path,label,group")

// Columns are names of columns, as the first line has them; an empty one is found by the names that
// people use.
type Columns struct {
	Path  string `json:"path,omitempty"`  // file of a photo
	Label string `json:"label,omitempty"` // its class
	Group string `json:"group,omitempty"` // photos that must stay on one side of a split
	Split string `json:"split,omitempty"` // side: train, val, test
}

// Row is one photo.
type Row struct {
	Line   int    // of the file, or entry of its JSON, counted from 1
	Path   string // as it stands there
	Label  string // without blanks around it
	Group  string
	Side   string // layout.Train, Val, Test or nothing
	Reason string // why the row cannot be used; empty: it can
}

// Label says where the labels stand.
type Label struct {
	Column  string // heading; empty where there is none, or one for each class
	Guessed bool   // no other column was left, and its heading says nothing of a label
}

// Table is what a file holds.
type Table struct {
	Rows  []Row // in the order of the file
	Plain bool  // the columns are called path and label
	JSON  bool  // rows are entries of JSON, not lines
	Label Label
	Notes []string
}

// Read reads a file of at most 256 MB. The error is [ErrHeader] if the columns cannot be told, and
// names the line otherwise.
func Read(r io.Reader, c Columns) (Table, error) {
	src, err := readText(r)
	if err != nil {
		return Table{}, err
	}
	var all []record
	if src.json() {
		all, err = src.fromJSON()
	} else {
		all, err = src.records(src.delimiter(c), 0)
	}
	if err != nil {
		return Table{}, err
	}
	if len(all) == 0 {
		return Table{}, fmt.Errorf("%w: the file is empty", ErrHeader)
	}
	if !src.json() {
		unquote(all)
	}
	t := &table{head: trimmed(all[0].fields), rows: all[1:]}
	for _, note := range src.notes {
		t.note("%s", note)
	}
	cols, err := t.columns(all, c)
	if err != nil {
		return Table{}, err
	}
	rows := t.read(cols)
	t.dropNoGroups(rows)
	t.unlist(rows)
	t.readSides(cols, rows)
	t.noteLabels(rows)
	return Table{rows, t.plain(cols), src.json(), t.label(cols, c), t.notes}, nil
}

// label says where the labels stand that got and the person's choice name.
func (t *table) label(got columns, asked Columns) Label {
	if got.label < 0 || isPhoto(t.head[got.path]) {
		return Label{}
	}
	h := t.head[got.label]
	field, ok := fieldOf(h)
	named := ok || slices.Contains(labelNames, plainName(field)) || asked.Label != ""
	return Label{Column: h, Guessed: !named}
}

func trimmed(fields []string) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = strings.TrimSpace(f)
	}
	for len(out) > 1 && out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// columns finds the columns by the first line, or, where that holds a photo already, by what is in
// them.
func (t *table) columns(all []record, c Columns) (columns, error) {
	i := slices.IndexFunc(t.head, isPhoto)
	if i < 0 || t.isHeader(i) {
		return t.find(c)
	}
	t.rows = all
	var rest []int
	got := columns{i, -1, -1, -1, nil}
	for j := range t.head {
		switch {
		case j == i:
		case got.split < 0 && t.onlySides(j):
			got.split = j
		default:
			rest = append(rest, j)
		}
	}
	if len(rest) > 1 && t.counts(rest[0]) {
		rest = rest[1:]
	} else if last := len(rest) - 1; last > 0 && t.counts(rest[last]) {
		rest = rest[:last]
	}
	if len(rest) == 0 {
		return got, fmt.Errorf("%w: it lists photos such as %s without labels; to take the names of their folders for "+
			"labels, ingest the folder in place of this file", ErrHeader, quoted(t.head[i:i+1]))
	}
	if len(rest) != 1 {
		return got, fmt.Errorf("%w: it holds %s, a photo already, and it is not plain which of the others is "+
			"the label", ErrHeader, quoted(t.head))
	}
	got.label = rest[0]
	t.note("the first line names no columns: column %d is read as the path and column %d as the label", i+1, got.label+1)
	return got, nil
}

// isHeader reports whether the first line names columns although the one at i is called like a
// photo: a column that is called path holds at least as many photos as that one. Otherwise "photo"
// in "a.jpg,photo" is a label.
func (t *table) isHeader(i int) bool {
	for j, h := range t.head {
		if len(t.rows) > 0 && slices.Contains(pathNames, plainName(h)) && t.photos(j) >= t.photos(i) {
			return true
		}
	}
	return false
}

// counts reports whether a column numbers the rows, as MXNet's lists and pandas without a header
// do: from 0 or 1 on, or, in the first column, by any whole numbers of which none stands twice.
func (t *table) counts(column int) bool {
	seen := map[int]bool{}
	first, _ := strconv.Atoi(value(t.rows[0], column))
	inTurn := first == 0 || first == 1
	for i, r := range t.rows {
		n, err := strconv.Atoi(value(r, column))
		if err != nil || n < 0 || seen[n] {
			return false
		}
		seen[n] = true
		inTurn = inTurn && n == first+i
	}
	return len(t.rows) > 1 && (inTurn || column == 0)
}

func (t *table) onlySides(column int) bool {
	return !slices.ContainsFunc(t.rows, func(r record) bool {
		v := value(r, column)
		return layout.Side(v) == "" && !strings.EqualFold(v, "unassigned")
	})
}

func (t *table) read(c columns) []Row {
	rows := make([]Row, len(t.rows))
	for i, rec := range t.rows {
		r := Row{Line: rec.line, Label: value(rec, c.label), Group: value(rec, c.group)}
		if c.path < len(rec.fields) {
			r.Path = rec.fields[c.path]
		}
		if c.oneHot != nil {
			r.Label, r.Reason = t.marked(rec, c.oneHot)
		}
		switch {
		case strings.TrimSpace(r.Path) == "":
			r.Reason = "no path"
		case len(rec.fields) > len(t.head) && strings.TrimSpace(strings.Join(rec.fields[len(t.head):], "")) != "":
			r.Reason = fmt.Sprintf("has %d fields, where the first line has %d: put quotes around a field that "+
				"holds the delimiter", len(rec.fields), len(t.head))
		case r.Reason != "":
		case r.Label == "":
			r.Reason = "no label"
		case strings.HasPrefix(r.Label, "{") && json.Valid([]byte(r.Label)):
			r.Reason = "its label is JSON, as labelling programs export it: write a table of path,label"
		case missingValue(r.Label):
			r.Reason = fmt.Sprintf("label %q stands for a missing value: write the label", r.Label)
		}
		rows[i] = r
	}
	return rows
}

// marked is the class whose column is set.
func (t *table) marked(rec record, classes []int) (label, reason string) {
	var set []string
	for _, i := range classes {
		if on, _ := flag(value(rec, i)); on {
			set = append(set, t.head[i])
		}
	}
	switch len(set) {
	case 0:
		return "", "no column of a class is set"
	case 1:
		return set[0], ""
	}
	return "", fmt.Sprintf("is marked as %s: a photo has one label here", quoted(set))
}

// missingValue reports whether a label or group is what programs write where there is none.
func missingValue(label string) bool {
	switch strings.ToLower(label) {
	case "nan", "<na>", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#null!", "#num!":
		return true
	}
	return false
}

// dropNoGroups empties groups that say that there is none: their photos do not belong together.
func (t *table) dropNoGroups(rows []Row) {
	n, values := 0, map[string]bool{}
	for i := range rows {
		if g := rows[i].Group; missingValue(g) || softMissing(g) || strings.EqualFold(g, "unknown") {
			values[g] = true
			rows[i].Group = ""
			n++
		}
	}
	if n > 0 {
		t.note("the values %s of the group column (%s) are read as no group",
			quoted(slices.Sorted(maps.Keys(values))), text.Count(n, "row"))
	}
}

// readSides gives rows the side that the column for it says.
func (t *table) readSides(c columns, rows []Row) {
	if c.split < 0 {
		return
	}
	name := "the column"
	if plainName(t.head[c.split]) != "" && !isPhoto(t.head[c.path]) {
		name = fmt.Sprintf("the column %q", t.head[c.split])
	}
	unknown := map[string]bool{}
	n := map[string]int{}
	for i, rec := range t.rows {
		v := value(rec, c.split)
		side := layout.Side(v)
		if on, ok := flag(v); ok && plainName(t.head[c.split]) == "isvalid" {
			side = map[bool]string{true: layout.Val, false: layout.Train}[on]
		}
		if side == "" && v != "" && !strings.EqualFold(v, "unassigned") {
			unknown[v] = true
		}
		rows[i].Side = side
		n[side]++
	}
	delete(n, "")
	var names []string
	for v := range unknown {
		names = append(names, v)
	}
	slices.Sort(names)
	switch {
	case len(n) == 0:
		t.note("%s is not used: its values (%s) are no sides such as train, val and test", name, quoted(names))
	case len(names) > 0:
		t.note("%s gives the sides; its values %s are none, and split decides on their photos", name, quoted(names))
	default:
		t.note("%s gives the sides: train %d, val %d, test %d", name, n[layout.Train], n[layout.Val], n[layout.Test])
	}
}
