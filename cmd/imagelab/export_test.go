//go:build unix

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/asset/venvtest"
	"imagelab/lib/export"
)

// exported is what `imagelab export --json` prints.
type exported struct {
	File       string   `json:"file"`
	Opset      int      `json:"opset"`
	Agreement  *float64 `json:"agreement"`
	Difference *float64 `json:"largest_difference"`
	Photos     int      `json:"photos"`
	Checked    bool     `json:"checked"`
}

// TestExport: what is checked gets its name and exit code 0, what is not says so in words, in
// JSON and by exit code 1, and what is wrong beforehand is refused before anything is written.
func TestExport(t *testing.T) {
	data, runDir := trained(t, photos(t, 12))
	work := t.TempDir()
	python := filepath.Join(work, "python")
	put(t, python, "#!/bin/sh\necho '{\"missing\":\"No module named onnxruntime\"}'\n")
	if err := os.Chmod(python, 0o755); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(work, "taken.onnx"), "a thesis")
	real := venvtest.Environment(t, "onnxruntime==1.31.1", "onnx==1.23.2")
	for _, c := range []struct {
		name, file   string
		args         []string
		code, photos int
		written      bool
		says         string
	}{
		{"checked", "a.onnx", []string{"--python", real}, 0, 4, true, ""},
		{"int8 too", "b.onnx", []string{"--python", filepath.Join(real, "bin", "python"), "--int8"}, -1, 4, true, ""},
		{"no runtime", "c.onnx", []string{"--python", python}, exitFailed, 0, true, "NOT checked"},
		{"no check asked for", "d.onnx", []string{"--no-check"}, 0, 0, true, ""},
		{"no such Python", "e.onnx", []string{"--python", filepath.Join(work, "nope")}, exitFailed, 0, false,
			"neither a Python"},
		{"somebody else's file", "taken.onnx", []string{"--no-check"}, exitFailed, 0, true, "not overwritten"},
		{"no folder", "no/f.onnx", nil, exitFailed, 0, false, "there is no folder"},
		{"flags that contradict", "g.onnx", []string{"--no-check", "--python", python}, exitUsage, 0, false, "no effect"},
	} {
		file := filepath.Join(work, c.file)
		stdout, stderr, code := command(t, append([]string{"export", runDir, "--json", "--onnx", file}, c.args...)...)
		if c.code >= 0 && code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%s: exit code %d, want %d; it says %q, want %q", c.name, code, c.code, stderr, c.says)
		}
		if _, err := os.Stat(file); err == nil && !c.written {
			t.Errorf("%s: %s was written", c.name, file)
		}
		if stdout == "" {
			if c.written != (c.file == "taken.onnx") {
				t.Errorf("%s: no JSON; %s", c.name, stderr)
			}
			continue
		}
		var out exported
		if err := json.Unmarshal([]byte(stdout), &out); err != nil {
			t.Fatalf("%s: %v in %q", c.name, err, stdout)
		}
		if _, err := os.Stat(out.File); err != nil || out.Opset != 18 || out.Photos > c.photos ||
			(out.Agreement == nil) != (c.photos == 0) || (out.Difference == nil) != (c.photos == 0) {
			t.Errorf("%s: %s (%v)", c.name, stdout, err)
		}
		if out.Checked != (c.photos > 0 && code == 0) {
			t.Errorf("%s: exit code %d, and checked is %v", c.name, code, out.Checked)
		}
		want := file
		if c.photos > 0 && code != 0 { // it was tried, and refused
			want = export.Unchecked(file)
		}
		if out.File != want {
			t.Errorf("%s: exit code %d, and it is called %s, want %s", c.name, code, out.File, want)
		}
	}
	if text, err := os.ReadFile(filepath.Join(work, "taken.onnx")); err != nil || string(text) != "a thesis" {
		t.Errorf("somebody else's file now has %d bytes, %v", len(text), err)
	}
	if err := os.Rename(data, data+"-elsewhere"); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := command(t, "export", runDir, "--onnx", filepath.Join(work, "moved.onnx"), "--python", real)
	if code != exitFailed || !strings.Contains(stderr, "--photos") || !strings.Contains(stdout, "NOT CHECKED") {
		t.Errorf("a set that moved: exit code %d, %q, %q", code, stdout, stderr)
	}
	int8 := filepath.Join(work, "int8.onnx")
	if _, stderr, code := command(t, "export", runDir, "--int8", "--onnx", int8, "--python", real); code != exitFailed ||
		exists(int8) || exists(export.Unchecked(int8)) {
		t.Errorf("int8 without photos, from which its ranges come: exit code %d, %q", code, stderr)
	}
	if _, stderr, code := command(t, "export", runDir, "--onnx", filepath.Join(work, "moved.onnx"), "--python", real,
		"--photos", data+"-elsewhere"); code != 0 {
		t.Errorf("a set that is named: exit code %d, %q", code, stderr)
	}
	if _, stderr, code := command(t, "export", runDir, "--safetensors", filepath.Join(work, "w.safetensors")); code != 0 {
		t.Errorf("safetensors: exit code %d, %q", code, stderr)
	}
}
