package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/backbone"
)

func TestShellCompletion(t *testing.T) {
	work := t.TempDir()
	put(t, filepath.Join(work, "runs", "a", "records.jsonl"), "")
	mustRun(t, "ingest", photos(t, 3), "--out", filepath.Join(work, "data", "mine"))
	tests := []struct {
		name, reason string
		args         []string
		want         string // lines, without the directive for the shell
	}{
		{"verb", "the shell asks for the words that begin like this", []string{"trai"}, "train"},
		{"cut", "stages need not be looked up", []string{"train", "--cut", "stage7"}, "stage7"},
		{"after an equals sign", "both forms of a flag", []string{"train", "--cut=he"}, "head"},
		{"backbone", "all of them", []string{"curve", "--backbone", ""}, strings.Join(backbone.Names(), " ")},
		{"list", "the next of several", []string{"tradeoff", "--cuts", "head,al"}, "head,all"},
		{"set", "folders that hold a data set, at any depth", []string{"train", work + "/"}, work + "/data/mine"},
		{"run", "folders with records, for verbs that begin with a run", []string{"eval", work + "/r"}, work + "/runs/a"},
		{"set after a run", "the second argument is of another kind", []string{"eval", work + "/runs/a", work + "/d"},
			work + "/data/mine"},
		{"data set", "the names that fetch lists", []string{"fetch", "so"}, "solar"},
		{"two values", "eval has sides", []string{"eval", "--split", ""}, "test val"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := mustRun(t, append([]string{"__complete"}, tt.args...)...)
			var got []string
			for line := range strings.Lines(out) {
				if word, _, _ := strings.Cut(strings.TrimSpace(line), "\t"); word != "" && word[0] != ':' {
					got = append(got, word)
				}
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%q completes to %q, want %q: %s", tt.args, got, tt.want, tt.reason)
			}
		})
	}
}

// TestFlagsOfAllCommands: what shells and scripts pass to any command is understood by each.
func TestFlagsOfAllCommands(t *testing.T) {
	for _, args := range [][]string{{"-q"}, {"--quiet"}, {"--no-color"}, {"-q", "--no-color"}} {
		if stdout, stderr, code := command(t, append([]string{"fetch"}, args...)...); code != 0 ||
			!strings.Contains(stdout, "solar") {
			t.Errorf("fetch %q: exit code %d, %q, %s", args, code, stdout, stderr)
		}
	}
	if _, stderr, code := command(t, "fetch", "--quite"); code != exitUsage ||
		!strings.Contains(stderr, "did you mean --quiet?") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}

func TestQuiet(t *testing.T) {
	for _, quiet := range []bool{false, true} {
		stages := 0
		args := []string{"ingest", photos(t, 3), "--out", filepath.Join(t.TempDir(), "set")}
		if quiet {
			args = append(args, "-q")
		}
		var out, messages bytes.Buffer
		a := &app{stdout: &out, stderr: &messages, progress: func(string, int64, int64) { stages++ }}
		if code := run(t.Context(), a, args); code != 0 {
			t.Fatalf("exit code %d: %s", code, messages.String())
		}
		if (stages == 0) != quiet {
			t.Errorf("quiet %v: progress was reported %d times", quiet, stages)
		}
	}
}

func TestManPages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	mustRun(t, "man", dir)
	tests := []struct{ file, want string }{
		{"imagelab.1", "IMAGELAB_CACHE"},
		{"imagelab.1", "130 stopped by Ctrl-C"},
		{"imagelab-train.1", "--cut"},
	}
	for _, tt := range tests {
		page, err := os.ReadFile(filepath.Join(dir, tt.file))
		if err != nil || !strings.Contains(strings.ReplaceAll(string(page), "\n", " "), tt.want) {
			t.Errorf("%s: %v, without %q", tt.file, err, tt.want)
		}
	}
}

// TestFlagsStandInGroups: a person who trains reads ten flags, not thirty.
func TestFlagsStandInGroups(t *testing.T) {
	for _, verb := range []string{"train", "curve", "tradeoff"} {
		help := mustRun(t, verb, "--help")
		common, augmentation, expert := strings.Index(help, "\nCommon:"), strings.Index(help, "\nAugmentation:"),
			strings.Index(help, "\nExpert:")
		if common < 0 || augmentation < common || expert < augmentation {
			t.Fatalf("%s: the groups begin at %d, %d, %d", verb, common, augmentation, expert)
		}
		for flag, group := range map[string]string{"--out ": help[common:augmentation],
			"--epochs ": help[common:augmentation], "--flip-v ": help[augmentation:expert], "--lr ": help[expert:],
			"--head-lr ": help[expert:]} {
			if !strings.Contains(group, " "+flag) {
				t.Errorf("%s: %s is not in its group", verb, flag)
			}
		}
	}
	if help := mustRun(t, "split", "--help"); strings.Contains(help, "\nExpert:") {
		t.Error("few flags stand in groups")
	}
}

func TestHelpTopics(t *testing.T) {
	for topic, says := range map[string]string{"exit-codes": "130", "environment": "IMAGELAB_CACHE"} {
		if out := mustRun(t, "help", topic); !strings.Contains(out, says) {
			t.Errorf("help %s: %s", topic, out)
		}
		if out := mustRun(t, "help"); !strings.Contains(out, topic) {
			t.Errorf("help does not name %s", topic)
		}
	}
}

func TestSetOff(t *testing.T) {
	in := "Do this:\n\n  a   b\n  c\n\nThen that:\n  d\n  e"
	want := "Do this:\n\n    a   b\n    c\n\nThen that:\n\n    d\n    e"
	if got := setOff(in); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
