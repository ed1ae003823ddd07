package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMessagesNameFlags: what the library calls options and functions, a person at the command
// line reads as flags and verbs.
func TestMessagesNameFlags(t *testing.T) {
	table := filepath.Join(t.TempDir(), "mine.csv")
	if err := os.WriteFile(table, []byte("path,width,height\n1.jpg,7,9\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set := filepath.Join(t.TempDir(), "set")
	mustRun(t, "ingest", photos(t, 3), "--out", set)
	for _, tt := range []struct {
		name string
		args []string
		want string
	}{
		{"a column", []string{"ingest", table, "--out", filepath.Join(t.TempDir(), "s")}, "name it with --label-column"},
		{"another set's folder", []string{"ingest", photos(t, 4), "--out", set}, "--out"},
		{"no split", []string{"train", set, "--out", filepath.Join(t.TempDir(), "r")}, "run `imagelab split` first"},
	} {
		_, stderr, code := command(t, tt.args...)
		if code == 0 || !strings.Contains(stderr, tt.want) || strings.Contains(stderr, "Options.") {
			t.Errorf("%s: exit code %d, and it says %q; want %q", tt.name, code, stderr, tt.want)
		}
	}
}

func TestWithNames(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"options", "set IngestOptions.ClassDepth 2 and run split.Run with split.Options.Redo",
			"set --class-depth 2 and run `imagelab split` with --redo"},
		{"a call", "run dataset.Ingest(PHOTOS, data/mine) again", "run `imagelab ingest PHOTOS --out data/mine` again"},
		{"names with commas, blanks, brackets and quotes", "dataset.Ingest(" + word("a, b)") + ", " +
			word("it's\t(1)") + "), and",
			"`imagelab ingest " + word("a, b)") + " --out " + word("it's\t(1)") + "`, and"},
		{"a file to place", "call asset.FetchFrom(solar, FILE)", "call `imagelab fetch solar --from FILE`"},
		{"a photo set", "label them in a review of data/mine", "label them with `imagelab review data/mine`"},
		{"no call", "dataset.Ingest(a, ", "`imagelab ingest`(a, "},
	} {
		var out bytes.Buffer
		if n, err := (withNames{&out}).Write([]byte(tt.text)); err != nil || n != len(tt.text) {
			t.Errorf("%s: %d bytes, %v", tt.name, n, err)
		}
		if out.String() != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, out.String(), tt.want)
		}
	}
}
