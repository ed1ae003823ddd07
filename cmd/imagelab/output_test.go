package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
	"imagelab/lib/finetune"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// broken is a standard output that takes some bytes and then fails.
type broken struct {
	room int
	err  error
}

func (b *broken) Write(p []byte) (int, error) {
	if b.room -= len(p); b.room < 0 {
		return 0, b.err
	}
	return len(p), nil
}

// into runs one command line with its output going to out.
func into(out *broken, args ...string) (stderr string, code int) {
	var said bytes.Buffer
	code = run(context.Background(), &app{stdout: out, stderr: &said}, args)
	return said.String(), code
}

// trained is a small set and a run on it; pure Go computes.
func trained(t *testing.T, source string) (data, runDir string) {
	t.Helper()
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	work := t.TempDir()
	data, runDir = filepath.Join(work, "data"), filepath.Join(work, "run")
	mustRun(t, "ingest", source, "--out", data)
	mustRun(t, "dedup", data)
	mustRun(t, "split", data)
	mustRun(t, "train", data, "--out", runDir, "--cut", "head", "--size", "32", "--views", "0")
	return data, runDir
}

// TestOutputIsCheckedToTheLastWrite: in every verb that prints, and in every form, a full disk is
// a failure, and a reader that has seen enough is none.
func TestOutputIsCheckedToTheLastWrite(t *testing.T) {
	source := photos(t, 8)
	data, runDir := trained(t, source)
	work := t.TempDir()
	one := filepath.Join(source, "across")
	lines := [][]string{
		{"ingest", source, "--out", data}, {"dedup", data}, {"dedup", data, "--json"}, {"split", data},
		{"train", data, "--out", runDir, "--cut", "head", "--size", "32", "--views", "0"},
		{"eval", runDir, data}, {"eval", runDir, data, "--json"}, {"eval", runDir, data, "--split", "val"},
		{"eval", runDir, source},
		{"predict", runDir, one}, {"predict", runDir, one, "--json"}, {"predict", runDir, one, "--csv"},
		{"curve", data, "--out", filepath.Join(work, "curve"), "--size", "32", "--views", "0", "--sizes", "2,4,all",
			"--seeds", "2"},
		{"tradeoff", data, "--out", filepath.Join(work, "tradeoff"), "--backbones", "lite0", "--sizes", "32",
			"--views", "0", "--quick"},
		{"runs", runDir}, {"runs", runDir, "--json"}, {"runs", runDir, "--csv"},
		{"doctor"}, {"doctor", "--json"}, {"fetch"}, {"fetch", "efficientnet_lite0"}, {"help"}, {"completion", "bash"},
	}
	for _, verb := range newRootCmd(&app{}).Commands() {
		lines = append(lines, []string{verb.Name(), "--help"})
	}
	for _, args := range lines {
		t.Run(strings.Join(args[:1], " "), func(t *testing.T) {
			if stderr, code := into(&broken{0, syscall.ENOSPC}, args...); code != exitFailed ||
				!strings.Contains(stderr, "no space left") {
				t.Errorf("imagelab %q into a full disk: exit code %d, want %d; it says %q", args, code, exitFailed, stderr)
			}
			if stderr, code := into(&broken{10, syscall.ENOSPC}, args...); code != exitFailed {
				t.Errorf("imagelab %q into a disk with room for 10 bytes: exit code %d, want %d; it says %q", args,
					code, exitFailed, stderr)
			}
			if stderr, code := into(&broken{10, syscall.EPIPE}, args...); code != 0 || strings.Contains(stderr, "pipe") {
				t.Errorf("imagelab %q, of which somebody reads 10 bytes: exit code %d, want 0; it says %q", args, code, stderr)
			}
		})
	}
	if r, _, err := runlog.Read(finetune.RecordsPath(runDir)); err != nil || r[len(r)-1].Test == nil {
		t.Errorf("the test result was not recorded, because nobody read it: %v", err)
	}
}

// TestClosedPipe: a real pipe, which by itself would end the process.
func TestClosedPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var said bytes.Buffer
	if code := run(t.Context(), &app{stdout: w, stderr: &said}, []string{"fetch"}); code != 0 || said.Len() > 0 {
		t.Errorf("exit code %d, and it says %q", code, said.String())
	}
}

// TestNoNameObeysTheTerminal: whatever photos, classes and folders are called, nothing of it is
// obeyed by a terminal, turns text around or begins a line of its own, in any verb that prints.
func TestNoNameObeysTheTerminal(t *testing.T) {
	source := filepath.Join(t.TempDir(), "photos\x1b[2J\nimagelab: forged")
	if err := os.Rename(photos(t, 8), source); err != nil {
		t.Fatal(err)
	}
	names := []string{"a\x1b[31mred", "new\nimagelab: forged\u202egpj\u2066"}
	for i, class := range []string{"across", "down \"quoted\""} {
		if err := os.Rename(filepath.Join(source, class), filepath.Join(source, names[i])); err != nil {
			t.Fatal(err)
		}
	}
	for _, broken := range []string{"broken\x1b]0;title\a.jpg", "invalid\xff.jpg", "\u009b31m.heic"} {
		if err := os.WriteFile(filepath.Join(source, names[0], broken), []byte("no photo"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, runDir := trained(t, source)
	evil := filepath.Join(t.TempDir(), "x\x1b[31m\nimagelab: forged\u200f")
	evilSet := evil + "set"
	for _, args := range [][]string{
		{"ingest", source, "--out", data}, {"ingest", evil, "--out", evil}, {"ingest", source, "--out", evilSet},
		{"dedup", evil}, {"dedup", evilSet}, {"split", evil}, {"split", evilSet},
		{"train", evil, "--out", evil}, {"train", data, "--out", evil, "--cut", "head", "--size", "32", "--views",
			"0"}, {"train", data, "--out", evil, "--cut", evil},
		{"train", data, "--out", data, "--backbone", evil}, {"train", data, "--out", evil, "--size", "64", "--cut", "head"},
		{"eval", evil, data}, {"eval", runDir, data}, {"eval", runDir, source}, {"eval", runDir, evil},
		{"eval", runDir, data, "--split", evil},
		{"predict", evil, evil}, {"predict", runDir, source}, {"predict", runDir, evil},
		{"predict", runDir, "http://" + evil},
		{"curve", evil, "--out", evil}, {"curve", data, "--out", evil, "--sizes", evil},
		{"tradeoff", evil, "--out", evil}, {"tradeoff", data, "--out", evil, "--backbones", evil},
		{"runs", runDir}, {"runs", evil}, {"runs", runDir, "--compare", evil, "--with", evil},
		{"notebook", "--execute", evil}, {"notebook", evil},
		{"fetch", evil}, {"fetch", "solar", "--from", evil}, {"demo", evil}, {"doctor", evil}, {evil}, {"--" + evil},
	} {
		stdout, stderr, _ := command(t, args...)
		for where, said := range map[string]string{"standard output": stdout, "standard error": stderr} {
			if i := strings.IndexFunc(said, func(r rune) bool {
				return r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r >= '\u200e' && r <= '\u202e' &&
					r != '\u2026' || r >= '\u2066' && r <= '\u2069'
			}); i >= 0 {
				t.Errorf("imagelab %.60q puts %q on %s", args, said[i:min(len(said), i+20)], where)
			}
			if strings.HasPrefix(said, "imagelab: forged") || strings.Contains(said, "\nimagelab: forged") {
				t.Errorf("imagelab %.60q forges a line on %s:\n%s", args, where, said)
			}
		}
	}
}

// tooWide are the lines of a text that are wider than so many columns, but for commands and single
// words, which people copy.
func tooWide(said string, columns int) []string {
	var wide []string
	for line := range strings.SplitSeq(said, "\n") {
		body := strings.TrimSpace(line)
		if text.Width(line) > columns && !strings.HasPrefix(body, "imagelab ") && strings.Contains(body, " ") {
			wide = append(wide, line)
		}
	}
	return wide
}

// TestResultsFitTheTerminal: the tables of eval drop columns, and say so, before they are too wide.
func TestResultsFitTheTerminal(t *testing.T) {
	classes := []string{"a class that has quite a long name", "cat", "dog", "猫と犬猫と犬猫と犬"}
	var labels []int
	var probs [][]float64
	for i := range 40 {
		row := []float64{0.1, 0.1, 0.1, 0.1}
		row[i*7%4] = 0.7
		labels, probs = append(labels, i*i%4), append(probs, row)
	}
	r, err := metric.Evaluate(classes, labels, probs, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, columns := range []int{40, 60, 80} {
		var out bytes.Buffer
		if err := printResult(&app{stdout: &out, columns: columns}, lab.Test{Result: r}); err != nil {
			t.Fatal(err)
		}
		_, tables, _ := strings.Cut(out.String(), "macro F1") // the lines before are sentences, which a terminal wraps
		if wide := tooWide(tables, columns); len(wide) > 0 {
			t.Errorf("%d columns: these lines are wider: %q", columns, wide)
		}
		said := strings.ReplaceAll(tables, "\n", " ")
		if dropped := strings.Contains(said, "not shown in 40 columns: F1"); dropped != (columns == 40) {
			t.Errorf("%d columns: F1 is left out: %v\n%s", columns, dropped, tables)
		}
	}
}

// TestTablesFitTheTerminal: lines keep to COLUMNS, and to none where it is not said.
func TestTablesFitTheTerminal(t *testing.T) {
	dir := sweepFolder(t)
	lines := [][]string{{"runs", dir}, {"fetch"}, {"backbones"}, {"clean"}, {"--help"}, {"help", "environment"}}
	for _, verb := range newRootCmd(&app{}).Commands() {
		lines = append(lines, []string{verb.Name(), "--help"})
	}
	for _, columns := range []int{40, 80, 100} {
		t.Setenv("COLUMNS", fmt.Sprint(columns))
		for _, args := range lines {
			for _, line := range tooWide(mustRun(t, args...), columns) {
				t.Errorf("imagelab %s has a line of %d of %d columns: %s", args[0], text.Width(line), columns, line)
			}
		}
	}
	t.Setenv("COLUMNS", "")
	if out := mustRun(t, "runs", dir); !strings.Contains(out, "2026-03-01 12:01") {
		t.Errorf("in a pipe the table is cut:\n%s", out)
	}
}

// TestJSONHasNoNullLists: a program that goes through a list need not ask whether there is one.
func TestJSONHasNoNullLists(t *testing.T) {
	type inner struct {
		List  []int
		Text  []byte
		Maybe *int
	}
	type outer struct {
		inner
		Lists []inner
		Map   map[string]inner
		None  map[string]int
		Point *inner
	}
	var out strings.Builder
	a := &app{data: &out}
	x := outer{Lists: []inner{{}}, Map: map[string]inner{"a": {List: []int{1}}, "b": {}}, Point: &inner{}}
	if err := a.json(map[string]any{"x": x, "y": []string(nil), "z": nil}); err != nil {
		t.Fatal(err)
	}
	const empty = `{"List":[],"Text":null,"Maybe":null}`
	want := `{"x":{"List":[],"Text":null,"Maybe":null,"Lists":[` + empty +
		`],"Map":{"a":{"List":[1],"Text":null,"Maybe":null},"b":` + empty + `},"None":{},"Point":` + empty +
		`},"y":[],"z":null}` + "\n"
	if out.String() != want {
		t.Errorf("got %s want %s", out.String(), want)
	}
}

// TestClassWithoutPhotos: what was not measured is no zero.
func TestClassWithoutPhotos(t *testing.T) {
	r, err := metric.Evaluate([]string{"red", "blue", "green"}, []int{0, 1}, [][]float64{{1, 0, 0}, {1, 0, 0}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := printResult(&app{stdout: &out, columns: 80}, lab.Test{Result: r}); err != nil {
		t.Fatal(err)
	}
	for class, want := range map[string]string{
		"red": "1 0.500 1.000 0.667", "blue": "1 - 0.000 0.000", "green": "0 - - -",
	} {
		if said := strings.Join(strings.Fields(out.String()), " "); !strings.Contains(said, class+" "+want) {
			t.Errorf("%s is not %q in:\n%s", class, want, out.String())
		}
	}
}
