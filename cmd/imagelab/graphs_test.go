package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
)

// TestGraphsOfVerbs holds the table of docs/gpu.md. A GPU takes seconds to compile a graph, so
// verbs need few, however many photos there are: the last batch is padded, and eval, predict and
// frozen stages share one batch size.
func TestGraphsOfVerbs(t *testing.T) {
	fulltest.Needs(t, "weights")
	source, work := photos(t, 12), t.TempDir()
	data, one := filepath.Join(work, "data"), filepath.Join(source, "across", "photo größe 3\n.png")
	mustRun(t, "ingest", source, "--out", data)
	mustRun(t, "dedup", data)
	mustRun(t, "split", data)
	table, err := os.ReadFile(filepath.Join("..", "..", "docs", "gpu.md"))
	if err != nil {
		t.Fatal(err)
	}
	train := func(run string, more ...string) []string {
		return append([]string{"train", data, "--out", filepath.Join(work, run), "--size", "32", "--views", "1"}, more...)
	}
	device := enginetest.NewDevice(t)
	for _, c := range []struct {
		name, reason, resident string
		args                   []string
		want                   int
	}{
		{"`train`", "photos or activations come from the host", "", train("host", "--epochs", "1", "--batch", "8"), 5},
		{"`train` on a GPU", "all stay in its memory: each side has another number of them", "64",
			train("kept", "--epochs", "1", "--batch", "8"), 7},
		{"`train` on a GPU", "a step's are sent", "0", train("streamed", "--epochs", "1", "--batch", "8"), 7},
		{"`train --cut head`", "nothing is trained above the features", "", train("head", "--cut", "head"), 2},
		{"`eval`", "of several batches", "", []string{"eval", filepath.Join(work, "host"), data}, 1},
		{"`predict` of several photos", "of several batches", "",
			[]string{"predict", filepath.Join(work, "host"), source}, 1},
		{"`predict` of one photo", "who waits for one waits for no padding", "",
			[]string{"predict", filepath.Join(work, "host"), one}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("IMAGELAB_RESIDENT", c.resident)
			if err := os.RemoveAll(filepath.Join(data, "cache")); err != nil { // where a train before left features
				t.Fatal(err)
			}
			mustRun(t, c.args...)
			got := device.Compiled()
			if got != c.want {
				t.Errorf("%d graphs were compiled, want %d: %s", got, c.want, c.reason)
			}
			if row := fmt.Sprintf("\n| %s | %d |", c.name, got); !strings.Contains(string(table), row) {
				t.Errorf("docs/gpu.md lacks the row %s", row)
			}
		})
	}
}
