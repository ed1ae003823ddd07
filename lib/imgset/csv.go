package imgset

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// errHeader marks a CSV that is not one of ours.
var errHeader = errors.New("its first line must name the columns path,label or path,label,group")

// row is one line of a labels CSV.
type row struct {
	line               int
	path, label, group string
}

// listCSV lists the photos a CSV file names, in its order. Paths are relative to the CSV's folder.
func listCSV(ctx context.Context, file string) (*listing, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("imgset: %w", err)
	}
	defer f.Close()
	rows, err := readCSV(f)
	if err != nil {
		return nil, fmt.Errorf("imgset: %s: %w", file, err)
	}
	l := &listing{root: filepath.Dir(file), kind: SourceCSV}
	labels := map[string][]string{}
	for _, r := range rows {
		labels[path.Clean(r.path)] = append(labels[path.Clean(r.path)], r.label)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		clean := path.Clean(r.path)
		if reason := checkRow(l.root, r, labels[clean], seen[clean]); reason != "" {
			l.reject(strings.ToValidUTF8(r.path, "\ufffd"), "line %d: %s", r.line, reason)
			continue
		}
		seen[clean] = true
		l.entries = append(l.entries, entry{path: clean, class: r.label, group: r.group})
	}
	return l, nil
}

// checkRow returns why a row cannot be used, or nothing.
func checkRow(root string, r row, labels []string, seen bool) string {
	switch {
	case r.path == "":
		return "no path"
	case r.label == "":
		return "no label"
	case checkName(r.path+r.label+r.group) != "":
		return "is not valid UTF-8: save the CSV as UTF-8"
	case filepath.IsAbs(r.path) || !filepath.IsLocal(filepath.FromSlash(r.path)):
		return "the path leads out of the CSV's folder: write it relative to that folder"
	}
	for _, other := range labels {
		if other != r.label && other != "" {
			return fmt.Sprintf("is listed with the labels %q and %q: keep the right line", r.label, other)
		}
	}
	if seen {
		return "is listed twice"
	}
	if err := insideRoot(root, r.path); err != nil {
		return err.Error()
	}
	return ""
}

// readCSV parses path,label[,group] with a header line in any case. Lines with too few fields come back with empty
// ones. The error names the line.
func readCSV(r io.Reader) ([]row, error) {
	buf := bufio.NewReader(r)
	if bom, _ := buf.Peek(3); string(bom) == "\xef\xbb\xbf" {
		buf.Discard(3)
	}
	cr := csv.NewReader(buf)
	cr.FieldsPerRecord = -1
	head, err := cr.Read()
	if err != nil || !isHeader(head) {
		return nil, errHeader
	}
	var rows []row
	for {
		rec, err := cr.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: mend that line (a quote inside a name is written twice)", err)
		}
		rec = append(rec, "", "", "") // a short line has empty fields
		line, _ := cr.FieldPos(0)
		rows = append(rows, row{line, rec[0], strings.TrimSpace(rec[1]), strings.TrimSpace(rec[2])})
	}
}

func isHeader(head []string) bool {
	want := []string{"path", "label", "group"}
	if len(head) < 2 || len(head) > len(want) {
		return false
	}
	for i, h := range head {
		if strings.ToLower(strings.TrimSpace(h)) != want[i] {
			return false
		}
	}
	return true
}
