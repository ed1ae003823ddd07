package runlog

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"imagelab/lib/metric"
)

func record(id string) Record {
	return Record{
		Version: Version, ID: id, Setting: "head", Time: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC),
		Command: "imagelab train 'a b'", Dataset: "solar",
		Config: []byte(`{"epochs":3}`), Counts: map[string]int{"train": 3},
		Epochs: []Epoch{{Phase: PhaseHead, Epoch: 1, LR: 0.1}},
		Test:   &metric.Result{Top1: 0.5, N: 2}, Timings: []Timing{{StageCompile, 1.5}}, PeakMemory: 1 << 30,
	}
}

func TestAppendRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	if got, torn, err := Read(path); err != nil || torn != 0 || len(got) != 0 {
		t.Fatalf("no file: got %v, %d, %v; a first run starts so", got, torn, err)
	}
	want := []Record{record("a"), record("b")}
	for _, r := range want {
		if err := Append(path, r); err != nil {
			t.Fatal(err)
		}
	}
	got, torn, err := Read(path)
	if err != nil || torn != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, torn %d, %v", got, torn, err)
	}
}

func TestReadDamaged(t *testing.T) {
	tests := []struct {
		name   string
		reason string
		text   string
		n      int
		torn   int
		err    string
	}{
		{"empty", "a file without records is no error", "", 0, 0, ""},
		{"blank lines", "an editor may leave them", "\n" + `{"version":1,"id":"a"}` + "\n\n", 1, 0, ""},
		{"no last newline", "a whole record counts all the same", `{"version":1,"id":"a"}`, 1, 0, ""},
		{"torn last", "a process was killed", `{"version":1,"id":"a"}` + "\n" + `{"version":1,"id":`, 1, 1, ""},
		{"torn short", "however short the rest is", `{"ver`, 0, 1, ""},
		{"torn and ended", "a later process ended the line", `{"version":1,"id":"a` + "\n" +
			`{"version":1,"id":"b"}` + "\n", 1, 1, ""},
		{"spoiled", "no kill makes this: somebody edited it", `{"version":1,"id":"a"}` + "\n" +
			`{"version":1;"id":"b"}` + "\n", 0, 0, "line 2 is not a record"},
		{"two on a line", "the first would hide the second", `{"version":1,"id":"a"}{"version":1,"id":"b"}`, 0, 0,
			"line 1 is not a record"},
		{"another file", "whole, but no record", `{"path":"a.jpg"}`, 0, 0, "line 1 is not a record: it has no version"},
		{"a number", "JSON, but no object", "12\n", 0, 0, "line 1 is not a record"},
		{"wrong type", "a field of another type", `{"version":1,"size":"big"}`, 0, 0, "line 1 is not a record"},
		{"newer", "its layout is unknown, so the other fields are not looked at", `{"version":99,"size":"big"}`, 0, 0,
			"update it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, torn, err := parse[Record]([]byte(tt.text), Version)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Fatalf("error %v, want %q: %s", err, tt.err, tt.reason)
			}
			if len(got) != tt.n || torn != tt.torn {
				t.Errorf("%d records and %d torn, want %d and %d: %s", len(got), torn, tt.n, tt.torn, tt.reason)
			}
		})
	}
}

func TestAppendAfterKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	if err := os.WriteFile(path, []byte(`{"version":1,"id":"a"}`+"\n"+`{"version":1,"id":"b","conf`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Append(path, record("c")); err != nil {
		t.Fatal(err)
	}
	got, torn, err := Read(path)
	if err != nil || torn != 1 || len(got) != 2 || got[1].ID != "c" {
		t.Errorf("got %+v, torn %d, %v; the new record must not be glued to the torn one", got, torn, err)
	}
}

func TestAppendAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.jsonl")
	var workers sync.WaitGroup
	for i := range 16 {
		workers.Go(func() {
			if err := Append(path, record(fmt.Sprint(i))); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	if got, torn, err := Read(path); err != nil || torn != 0 || len(got) != 16 {
		t.Errorf("%d records of 16, torn %d, %v", len(got), torn, err)
	}
}

func TestAppendRefuses(t *testing.T) {
	r := record("a")
	r.PeakMemory, r.Epochs[0].TrainLoss = 0, math.NaN()
	path := filepath.Join(t.TempDir(), "records.jsonl")
	if err := Append(path, r); err == nil {
		t.Error("a loss that is not a number was written: no reader could parse it")
	}
	if err := Append(filepath.Join(t.TempDir(), "missing", "records.jsonl"), record("a")); err == nil {
		t.Error("no error for a folder that does not exist")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a refused record left a file behind")
	}
}

func TestReadDir(t *testing.T) {
	dir := t.TempDir()
	at := func(id string, hour int, interrupted bool) Record {
		r := record(id)
		r.Time, r.Interrupted = r.Time.Add(time.Duration(hour)*time.Hour), interrupted
		return r
	}
	files := map[string][]Record{
		"records.jsonl":         {at("late", 5, false), at("redone", 1, true), at("redone", 2, false)},
		"b/records.host2.jsonl": {at("early", 0, false), at("redone", 3, true)},
		"b/other.jsonl":         {at("ignored", 0, false)},
	}
	for name, records := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			if err := Append(path, r); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, _, err := ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, r := range got {
		text += fmt.Sprint(r.ID, " ", r.Interrupted, ";")
	}
	if text != "early false;redone false;late false;" {
		t.Errorf("got %s; a finished record goes before a later one that was interrupted", text)
	}
	if _, _, err := ReadDir(filepath.Join(dir, "missing")); err == nil {
		t.Error("no error for a folder that does not exist: a wrong path must not look like no results")
	}
}

func TestMeanInterval(t *testing.T) {
	tests := []struct {
		name         string
		reason       string
		values       []float64
		mean, lo, hi float64
	}{
		{"five seeds", "t(4) is 2.776, the standard error sqrt(2.5/5)", []float64{1, 2, 3, 4, 5}, 3,
			3 - 2.776445*math.Sqrt(0.5), 3 + 2.776445*math.Sqrt(0.5)},
		{"two", "t(1) is 12.706: two seeds say little", []float64{0.8, 0.9}, 0.85, 0.85 - 12.7062*0.05, 0.85 + 12.7062*0.05},
		{"equal", "no spread, no width", []float64{0.5, 0.5, 0.5}, 0.5, 0.5, 0.5},
		{"one", "one seed says nothing of the spread", []float64{0.5}, 0.5, math.Inf(-1), math.Inf(1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mean, iv := MeanInterval(tt.values)
			for _, p := range [][2]float64{{mean, tt.mean}, {iv[0], tt.lo}, {iv[1], tt.hi}} {
				if p[0] != p[1] && !(math.Abs(p[0]-p[1]) < 1e-5) {
					t.Errorf("got %g %v, want %g [%g, %g]: %s", mean, iv, tt.mean, tt.lo, tt.hi, tt.reason)
				}
			}
		})
	}
	if mean, _ := MeanInterval(nil); !math.IsNaN(mean) {
		t.Errorf("the mean of nothing is %g", mean)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"version":1,"id":"a","config":{"a":[1,2]},"time":"2026-03-01T12:00:00Z"}` + "\n" +
		`{"version":1,"id":`))
	f.Add([]byte("{\"version\":99}\n\n\x00\n[]"))
	f.Add([]byte(`{"version":1,"test":{"top1":0.5,"per_class":{"a":{}}},"val":{"interval":[0,1]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		records, _, err := parse[Record](text, Version)
		if err != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "records.jsonl")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Append(path, record("last")); err != nil {
			t.Fatal(err)
		}
		again, _, err := Read(path)
		if err != nil || len(again) != len(records)+1 || again[len(again)-1].ID != "last" {
			t.Errorf("%d records, after one more %d, %v", len(records), len(again), err)
		}
	})
}
