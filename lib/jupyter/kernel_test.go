package jupyter

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStaleKernel: a kernel that was registered from a checkout or a cache that has moved is
// written anew; others are left alone.
func TestStaleKernel(t *testing.T) {
	data := t.TempDir()
	t.Setenv("JUPYTER_DATA_DIR", data)
	path := filepath.Join(data, "kernels", Kernel, "kernel.json")
	k := prepare(t)
	if exists(path) {
		t.Fatal("a kernel was registered though nobody asked")
	}
	for _, c := range []struct {
		name, reason, argv string
		anew               bool
	}{
		{"moved checkout", "cells would not find their packages", `["` + os.Args[0] + `", "-go_work=/moved/away"]`, true},
		{"cleared cache", "the kernel could not start", `["/gone/gonb", "-go_work=` + k.Repo + `"]`, true},
		{"broken", "nothing could start", `[]`, true},
		{"healthy", "a person may have made it so", `["` + os.Args[0] + `", "-extra", "-go_work=` + k.Repo + `"]`, false},
	} {
		text := `{"argv": ` + c.argv + `, "display_name": "x"}`
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		prepare(t)
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if anew := string(got) != text; anew != c.anew {
			t.Errorf("%s: written anew %v, want %v: %s", c.name, anew, c.anew, c.reason)
		}
	}
}

func TestRegister(t *testing.T) {
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	k := prepare(t)
	path, changed, err := k.Register()
	if err != nil || !changed {
		t.Fatalf("changed %v, %v", changed, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var d definition
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if !exists(d.Argv[0]) || !strings.Contains(strings.Join(d.Argv, " "), "-go_work="+k.Repo) ||
		d.Env["GOPROXY"] != "off" || d.InterruptMode != "message" {
		t.Errorf("got %+v", d)
	}
	if _, changed, err = k.Register(); err != nil || changed {
		t.Errorf("a second time: changed %v, %v", changed, err)
	}
}

func TestRepo(t *testing.T) {
	here, err := Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(here, "lib", "jupyter", "tools", "go.mod")) {
		t.Errorf("%s is not the root", here)
	}
	if far, err := Repo(t.TempDir()); err != nil || far != here {
		t.Errorf("from elsewhere: %s, %v; want the checkout that this program was built from", far, err)
	}
}

// TestNoPython: the error says what to install.
func TestNoPython(t *testing.T) {
	repo, err := Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, says string
		programs   []string
	}{
		{"no Python", "apt install python3 python3-venv", []string{"go"}},
		{"no Go", "install Go", nil},
	} {
		bin := t.TempDir()
		for _, p := range c.programs {
			if err := os.WriteFile(filepath.Join(bin, p), []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("PATH", bin)
		t.Setenv("IMAGELAB_CACHE", t.TempDir())
		if _, err := Prepare(t.Context(), repo, nil); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v does not say %q", c.name, err, c.says)
		}
	}
}
