package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/runlog"
)

// TestWriteVersus: the counts are those of the photos that both judged, and each leads to its
// photos.
func TestWriteVersus(t *testing.T) {
	s := photos(t, []string{"cat", "dog"}, 40)
	first, _ := predicted(t, s, dataset.Test)
	second, _ := predicted(t, s, dataset.Test)
	second.Photos[0] = runlog.NewPrediction(first.Photos[0].Path, first.Photos[0].SHA256, first.Photos[0].Label,
		[]float64{1, 0})
	second.Photos = second.Photos[:15]
	v := Versus{Names: [2]string{"a<b>", "b"}, Said: [2]*runlog.Predictions{first, second}, Set: s}
	v.Records[0].Seed = 1
	path := filepath.Join(t.TempDir(), "versus.html")
	got, err := WriteVersus(t.Context(), path, v)
	if err != nil {
		t.Fatal(err)
	}
	if got.Photos != 15 || got.OnlyFirst != 0 || got.OnlyLast != 1 || got.Both+got.Neither != 14 || got.Exact != 1 {
		t.Errorf("%+v: the first photo is right for the second model alone", got)
	}
	page := read(t, path)
	alone(t, page)
	linked(t, page)
	for _, want := range []string{"a&lt;b&gt;", `<a href="#only-second">1</a>`, "Only b was right: 1", "What differs"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	v.Set = nil
	if _, err := WriteVersus(t.Context(), path, v); err != nil {
		t.Error("without the photos the page names them:", err)
	}
}

func TestWriteVersusRefuses(t *testing.T) {
	s := photos(t, []string{"cat", "dog"}, 8)
	said, _ := predicted(t, s, dataset.Test)
	other := *said
	other.Classes = []string{"cat", "ox"}
	strangers := *said
	strangers.Photos = []runlog.Prediction{runlog.NewPrediction("x", "x", 0, []float64{1, 0})}
	for _, tt := range []struct {
		name   string
		second *runlog.Predictions
		says   string
	}{
		{"no predictions", nil, "evaluate both"},
		{"other classes", &other, "other classes"},
		{"other photos", &strangers, "no photo in common"},
	} {
		path := filepath.Join(t.TempDir(), "v.html")
		_, err := WriteVersus(t.Context(), path, Versus{Said: [2]*runlog.Predictions{said, tt.second}, Set: s})
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.says)
		}
	}
}

// TestWriteRuns lists folders with records, links to their pages, and passes over others.
func TestWriteRuns(t *testing.T) {
	dir := t.TempDir()
	for i, name := range []string{"a b", "c"} {
		folder := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(folder, 0o755), runlog.Append(filepath.Join(folder, "records.jsonl"),
			fits(2)[i])); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(filepath.Join(dir, "a b", "report.html"), nil, 0o644),
		os.Mkdir(filepath.Join(dir, "other"), 0o755)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "index.html")
	n, _, err := WriteRuns(t.Context(), path, dir)
	if err != nil || n != 2 {
		t.Fatalf("%d fits, error %v", n, err)
	}
	page := read(t, path)
	if alone(t, page); !strings.Contains(page, `<a href="./a%20b/report.html">a b</a>`) ||
		!strings.Contains(page, "2 fits in 2 folders") {
		t.Error("the page does not list both, with a link to the page that there is")
	}
}
