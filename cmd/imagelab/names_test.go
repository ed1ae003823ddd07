package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMessagesNameFlags: what the library calls options and functions, a person at the command line reads as flags and verbs.
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
	var out bytes.Buffer
	text := "set IngestOptions.ClassDepth 2 and run split.Run with split.Options.Redo\n"
	if n, err := (withNames{&out}).Write([]byte(text)); err != nil || n != len(text) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if got, want := out.String(), "set --class-depth 2 and run `imagelab split` with --redo\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
