package dataset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
)

// csvExt are the endings of files that list photos.
var csvExt = map[string]bool{".csv": true, ".tsv": true, ".txt": true, ".lst": true, ".json": true,
	".jsonl": true, ".ndjson": true}

// sheetExt are the endings of spreadsheets.
var sheetExt = map[string]bool{".xlsx": true, ".xls": true, ".ods": true, ".numbers": true}

// listCSV lists the photos a CSV file names, in its order. Paths are relative to o.Photos, or to
// the CSV's folder.
func listCSV(ctx context.Context, file string, o Reading) (*listing, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	defer f.Close()
	table, err := labelcsv.Read(f, o.Columns)
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w", file, err)
	}
	root, err := photoRoot(file, o)
	if err != nil {
		return nil, err
	}
	l := &listing{root: root, from: file, kind: SourceCSV, plainCSV: table.Plain, label: table.Label,
		notes: table.Notes}
	s := newSeeker(root, file)
	unit := "line"
	if table.JSON {
		unit = "entry"
	}
	if err := l.addRows(ctx, s, table.Rows, unit); err != nil {
		return nil, err
	}
	l.notes = append(l.notes, s.notes()...)
	if err := l.leaveUnlisted(); err != nil {
		return nil, err
	}
	l.noteLeft()
	return l, nil
}

// photoRoot is the folder that the paths of a CSV file are relative to.
func photoRoot(file string, o Reading) (string, error) {
	if o.Photos == "" {
		return filepath.Dir(file), nil
	}
	abs, err := withoutLinks(o.Photos)
	if err == nil {
		var info fs.FileInfo
		if info, err = os.Stat(abs); err == nil && !info.IsDir() {
			err = errors.New("is not a folder")
		}
	}
	if err != nil {
		return "", fmt.Errorf("dataset: folder of the photos %s: %w", o.Photos, photo.Reason(err))
	}
	return abs, nil
}

// addRows finds the photo of each row, which is what unit says. Rows of one photo under two labels
// are all refused.
func (l *listing) addRows(ctx context.Context, s *seeker, rows []labelcsv.Row, unit string) error {
	found, reasons := make([]string, len(rows)), make([]string, len(rows))
	labels := map[string][]string{}
	s.count(rows)
	for i, r := range rows {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if reasons[i] = r.Reason; r.Reason == "" {
			found[i], reasons[i] = s.find(r)
		}
		if reasons[i] == "" {
			labels[found[i]] = append(labels[found[i]], r.Label)
		}
	}
	seen := map[string]bool{}
	for i, r := range rows {
		reason := reasons[i]
		if reason == "" {
			reason = doubt(r, labels[found[i]], seen[found[i]])
		}
		if reason != "" {
			l.reject(shownPath(r.Path), "%s %d: %s", unit, r.Line, reason)
			continue
		}
		seen[found[i]] = true
		l.entries = append(l.entries, entry{path: found[i], class: r.Label, group: r.Group, split: r.Side})
	}
	return nil
}

func shownPath(p string) string { return strings.ToValidUTF8(strings.TrimSpace(p), "\ufffd") }

// doubt is why a row that names a good file is not used, or nothing.
func doubt(r labelcsv.Row, labels []string, seen bool) string {
	for _, other := range labels {
		if other != r.Label {
			return fmt.Sprintf("is listed with the labels %q and %q: keep the right line", r.Label, other)
		}
	}
	if seen {
		return "is listed twice"
	}
	return ""
}

// unlisted is why a photo is left out.
const unlisted = "not listed in the CSV file, or in a line that cannot be used"

// leaveUnlisted counts the photos that lie beside listed ones, but are not listed.
func (l *listing) leaveUnlisted() error {
	listed, dirs := map[string]bool{}, map[string]bool{}
	for _, e := range l.entries {
		listed[e.path], dirs[path.Dir(e.path)] = true, true
	}
	var order []string
	for dir := range dirs {
		order = append(order, dir)
	}
	slices.Sort(order)
	for _, dir := range order {
		files, err := os.ReadDir(filepath.Join(l.root, filepath.FromSlash(dir)))
		if err != nil {
			return fmt.Errorf("dataset: %w", err)
		}
		for _, f := range files {
			name := path.Join(dir, f.Name())
			if photo.HasReadableName(name) && !f.IsDir() && !listed[name] && layout.LeaveOut(f.Name(), false) == "" {
				l.leave(name, unlisted)
			}
		}
	}
	return nil
}
