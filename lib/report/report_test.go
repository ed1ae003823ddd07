package report

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// photos makes a dataset folder with n photos a class, a broken one and a copy.
func photos(t testing.TB, classes []string, n int) *dataset.Set {
	t.Helper()
	s := &dataset.Set{Dir: t.TempDir(), Root: t.TempDir(), Source: dataset.SourceCSV, Quarantined: 1,
		Notes: []string{`class folder "x" holds no photos`}}
	for c, class := range classes {
		for i := range n {
			name := fmt.Sprintf("p%d-%d.png", c, i)
			img := image.NewNRGBA(image.Rect(0, 0, 40, 20))
			for k := range img.Pix {
				img.Pix[k] = uint8(k*(c+3) + 31*i)
			}
			img.Set(0, 0, color.White)
			var data bytes.Buffer
			if err := errors.Join(png.Encode(&data, img), os.WriteFile(filepath.Join(s.Root, name), data.Bytes(),
				0o644)); err != nil {
				t.Fatal(err)
			}
			digest := fmt.Sprintf("%x", sha256.Sum256(data.Bytes()))
			s.Images = append(s.Images, dataset.Image{Path: name, Class: class, SHA256: digest, Pixels: digest,
				Width: 40, Height: 20,
				Split: []string{dataset.Train, dataset.Train, dataset.Val, dataset.Test}[i%4]})
		}
	}
	rejected := `{"path":"bad <b>.jpg","reason":"the file is empty (0 bytes)"}` + "\n"
	if err := os.WriteFile(filepath.Join(s.Dir, "quarantine.jsonl"), []byte(rejected), 0o644); err != nil {
		t.Fatal(err)
	}
	return s
}

// judged gives every image of a side to its class, but the first to the next class.
func judged(t *testing.T, s *dataset.Set, side string) metric.Result {
	t.Helper()
	classes := s.Classes()
	var labels []int
	var probs [][]float64
	var files []string
	for i, im := range s.InSplit(side) {
		row := make([]float64, len(classes))
		label := 0
		for k, class := range classes {
			row[k] = 0.1 / float64(len(classes)-1)
			if class == im.Class {
				label = k
			}
		}
		predicted := label
		if i == 0 {
			predicted = (label + 1) % len(classes)
		}
		row[predicted] = 0.9
		labels, probs, files = append(labels, label), append(probs, row), append(files, s.File(im))
	}
	r, err := metric.Evaluate(classes, labels, probs, files)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fitted(t *testing.T, s *dataset.Set) runlog.Record {
	t.Helper()
	return runlog.Record{
		Version: 1, ID: "abc123", Time: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Command: "imagelab train 'my data' --out runs/a", Dataset: "mine",
		Backbone: "efficientnet_lite0", Size: 224, Cut: "stage6", Config: []byte(`{"epochs":2}`),
		Manifest: s.Digest(), Split: s.SplitDigest(),
		Epochs: []runlog.Epoch{{Phase: "head", Epoch: 1, LR: 0.1, TrainLoss: 0.5, ValLoss: 0.4, ValTop1: 0.8},
			{Phase: "body", Epoch: 1, LR: 0.001, TrainLoss: 0.4, ValLoss: 0.3, ValTop1: 0.9}},
		Val: judged(t, s, dataset.Val), Timings: []runlog.Timing{{Stage: "decode", Seconds: 12.3},
			{Stage: runlog.StageCompile, Seconds: 61}}, PeakMemory: 3 << 29,
		Environment: runlog.Environment{Engine: "xla:cpu", EngineWhy: "no GPU was found", Cores: 2, CPU: "a CPU",
			Commit: "0123456789abcdef"},
	}
}

func copies(s *dataset.Set) dedup.Result {
	g := func(i, j int, kind string, distance int) dedup.Group {
		a, b := s.Images[i], s.Images[j]
		return dedup.Group{Kept: a.Path, Conflict: a.Class != b.Class, Members: []dedup.Member{
			{Path: a.Path, Class: a.Class, Kind: dedup.KindBytes}, {Path: b.Path, Class: b.Class, Kind: kind,
				Distance: distance}}}
	}
	last := len(s.Images) - 1
	return dedup.Result{Options: dedup.Default(), Images: len(s.Images), Kept: len(s.Images) - 3, Removed: 3,
		Conflicts: 1, Conflicted: 2,
		Groups: []dedup.Group{g(0, 1, dedup.KindHash, 2), g(2, last, dedup.KindBytes, 0)}}
}

func write(t *testing.T, in Input) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := Write(context.Background(), path, in); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var outside = regexp.MustCompile(`(?i)https?:|//[a-z0-9]|@import|url\(|<script|<link|<iframe|\son[a-z]+=|srcset|ZgotmplZ`)

func alone(t *testing.T, page string) {
	t.Helper()
	data := regexp.MustCompile(`(url\()?data:image/jpeg;base64,[A-Za-z0-9+/=&#;]*`)
	for _, found := range outside.FindAllString(data.ReplaceAllString(page, ""), -1) {
		t.Errorf("the page holds %q: it must ask nothing of the network, run nothing and lose nothing", found)
	}
}

func TestWriteSections(t *testing.T) {
	s := photos(t, []string{"cat", "dog"}, 40)
	r := fitted(t, s)
	test := judged(t, s, dataset.Test)
	page := write(t, Input{Set: s, Record: r, Test: &test, Duplicates: copies(s), License: "CC0", Note: "A remark.",
		Viewed: []Viewed{{Path: "<b>.jpg", Views: []image.Image{image.NewGray(image.Rect(0, 0, 8, 8)),
			image.NewGray(image.Rect(0, 0, 8, 8))}}}})
	alone(t, page)
	if !strings.Contains(page, `alt="&lt;b&gt;.jpg, augmented view 1"`) {
		t.Error("views of the training photos are missing")
	}
	for _, want := range []struct{ text, reason string }{
		{"19 of 20 test photos", "the headline counts"},
		{percent(0.95), "and gives the share"},
		{interval(metric.Wilson(19, 20)), "with its interval"},
		{`id="classes"`, "by class"}, {`id="mistakes"`, "mistakes"}, {`id="data"`, "data"},
		{`id="training"`, "curves"}, {`id="time"`, "timings"}, {`id="trace"`, "provenance"},
		{"Balanced accuracy", "a measure"}, {"Macro F1", "a measure"}, {"Log loss", "a measure"},
		{"Calibration error", "a measure"},
		{"labels differ", "a conflict among the duplicates"}, {"distance 2", "a distance"}, {"same file", "a kind"},
		{"bad &lt;b&gt;.jpg", "the quarantine, escaped"}, {"the file is empty (0 bytes)", "its reason"},
		{"imagelab train &#39;my data&#39; --out runs/a", "the exact command"}, {s.Digest(), "the manifest digest"},
		{s.SplitDigest(), "the split digest"},
		{"1 min 01 s", "compile time apart"}, {"1.5 GiB", "peak memory"}, {"no GPU was found", "why this engine"},
		{"commit 0123456789ab", "the program"},
		{"CC0", "the licence"}, {"A remark.", "the note"}, {"Class folder &#34;x&#34; holds no photos.",
			"notes of the ingest"}, {"labelled cat", "the truth of a mistake"},
	} {
		if !strings.Contains(page, want.text) {
			t.Errorf("%q is missing: %s", want.text, want.reason)
		}
	}
	if n := strings.Count(page, "data:image/jpeg;base64,"); n != 1+2*8+4+2 {
		t.Errorf("%d thumbnails, want 1 mistake, 8 samples a class, 4 copies and 2 views", n)
	}
	if n := strings.Count(page, "<svg "); n != 5 {
		t.Errorf("%d figures, want confusion, recall, reliability and two curves", n)
	}
	if strings.Contains(page, `role="alert"`) || strings.Contains(page, "no preview") || strings.Contains(page, s.Root) {
		t.Error("a sound run shows no banner, all its photos, and no folder of this machine")
	}
}

func TestWriteEscapes(t *testing.T) {
	evil := `<script>alert("x")</script>`
	s := photos(t, []string{evil, `"><img src=x onerror=alert(1)>`, "a\nb"}, 8)
	r := fitted(t, s)
	r.Command, r.Dataset, r.Error = evil, evil, evil
	r.Val.Mistakes[0].File = "/etc/" + evil
	dups := copies(s)
	page := write(t, Input{Set: s, Record: r, Duplicates: dups, Note: evil, License: evil})
	if strings.Contains(page, "<script") || strings.Contains(page, "<img src=x") {
		t.Error("a class name became an element")
	}
	if !strings.Contains(page, "&lt;script&gt;") {
		t.Error("the name is not shown at all")
	}
	path := filepath.Join(t.TempDir(), "d.html")
	dups.Groups[0].Members[0].Path = evil
	if err := WriteDuplicates(context.Background(), path, s, dups); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(text), "<script") || strings.Contains(string(text), "<img src=x") {
		t.Errorf("a name became an element on the page of duplicates, or %v", err)
	}
}

func TestWriteWarns(t *testing.T) {
	s := photos(t, []string{"a", "b"}, 8)
	tests := []struct {
		name   string
		reason string
		change func(*runlog.Record)
		want   string
	}{
		{"leak", "nobody may take these numbers for results", func(r *runlog.Record) { r.AllowLeak = true }, "Leaky data"},
		{"no dedup", "one side may hold a photo many times", func(r *runlog.Record) { r.NoDedup = true },
			"Copies were not looked for"},
		{"interrupted", "the fit is not what its configuration says", func(r *runlog.Record) { r.Interrupted = true },
			"Interrupted"},
		{"failed", "a failed fit has a page too, without a result", func(r *runlog.Record) {
			r.Error, r.Val = "out of memory", metric.Result{}
		}, "The fit failed: out of memory"},
		{"changed", "counts and results would not belong together", func(r *runlog.Record) { r.Split = "0" },
			"has changed since this fit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := fitted(t, s)
			tt.change(&r)
			page := write(t, Input{Set: s, Record: r})
			if n := strings.Count(page, `<div class="banner" role="alert">`); n != 1 || !strings.Contains(page, tt.want) {
				t.Errorf("%d banners, want one that says %q: %s", n, tt.want, tt.reason)
			}
		})
	}
}

func TestWriteSurvives(t *testing.T) {
	var many []string
	for i := range 200 {
		many = append(many, fmt.Sprintf("class %03d", i))
	}
	load := func(string) (image.Image, error) { return nil, errors.New("gone") }
	tests := []struct {
		name    string
		reason  string
		classes []string
		n       int
		change  func(*Input)
		want    string
	}{
		{"no photos left", "deleted photos cost their thumbnails only", []string{"a", "b"}, 8,
			func(in *Input) { in.Thumb = load }, "no preview"},
		{"many classes", "tables take the place of a matrix of 40,000 cells", many, 4,
			func(in *Input) { in.Thumb = load }, "Most frequent confusions"},
		{"nothing yet", "an empty record has a page", []string{"a", "b"}, 8,
			func(in *Input) { in.Record = runlog.Record{} }, "How to repeat it"},
		{"empty set", "and so has an empty set", nil, 0, func(in *Input) { in.Record = runlog.Record{} },
			"No photos to show"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := photos(t, tt.classes, tt.n)
			in := Input{Set: s}
			if tt.n > 0 {
				in.Record = fitted(t, s)
			}
			tt.change(&in)
			page := write(t, in)
			if alone(t, page); !strings.Contains(page, tt.want) {
				t.Errorf("%q is missing: %s", tt.want, tt.reason)
			}
			if len(page) > 3<<20 {
				t.Errorf("the page has %d bytes", len(page))
			}
		})
	}
}

func TestWriteStops(t *testing.T) {
	s := photos(t, []string{"a", "b"}, 8)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	path := filepath.Join(t.TempDir(), "report.html")
	if err := Write(ctx, path, Input{Set: s, Record: fitted(t, s)}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if err := WriteDuplicates(ctx, path, s, copies(s)); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the context's", err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a stopped report left a page behind")
	}
	if err := Write(context.Background(), filepath.Join(path, "no", "r.html"), Input{Set: s}); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	if err := Write(context.Background(), path, Input{}); err == nil {
		t.Error("no error without a set")
	}
}

func TestText(t *testing.T) {
	for seconds, want := range map[float64]string{0.123: "0.12 s", 9.96: "10.0 s", 59.96: "1 min 00 s",
		245: "4 min 05 s", 3599.7: "1 h 00 min", 7325: "2 h 02 min"} {
		if got := text.Seconds(seconds); got != want {
			t.Errorf("%g s is written %q, want %q", seconds, got, want)
		}
	}
}
