package jupyter_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagelab/lib/jupyter"
	"imagelab/lib/jupyter/jupytertest"
)

// TestPage opens a saved notebook, whose figures show before a cell has run, runs it again, saves
// it, and gets help with typing.
func TestPage(t *testing.T) {
	k := jupytertest.Prepare(t)
	t.Setenv(jupyter.HelpVariable, "on")
	dir := t.TempDir()
	jupytertest.CopyFile(t, "testdata/small.ipynb", filepath.Join(dir, "small.ipynb"))
	p := jupytertest.Open(t, k, dir, "small.ipynb")
	p.Await("the figure of the saved notebook", 5*time.Minute, `document.querySelector('.jp-RenderedSVG')`)
	p.Shoot("opened.png")
	p.Menu("Edit", "editmenu:clear-all")
	p.Await("a cleared page", 5*time.Minute, `!document.querySelector('.jp-RenderedSVG')`)
	p.Menu("Run", "runmenu:run-all")
	p.Await("the end of the last cell", 5*time.Minute, jupytertest.AllRan)
	p.Await("the new figure", 5*time.Minute, `document.querySelector('.jp-RenderedSVG')`)
	p.Save(filepath.Join(dir, "small.ipynb"))
	jupytertest.CheckSaved(t, filepath.Join(dir, "small.ipynb"), "testdata/small.ipynb")
	checkHelp(t, k, dir)
}

// asked is a question of a person who types, and what the answer must hold.
type asked struct {
	name, reason, kind, cell, says string
}

// checkHelp asks the kernel of the one notebook that is open in dir for names and documentation.
func checkHelp(t *testing.T, k *jupyter.Kit, dir string) {
	t.Helper()
	questions := []asked{
		{"a function of a package", "Tab behind the dot", "complete", "nbui.Samp", "Samples"},
		{"a method", "of a value that the cell makes", "complete", "l := nblab.Open(\"runs\")\nl.Eval", "Evaluate"},
		{"documentation", "Shift+Tab shows the comment", "inspect", "nbui.Samples", "photos"},
		{"documentation of a method", "with its parameters", "inspect", "l := nblab.Open(\"runs\")\nl.Evaluate",
			"run lab.Run"},
	}
	var codes [][2]string
	for _, q := range questions {
		codes = append(codes, [2]string{q.kind, q.cell})
	}
	text, err := json.Marshal(codes)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join("testdata", "help.py")
	cmd := exec.CommandContext(t.Context(), k.Python(), program, k.Connection(t, dir), string(text))
	cmd.Env = k.Environ()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said(err))
	}
	var answers [][]any
	if err := json.Unmarshal(out, &answers); err != nil || len(answers) != len(questions) {
		t.Fatalf("%v in %s", err, out)
	}
	for i, q := range questions {
		answer, took := fmt.Sprint(answers[i][0]), time.Duration(answers[i][1].(float64)*float64(time.Second))
		if !strings.Contains(answer, q.says) {
			t.Errorf("%s: %q, want %q in it: %s", q.name, answer, q.says, q.reason)
		}
		t.Logf("%s: %v: %.70q", q.name, took.Round(time.Millisecond), answer)
	}
}

// said is what a program that failed wrote on standard error.
func said(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}
