package jupyter

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// asked is a question of a person who types, and what the answer must hold.
type asked struct {
	name, reason, kind, cell, says string
	most                           time.Duration // for the answer of a warm kernel
}

// checkHelp asks the kernel of the one notebook that is open in dir for names and documentation.
func checkHelp(t *testing.T, k *Kit, dir string) {
	t.Helper()
	const tab, shift = 500 * time.Millisecond, 3 * time.Second
	questions := []asked{
		{"a function of a package", "Tab behind the dot", "complete", "nbui.Samp", "Samples", tab},
		{"a method", "of a value that the cell makes", "complete", "l := nblab.Open(\"runs\")\nl.Eval", "Evaluate", tab},
		{"documentation", "Shift+Tab shows the comment", "inspect", "nbui.Samples", "photos", shift},
		{"documentation of a method", "with its parameters", "inspect", "l := nblab.Open(\"runs\")\nl.Evaluate",
			"run lab.Run", shift},
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
	cmd := exec.CommandContext(t.Context(), k.python, program, connection(t, k, dir), string(text))
	cmd.Env = k.environ()
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
		t.Logf("%s: %v, of %v: %.70q", q.name, took.Round(time.Millisecond), q.most, answer)
	}
}

// connection is the file by which programs reach the kernel of the one notebook that is open in
// dir.
func connection(t *testing.T, k *Kit, dir string) string {
	t.Helper()
	r, ok := k.find(t.Context(), func(r running) bool { return r.Root == dir })
	if !ok {
		t.Fatal("the folder is not served")
	}
	var kernels []struct{ ID string }
	if err := json.Unmarshal([]byte(get(t, r.base()+"api/kernels?token="+r.Token)), &kernels); err != nil ||
		len(kernels) != 1 {
		t.Fatalf("%d kernels, %v", len(kernels), err)
	}
	return filepath.Join(k.runtime(), "kernel-"+kernels[0].ID+".json")
}

// said is what a program that failed wrote on standard error.
func said(err error) string {
	if exit, ok := err.(*exec.ExitError); ok {
		return string(exit.Stderr)
	}
	return ""
}
