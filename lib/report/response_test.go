package report

import (
	"encoding/json"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

func TestResponse(t *testing.T) {
	fit := func(config string, seed uint64, predicted ...int) runlog.Record {
		return runlog.Record{ID: config, Seed: seed, Config: json.RawMessage(config),
			Outcomes: &runlog.Outcomes{Side: "test", Labels: []int{0, 0, 1, 1}, Predicted: predicted}}
	}
	records := []runlog.Record{
		fit(`{"lr":0.1,"epochs":8}`, 1, 0, 0, 1, 1),
		fit(`{"lr":0.01,"epochs":8}`, 1, 0, 1, 1, 0),
		fit(`{"lr":0.01,"epochs":2}`, 1, 0, 0, 0, 0),
		fit(`{"lr":0.01,"epochs":2}`, 2, 0, 0, 1, 1),
		{ID: "failed", Config: json.RawMessage(`{"lr":1,"epochs":8}`)}, // no accuracy, and NaN is none
		{ID: "failed too", Config: json.RawMessage(`{"lr":1,"epochs":9}`)},
	}
	series, err := Response(records, "lr", "epochs")
	if err != nil {
		t.Fatal(err)
	}
	if len(series) != 2 || series[0].Name != "2 epochs" || series[1].Name != "8 epochs" {
		t.Fatalf("series %+v, want 2 and 8 epochs in this order", series)
	}
	if p := series[0].Points; len(p) != 1 || p[0].Accuracy != 0.75 {
		t.Errorf("2 epochs: %+v, want the mean of two seeds, 0.75", p)
	}
	if p := series[1].Points; len(p) != 2 || p[0].X != 0.01 || p[0].Accuracy != 0.5 || p[1].Accuracy != 1 {
		t.Errorf("8 epochs: %+v, want 0.5 at 0.01 and 1 at 0.1", p)
	}
	if one, err := Response(records[:2], "lr", ""); err != nil || len(one) != 1 || len(one[0].Points) != 2 {
		t.Errorf("without a second setting: %+v, %v; want one series of two points", one, err)
	}
	if _, err := Response(records, "backbone", ""); err == nil || !strings.Contains(err.Error(), `"backbone"`) {
		t.Errorf("a setting that is no number gives %v", err)
	}
}

func TestCourse(t *testing.T) {
	r := runlog.Record{Config: json.RawMessage(`{"lr":0.001}`), Epochs: []runlog.Epoch{
		{Phase: "head", Epoch: 1, ValLoss: 0.5, ValTop1: 0.7},
		{Phase: "head", Epoch: 2, ValLoss: 0.4, ValTop1: 0.6}, // kept: the head is chosen by its loss
		{Phase: "head", Epoch: 3, ValLoss: 0.6, ValTop1: 0.8},
		{Phase: "body", Epoch: 1, ValTop1: 0.65},
		{Phase: "body", Epoch: 2, ValTop1: 0.55},
	}}
	series, err := Course([]runlog.Record{r}, "lr")
	if err != nil || len(series) != 1 || series[0].Name != "lr 0.001" {
		t.Fatalf("%+v, %v", series, err)
	}
	want := []float64{0.6, 0.65, 0.55}
	if len(series[0].Points) != len(want) {
		t.Fatalf("%d points, want %d", len(series[0].Points), len(want))
	}
	for i, p := range series[0].Points {
		if p.X != float64(i) || p.Accuracy != want[i] || p.Interval[0] != p.Interval[1] {
			t.Errorf("point %d is %+v, want accuracy %g", i, p, want[i])
		}
	}
	if _, err := Course([]runlog.Record{r}, "size"); err == nil {
		t.Error("a setting that the configuration has not gives no error")
	}
}

func TestVarying(t *testing.T) {
	var records []runlog.Record
	for _, config := range []string{
		`{"lr":0.1,"epochs":8,"seed":1}`,
		`{"lr":0.1,"epochs":8,"seed":2}`,
		`{"lr":0.2,"epochs":8,"seed":1}`,
		`{"lr":0.1,"epochs":2,"seed":1}`,
		`{"lr":0.2,"epochs":2,"seed":1}`, // differs in two
	} {
		records = append(records, runlog.Record{Config: json.RawMessage(config)})
	}
	for name, want := range map[string]int{"lr": 3, "epochs": 3, "size": 2} {
		if got, err := Varying(records, name); err != nil || len(got) != want {
			t.Errorf("%d records vary %s only, want %d (%v)", len(got), name, want, err)
		}
	}
	if _, err := Varying([]runlog.Record{{ID: "abc"}}, "lr"); err == nil || !strings.Contains(err.Error(), "abc") {
		t.Errorf("a record without a configuration gives %v", err)
	}
}
