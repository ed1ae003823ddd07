package report

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

// patience is how long a page of few records may take, with the fuzzer's instruments in it.
const patience = 20 * time.Second

// forge puts text, a JSON object, over the fields of a record or speed that is right.
func forge(t *testing.T, right any, text []byte) []byte {
	t.Helper()
	data, err := json.Marshal(right)
	if err != nil {
		t.Fatal(err)
	}
	fields, over := map[string]json.RawMessage{}, map[string]json.RawMessage{}
	if json.Unmarshal(data, &fields) != nil || json.Unmarshal(text, &over) != nil {
		return text
	}
	for name, v := range over {
		fields[name] = v
	}
	if data, err = json.Marshal(fields); err != nil {
		return text
	}
	return data
}

// rightRecord is a record with everything that pages show.
func rightRecord(setting string, seed uint64) runlog.Record {
	r := metric.Result{Top1: 0.75, Interval: metric.Wilson(3, 4), N: 4, Balanced: 0.75, Classes: []string{"a", "b"},
		Confusion: [][]int{{2, 0}, {1, 1}}, PerClass: map[string]metric.Class{"a": {Recall: 1, N: 2},
			"b": {Recall: 0.5, N: 2}},
		Bins: []metric.Bin{{N: 4, Confidence: 0.9, Accuracy: 0.75}}}
	return runlog.Record{Version: runlog.Version, ID: setting, Setting: setting, Backbone: "efficientnet_lite0",
		Size: 64, Cut: "head", Seed: seed, Split: "s", Manifest: "m",
		Regime: "equal epochs", Counts: map[string]int{"train": 20, "val": 4, "test": 4}, PerClass: 5,
		Trained: map[string]int{"a": 10, "b": 10},
		Config:  json.RawMessage(`{"lr":0.1}`), Val: r, Test: &r, Own: 1, Shared: []runlog.Work{{Name: "w", Seconds: 1}},
		Outcomes: &runlog.Outcomes{Side: "test", Labels: []int{0, 0, 1, 1}, Predicted: []int{0, 0, 0, 1},
			Groups: []int{0, 1, 2, 2}},
		Epochs: []runlog.Epoch{{Phase: "head", Epoch: 1, LR: 1, TrainLoss: 1, ValLoss: 1, ValTop1: 0.5},
			{Phase: "body", Epoch: 1, TrainLoss: 0.5, ValLoss: 0.6, ValTop1: 0.7}},
		Candidates: []runlog.Candidate{{Phase: "body", Epoch: 1, Kept: true}},
		Timings:    []runlog.Timing{{Stage: "fit", Seconds: 3}}}
}

var forgeries = []string{
	`{}`, `{"epochs":[{"phase":"body","epoch":1,"val_loss":1e308},{"phase":"body","epoch":2,"val_loss":-1e14}]}`,
	`{"val":{"n":3,"classes":["a"]},"test":null}`,
	`{"outcomes":{"side":"test","labels":[9],"predicted":[0],"groups":[7]}}`,
	`{"counts":null,"trained":{"a":-1},"size":-5}`, `{"own_seconds":-1e15,"timings":[{"stage":"x","seconds":1e15}]}`,
	`{"interrupted":true,"epochs":[]}`, `{"per_class":0,"config":"x"}`,
	`{"latency":{}}`, `{"bundle_bytes":0}`, `{"bundle_bytes":-1,"parameters":1}`,
	`{"latency":{"median":1e-300,"p90":1e15,"interval":[0,0]}}`, `{"throughput":[{"batch":0}]}`,
}

// FuzzRecord writes the page of a fit, and of a curve, whose record has fields of any kind: what is
// read is drawn, and soon.
func FuzzRecord(f *testing.F) {
	for _, text := range forgeries {
		f.Add([]byte(text))
	}
	set := &dataset.Set{}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		path := filepath.Join(dir, "records.jsonl")
		lines := append(forge(t, rightRecord("x", 1), text), '\n')
		for i := range uint64(3) {
			r := rightRecord("y", i)
			r.PerClass = 3 * int(i)
			lines = append(append(lines, forge(t, r, nil)...), '\n')
		}
		if err := os.WriteFile(path, lines, 0o644); err != nil {
			t.Fatal(err)
		}
		defer func(start time.Time) {
			if took := time.Since(start); took > patience {
				t.Errorf("%v for %s", took, text)
			}
		}(time.Now())
		records, _, err := runlog.Read(path)
		if err != nil {
			return
		}
		for _, r := range records {
			_ = Write(context.Background(), filepath.Join(dir, "a.html"), Input{Set: set, Record: r}) // an error is an answer
		}
		_ = WriteSweep(filepath.Join(dir, "b.html"), Sweep{Records: records})
		runlog.Settings(records)
		_, _ = runlog.Compare(records, "x", "y")
		curve.Accuracy(records)
		_, _ = curve.New(records)
	})
}

// FuzzSpeed draws the trade-off of settings, one speed of which has fields of any kind.
func FuzzSpeed(f *testing.F) {
	for _, text := range forgeries {
		f.Add([]byte(text))
	}
	right := tradeoff.Speed{Version: tradeoff.Version, Backbone: "efficientnet_lite0", Size: 64, Parameters: 4e6,
		BundleBytes: 16e6, BestBatch: 8,
		Latency:    tradeoff.Latency{Median: 0.01, P90: 0.012, P99: 0.02, Interval: metric.Interval{0.009, 0.011}, N: 30},
		Throughput: []tradeoff.Throughput{{Batch: 8, Median: 100, Low: 90, High: 110}},
		Stages:     []runlog.Timing{{Stage: "read", Seconds: 0.001}}}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(tradeoff.Path(dir), append(forge(t, right, text), '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
		speeds, _, err := tradeoff.ReadDir(dir)
		if err != nil {
			return
		}
		whole := rightRecord("x", 1)
		whole.PerClass, whole.Trained = 0, nil
		start := time.Now()
		weighed, err := tradeoff.Compare([]runlog.Record{whole}, speeds, 10*time.Millisecond)
		if err != nil {
			return
		}
		for _, drawn := range []figure.Figure{figure.TradeOff(weighed), figure.TradeOffSize(weighed),
			figure.TradeOffTraining(weighed)} {
			_, _ = drawn.SVG()
		}
		if took := time.Since(start); took > patience {
			t.Errorf("%v for %s", took, text)
		}
	})
}
