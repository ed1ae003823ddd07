package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/fulltest"
	"imagelab/lib/runlog"

	"github.com/gomlx/compute"

	"imagelab/lib/engine"
)

// command runs one command line and returns what it printed and its exit code.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, err bytes.Buffer
	code = run(context.Background(), &app{stdout: &out, stderr: &err}, args)
	return out.String(), err.String(), code
}

// mustRun fails the test unless the command succeeds, and returns its standard output.
func mustRun(t *testing.T, args ...string) string {
	t.Helper()
	if slices.Contains([]string{"train", "curve", "tradeoff", "predict", "demo"}, args[0]) {
		fulltest.Needs(t, "weights")
	}
	stdout, stderr, code := command(t, args...)
	if code != 0 {
		t.Fatalf("imagelab %s: exit code %d\n%s", strings.Join(args, " "), code, stderr)
	}
	return stdout
}

// photos draws a folder per class of stripes. Names carry what people put into names.
func photos(t *testing.T, perClass int) string {
	t.Helper()
	root := t.TempDir()
	r := rand.New(rand.NewPCG(3, 3))
	for class, name := range []string{"across", "down \"quoted\""} {
		for i := range perClass {
			path := filepath.Join(root, name, fmt.Sprintf("photo größe %d\n.png", i))
			img := image.NewNRGBA(image.Rect(0, 0, 90, 80))
			period := 6 + r.Float64()*8
			for y := range 80 {
				for x := range 90 {
					along := float64(y*(1-class) + x*class)
					v := uint8(128 + 80*math.Sin(along*2*math.Pi/period) + 40*(r.Float64()-0.5))
					img.SetNRGBA(x, y, color.NRGBA{v, uint8(r.IntN(256)), v, 255})
				}
			}
			write(t, path, img)
		}
	}
	return root
}

func write(t *testing.T, path string, img image.Image) {
	t.Helper()
	var buffer bytes.Buffer
	if err := png.Encode(&buffer, img); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, buffer.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// snapshot maps every file below root to its contents.
func snapshot(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		files[path] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestFromPhotosToPrediction is the README's promise: every verb in order, on a person's own
// folder.
func TestFromPhotosToPrediction(t *testing.T) {
	source, work := photos(t, 16), t.TempDir()
	if err := os.WriteFile(filepath.Join(source, "across", "broken.jpg"), []byte("<html>not found</html>"),
		0o644); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, source)
	data, runDir := filepath.Join(work, "data"), filepath.Join(work, "run")

	if out := mustRun(t, "ingest", source, "--out", data); !strings.Contains(out, "32 images") ||
		!strings.Contains(out, "quarantined") {
		t.Errorf("ingest must count images and name the broken file:\n%s", out)
	}
	var found struct{ Images, Kept int }
	unmarshal(t, mustRun(t, "dedup", data, "--json"), &found)
	if found.Images != 32 || found.Kept != 32 {
		t.Errorf("dedup: %+v, want 32 images, all kept", found)
	}
	var sides struct{ Sides map[string]int }
	unmarshal(t, mustRun(t, "split", data, "--json"), &sides)
	if n := sides.Sides; n["train"]+n["val"]+n["test"] != 32 || n["test"] == 0 {
		t.Errorf("split: %v, want three sides of 32 photos in all", n)
	}
	train := []string{"train", data, "--out", runDir, "--cut", "head", "--size", "64", "--views", "0"}
	mustRun(t, train...)
	if read := testReadings(t, runDir); read != 0 {
		t.Errorf("train read the test photos: %d records with a result on them", read)
	}
	t.Setenv(compute.ConfigEnvVar, engine.Go) // a bundle loads on any engine, and this one compiles nothing

	var result struct {
		Top1      float64
		Interval  []float64
		N         int
		PerClass  map[string]any `json:"per_class"`
		Confusion [][]int
		Classes   []string
	}
	unmarshal(t, mustRun(t, "eval", runDir, data, "--json"), &result)
	if result.N == 0 || result.N == 32 || len(result.Interval) != 2 || len(result.Confusion) != 2 ||
		len(result.PerClass) != 2 {
		t.Errorf("eval of the test side: %+v", result)
	}
	mustRun(t, "eval", runDir, data)
	if read := testReadings(t, runDir); read != 1 {
		t.Errorf("%d records with a result on the test photos, want that of the first eval", read)
	}
	if _, stderr, code := command(t, train...); code != 0 || !strings.Contains(stderr, "finished before") {
		t.Errorf("train again: exit code %d, and it says %q; want a word that nothing was trained", code, stderr)
	}
	var fit runJSON
	unmarshal(t, mustRun(t, append(train, "--json")...), &fit)
	if fit.Run != runDir || fit.Validation.N == 0 || fit.Record == "" {
		t.Errorf("train --json: %+v", fit)
	}
	report, err := os.ReadFile(filepath.Join(runDir, "report.html"))
	if err != nil || !bytes.Contains(report, []byte("<svg")) ||
		!bytes.Contains(report, fmt.Appendf(nil, "of %d test photos", result.N)) {
		t.Errorf("report.html: %v, %d bytes without a figure or the test result", err, len(report))
	}
	unmarshal(t, mustRun(t, "eval", runDir, source, "--json", "--include-seen"), &result)
	if result.N != 32 || result.Top1 < 0.9 {
		t.Errorf("a plain folder must be scored whole where that is asked for, and stripes told apart: %d images, "+
			"top-1 %.2f", result.N, result.Top1)
	}

	checkPredict(t, runDir, source)
	if !maps.Equal(snapshot(t, source), before) {
		t.Error("the originals were changed")
	}
}

// testReadings counts the records of a run that have a result on the test photos, and checks that
// their predictions are there with the first, not before.
func testReadings(t *testing.T, runDir string) (n int) {
	t.Helper()
	records, _, err := runlog.Read(filepath.Join(runDir, "records.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		if r.Test != nil {
			n++
		}
	}
	if exists(filepath.Join(runDir, "predictions-test.json")) != (n > 0) {
		t.Errorf("predictions-test.json, and %d results on the test photos", n)
	}
	return n
}

func TestDoctorPrintsOneObject(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, engine.Go)
	var found engine.Description
	unmarshal(t, mustRun(t, "doctor", "--json"), &found)
	if found.Engine != engine.Go || found.Why == "" || found.Cores < 1 || found.Memory <= 0 || found.Cache == "" {
		t.Errorf("doctor: %+v", found)
	}
}

// checkPredict names a good photo and a broken one.
func checkPredict(t *testing.T, runDir, source string) {
	t.Helper()
	one := filepath.Join(source, "down \"quoted\"", "photo größe 3\n.png")
	stdout, stderr, code := command(t, "predict", runDir, one, filepath.Join(source, "across", "broken.jpg"), "--json")
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if code != exitFailed || len(lines) != 2 {
		t.Fatalf("predict with one broken file: exit code %d, %d lines\n%s", code, len(lines), stderr)
	}
	var named prediction
	unmarshal(t, lines[0], &named)
	if named.File != one || named.Label != "down \"quoted\"" || named.Probability < 0.5 || len(named.Top) != 2 {
		t.Errorf("predict: %+v", named)
	}
}

func TestSplitTellsWhatItKnows(t *testing.T) {
	data := filepath.Join(t.TempDir(), "set")
	mustRun(t, "ingest", photos(t, 8), "--out", data)
	const unseen, kept = "copies were not looked for", "test images kept from an earlier split: 4"
	if out := mustRun(t, "split", data); !strings.Contains(out, unseen) || strings.Contains(out, "earlier") {
		t.Errorf("the first split, without dedup, says\n%s", out)
	}
	mustRun(t, "dedup", data)
	if out := mustRun(t, "split", data, "--seed", "2"); strings.Contains(out, unseen) || !strings.Contains(out, kept) {
		t.Errorf("the second split, after dedup, says\n%s", out)
	}
}

// TestFetchPrintsPaths: one path alone, so that it can stand in another command.
func TestFetchPrintsPaths(t *testing.T) {
	fulltest.Needs(t, "pip")
	one := mustRun(t, "fetch", "efficientnet_lite0")
	if _, err := os.Stat(strings.TrimSuffix(one, "\n")); err != nil {
		t.Errorf("fetch of one name prints %q: %v", one, err)
	}
	if two := mustRun(t, "fetch", "efficientnet_lite0",
		"efficientnet_lite0"); two != strings.Repeat("efficientnet_lite0\t"+one, 2) {
		t.Errorf("fetch of two names prints %q", two)
	}
}

func unmarshal(t *testing.T, text string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), v); err != nil {
		t.Fatalf("standard output must be one JSON object: %v\n%s", err, text)
	}
}

func TestExitCodes(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		reason string
		args   []string
		code   int
		says   string
	}{
		{"help is no failure", []string{"--help"}, 0, ""},
		{"a verb that does not exist", []string{"trian"}, exitUsage, "trian"},
		{"a flag that does not exist", []string{"train", "x", "--epoch", "3"}, exitUsage, "--epoch"},
		{"a missing argument", []string{"predict", "run"}, exitUsage, "usage: imagelab predict RUN PHOTO..."},
		{"shares that leave nothing to learn from", []string{"split", empty, "--val", "0.5", "--test", "0.5"},
			exitUsage, "leave something"},
		{"a distance of more bits than matter", []string{"dedup", empty, "--distance", "99"}, exitUsage, "64"},
		{"less than no pixels", []string{"ingest", empty, "--out", empty, "--max-pixels", "-1"}, exitUsage, "--max-pixels"},
		{"a side that eval does not read", []string{"eval", empty, empty, "--split", "train"}, exitUsage, "train"},
		{"a missing --out", []string{"ingest", empty}, exitUsage, "--out"},
		{"a cut that the network has not got", []string{"train", empty, "--out", empty, "--cut", "stage9"},
			exitUsage, "stage7"},
		{"a curve of nothing", []string{"curve", empty, "--out", empty, "--sizes", "10,none"}, exitUsage, "none"},
		{"a regime that no plot can name", []string{"curve", empty, "--out", empty, "--regime", "equal"}, exitUsage, "steps"},
		{"a comparison without a place for it", []string{"tradeoff", empty}, exitUsage, "--out"},
		{"one file for several networks", []string{"tradeoff", empty, "--out", empty, "--weights", "a.safetensors",
			"--backbones", "lite0,lite1"}, exitUsage, "--backbones"},
		{"a network that is not known", []string{"tradeoff", empty, "--out", empty, "--backbones", "resnet1001"},
			exitUsage, "lite0"},
		{"a side that no set has", []string{"suspects", empty, "--split", "holdout"}, exitUsage, "test"},
		{"a number of photos for nothing", []string{"suspects", empty, "--count", "3"}, exitUsage, "--next"},
		{"an unknown asset", []string{"fetch", "nonsense"}, exitUsage, "nonsense"},
		{"a folder that was never ingested", []string{"dedup", empty}, exitFailed, "imagelab ingest"},
		{"a folder that holds no model", []string{"predict", empty, "x.jpg"}, exitFailed, "imagelab train"},
		{"photos that are not there", []string{"ingest", filepath.Join(empty, "none"), "--out",
			filepath.Join(empty, "out")}, exitFailed, "none"},
	} {
		t.Run(strings.Join(c.args[:1], " ")+": "+c.reason, func(t *testing.T) {
			_, stderr, code := command(t, c.args...)
			if code != c.code || !strings.Contains(stderr, c.says) {
				t.Errorf("imagelab %q: exit code %d, want %d; it says %q, want a mention of %q", c.args, code, c.code,
					stderr, c.says)
			}
		})
	}
}

// TestArgumentsAreNamed: who forgets an argument, or gives too many, reads which.
func TestArgumentsAreNamed(t *testing.T) {
	for _, c := range []struct {
		args   []string
		says   string
		reason string
	}{
		{[]string{"dedup"}, "dedup needs DIR, and got nothing", "the name is that of the usage"},
		{[]string{"eval", "runs/a"}, "eval needs RUN and DIR, and got runs/a", "two are needed"},
		{[]string{"predict", "runs/a"}, "predict needs RUN and PHOTO, and got runs/a", "one or more photos"},
		{[]string{"cluster", "slurm"}, "cluster needs SCHEDULER and VERB, and got slurm", "flags stand between"},
		{[]string{"collect"}, "collect needs PLAN.yaml, and got nothing", "a name in small letters"},
		{[]string{"ingest", "p/a", "p/b", "--out", "d"}, "ingest takes PHOTOS alone, and got 2 arguments; a pattern",
			"the shell has opened it"},
		{[]string{"runs"}, "runs needs DIR, and got nothing", "another may be left out"},
		{[]string{"runs", "a", "b", "c"}, "runs takes DIR and OTHER alone, and got 3 arguments", "one may be left out"},
	} {
		_, stderr, code := command(t, c.args...)
		if code != exitUsage || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit code %d, %s; want %q: %s", c.args, code, stderr, c.says, c.reason)
		}
	}
}

// TestHelpTeaches keeps an example in every verb.
func TestHelpTeaches(t *testing.T) {
	for _, verb := range newRootCmd(&app{}).Commands() {
		if verb.Name() == "help" || verb.Name() == "completion" {
			continue
		}
		if verb.Runnable() && verb.Example == "" {
			t.Errorf("%s has no example", verb.Name())
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
