package report

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// manyPhotos is a set of n photos of some classes, and a result on all of them: in each class one
// photo of ten is taken for the next class. The rows of the matrix are windows of one row.
func manyPhotos(n, classes int) (*dataset.Set, metric.Result) {
	s := &dataset.Set{}
	row := make([]int, 2*classes)
	row[classes], row[classes+1] = 9*n/classes/10, n/classes/10
	r := metric.Result{N: n, Top1: 0.9, PerClass: map[string]metric.Class{}}
	for i := range classes {
		class := fmt.Sprintf("species %05d", i)
		r.Classes, r.Confusion = append(r.Classes, class), append(r.Confusion, row[classes-i:2*classes-i])
		r.PerClass[class] = metric.Class{Precision: 0.9, Recall: 0.9, F1: 0.9, N: n / classes}
	}
	for i := range n {
		s.Images = append(s.Images, dataset.Image{Path: fmt.Sprintf("%s/IMG_%06d.jpg", r.Classes[i%classes], i),
			Class: r.Classes[i%classes], SHA256: fmt.Sprint(i), Split: dataset.Test})
	}
	for i := range 24 {
		r.Mistakes = append(r.Mistakes, metric.Mistake{File: s.Images[i].Path, Label: "a", Predicted: "b", Probability: 0.9})
	}
	return s, r
}

func grey(string) (image.Image, error) { return image.NewGray(image.Rect(0, 0, 32, 32)), nil }

// TestPagesAreBounded writes pages of 100,000 photos in any number of classes: they stay small and
// say what they leave out.
func TestPagesAreBounded(t *testing.T) {
	for _, classes := range []int{2, 10, 100, 1000, 10000} {
		s, r := manyPhotos(100_000, classes)
		page := write(t, Input{Set: s, Record: runlog.Record{Val: r}, Thumb: grey})
		if len(page) > 2_000_000 {
			t.Errorf("the page of %d classes takes %d bytes", classes, len(page))
		}
		if said := strings.Contains(page, fmt.Sprintf("%d more are in records.jsonl", classes-mostLines)) &&
			strings.Contains(page, "more classes; the last line includes them"); said != (classes > mostLines) {
			t.Errorf("the page of %d classes says that some are left out: %v", classes, said)
		}
	}
}

// TestSweepIsBounded writes the page of many fits with many failures, and of a table by class.
func TestSweepIsBounded(t *testing.T) {
	var records []runlog.Record
	var rows [][]string
	for i := range 10_000 {
		records = append(records, runlog.Record{ID: fmt.Sprint("fit", i), Setting: fmt.Sprint("setting ", i%100),
			Split: fmt.Sprint(i), Command: fmt.Sprint("imagelab ", i), Error: strings.Repeat("x", i%2),
			Val: metric.Result{N: 10, Top1: 0.5}})
		rows = append(rows, []string{fmt.Sprint("species ", i), "0.5"})
	}
	path := filepath.Join(t.TempDir(), "report.html")
	s := Sweep{Records: records, Note: strings.Repeat("a note\n", 5000),
		Tables: []Table{{Title: "By class", Header: []string{"class", "recall"}, Rows: rows}}}
	if err := WriteSweep(path, s); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > 2_000_000 {
		t.Errorf("the page takes %d bytes", len(page))
	}
	for _, want := range []string{"10000 fits", "and 9000 more, see <code>imagelab runs</code>", "and 9000 more rows",
		"and 19800 more commands or splits", "4970 more notes", "5000 of 10000 fits failed", "and 4900 more"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

// TestDuplicatesAreBounded writes the page of many groups of copies, one of them large.
func TestDuplicatesAreBounded(t *testing.T) {
	var r dedup.Result
	for i := range 20_000 {
		g := dedup.Group{Kept: fmt.Sprintf("a/%05d.jpg", i)}
		copies := 2
		if i == 0 {
			copies = 50_000
		}
		for j := range copies {
			g.Members = append(g.Members, dedup.Member{Path: fmt.Sprintf("a/%05d-%05d.jpg", i, j), Class: "a",
				Kind: dedup.KindBytes})
		}
		r.Groups = append(r.Groups, g)
	}
	path := filepath.Join(t.TempDir(), "duplicates.html")
	if err := WriteDuplicates(context.Background(), path, &dataset.Set{Dir: "mine"}, r); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(page) > 4_000_000 || !strings.Contains(string(page), "15000 more are in duplicates.json") ||
		!strings.Contains(string(page), "and 49876 more") {
		t.Errorf("the page takes %d bytes, or does not say that 15,000 groups and members of the large one are "+
			"left out", len(page))
	}
}

// TestOddNamesAreShown puts names on every page that a browser would hide or turn round.
func TestOddNamesAreShown(t *testing.T) {
	odd := []string{"cat\u202egpj", "new\nline", "esc\x1b[31m", " hat", "\xff\xfe", "zero\u200bwidth"}
	shown := []string{`&#34;cat\u202egpj&#34;`, `&#34;new\nline&#34;`, `&#34;esc\x1b[31m&#34;`, `&#34; hat&#34;`,
		`&#34;\xff\xfe&#34;`, `&#34;zero\u200bwidth&#34;`}
	s := &dataset.Set{}
	var r dedup.Result
	for i := range 60 {
		class := odd[i%len(odd)]
		s.Images = append(s.Images, dataset.Image{Path: class + fmt.Sprint("/", i, ".jpg"), Class: class,
			SHA256: fmt.Sprint(i), Split: dataset.Val})
		r.Groups = append(r.Groups, dedup.Group{Kept: s.Images[i].Path,
			Members: []dedup.Member{{Path: s.Images[i].Path, Class: class}}})
	}
	record := runlog.Record{Val: judged(t, s, dataset.Val), Dataset: "set\u202e", Error: "fault \u2067 in \x07"}
	dir := t.TempDir()
	sweep, copies := filepath.Join(dir, "sweep.html"), filepath.Join(dir, "copies.html")
	if err := WriteSweep(sweep, Sweep{Records: []runlog.Record{record}, Note: "setting \u202e"}); err != nil {
		t.Fatal(err)
	}
	if err := WriteDuplicates(context.Background(), copies, s, r); err != nil {
		t.Fatal(err)
	}
	pages := []string{write(t, Input{Set: s, Record: record, Thumb: grey}), read(t, sweep), read(t, copies)}
	for i, page := range pages {
		if at := strings.IndexFunc(page,
			func(r rune) bool { return slices.Contains([]rune{0x202e, 0x2067, 0x1b, 7, 0xfffd}, r) }); at >= 0 {
			t.Errorf("page %d holds %q", i, page[max(at-40, 0):at+40])
		}
	}
	for i, want := range shown {
		if !strings.Contains(pages[0], want) || !strings.Contains(pages[2], want) {
			t.Errorf("the class %q is not shown as %s", odd[i], want)
		}
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
