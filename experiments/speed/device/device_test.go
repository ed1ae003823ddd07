package device

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"imagelab/lib/engine"
	"imagelab/lib/fulltest"
)

func TestRun(t *testing.T) {
	fulltest.Needs(t, "XLA and the weights")
	e, err := engine.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var out bytes.Buffer
	o := Options{Forward: "1,2", Step: "2", Precision: "float32", Cut: "stage7", Size: 32, Label: "a"}
	if err := Run(t.Context(), e, o, &out); err != nil {
		t.Fatal(err)
	}
	var rows []Row
	for line := range strings.Lines(out.String()) {
		var r Row
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, r)
	}
	if len(rows) != 3 || rows[1].Batch != 2 || rows[2].Work != "step" {
		t.Fatalf("got %+v, want three rows in the order asked for", rows)
	}
	for _, r := range rows {
		if r.Failed != "" || r.Median <= 0 || r.Rate <= 0 || r.Compile <= r.Median || r.Engine != e.Name ||
			r.Effective != "float32" {
			t.Errorf("got %+v", r)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Run(ctx, e, o, &out); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped run gives %v", err)
	}
}

func TestBadOptions(t *testing.T) {
	for _, o := range []Options{{Forward: "0", Precision: "tf32"}, {Step: "1,,2", Precision: "tf32"},
		{Forward: "5000"}, {Forward: "one"}} {
		if err := Run(t.Context(), nil, o, &bytes.Buffer{}); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
