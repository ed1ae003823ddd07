package sweep

import (
	"path/filepath"
	"testing"

	"imagelab/lib/runlog"
	"imagelab/lib/split"
)

// TestSplits fits on several splits of one set, and holds the last against a sweep of it alone,
// which has to compute its own features.
func TestSplits(t *testing.T) {
	set, e := generated(t, filepath.Join(t.TempDir(), "set"), 1), openEngine(t)
	random, err := Splits("random", set, split.Options{Val: 0.25, Test: 0.25}, config(), 2)
	if err != nil {
		t.Fatal(err)
	}
	runs, err := Splits("runs of 4", set, split.Options{Val: 0.25, Test: 0.25, GroupRun: 4}, config(), 2)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Run(t.Context(), e, append(random, runs...), Options{Dir: t.TempDir()})
	if err != nil || r.Ran != 4 || r.Missing != 0 {
		t.Fatalf("ran %d, %d missing, %v", r.Ran, r.Missing, err)
	}
	alone, err := Run(t.Context(), e, runs[1:], Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	splits := map[string]runlog.Record{}
	for _, rec := range r.Records {
		splits[rec.Split] = rec
	}
	want := alone.Records[0]
	if got := splits[want.Split]; len(splits) != 4 || got.ID != want.ID || got.Setting != "runs of 4" ||
		got.Test.Top1 != want.Test.Top1 {
		t.Errorf("%d splits; %s right for %.3f, alone %s for %.3f", len(splits), got.ID, got.Test.Top1, want.ID,
			want.Test.Top1)
	}
	if _, err := Splits("none", set, split.Default(), config(), 0); err == nil {
		t.Error("no seeds were accepted")
	}
}
