package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
)

// TestQuestionsOnOwnPhotos asks the two headline questions about a stranger's folder, which is
// smaller than some sizes that are asked for. Pure Go computes: it needs no compiling.
func TestQuestionsOnOwnPhotos(t *testing.T) {
	fulltest.Needs(t, "weights")
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	work := t.TempDir()
	data := filepath.Join(work, "data")
	mustRun(t, "ingest", photos(t, 12), "--out", data)
	mustRun(t, "split", data, "--test", "0.3", "--val", "0.2")
	for _, question := range []struct {
		args   []string
		says   string // the answer on standard output
		note   string // on standard error
		figure string
	}{
		{[]string{"curve", data, "--out", filepath.Join(work, "curve"), "--size", "64", "--views", "0", "--sizes",
			"2,4,500,all", "--seeds", "2"},
			"annot tell", "500", "curve.svg"},
		{[]string{"tradeoff", data, "--out", filepath.Join(work, "tradeoff"), "--backbones", "efficientnet_lite0",
			"--sizes", "64,96", "--views", "0", "--quick"},
			"ms a photo", "", "tradeoff.svg"},
	} {
		stdout, stderr, code := command(t, question.args...)
		if code != 0 || !strings.Contains(stdout, question.says) || !strings.Contains(stderr, question.note) {
			t.Errorf("imagelab %s: exit code %d, want %q in the answer and %q in a note\n%s%s", question.args[0],
				code, question.says, question.note, stdout, stderr)
			continue
		}
		out := question.args[3]
		for _, name := range []string{"report.html", question.figure} {
			if text, err := os.ReadFile(filepath.Join(out, name)); err != nil || !strings.Contains(string(text), "<svg") {
				t.Errorf("%s: %v, or no figure in it", name, err)
			}
		}
		records := mustRun(t, "runs", out)
		if again := mustRun(t, question.args...); !strings.Contains(again, question.says) ||
			mustRun(t, "runs", out) != records {
			t.Errorf("imagelab %s again: another answer or other records", question.args[0])
		}
		var said struct {
			Page    string
			Missing int
			Curves  []curveJSON
			Models  []modelJSON
		}
		unmarshal(t, mustRun(t, append(question.args, "--json")...), &said)
		if said.Page != filepath.Join(out, "report.html") || said.Missing > 0 || len(said.Curves)+len(said.Models) == 0 {
			t.Errorf("imagelab %s --json: %+v", question.args[0], said)
		}
	}
}
