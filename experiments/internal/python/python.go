// Package python lets a script in Python do the part of another library in an experiment.
package python

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"imagelab/lib/child"
)

// In is the interpreter of a virtual environment.
func In(venv string) string { return filepath.Join(venv, "bin", "python") }

// Make says how a virtual environment with packages is made; packages are pip's arguments.
func Make(venv, packages string) string {
	return fmt.Sprintf("make the environment with: python3 -m venv %s && %s -m pip install %s", venv, In(venv), packages)
}

// Run gives a script a task on its standard input and reads its answer from its standard output,
// both as JSON. venv is the folder of a virtual environment, and packages are what it needs.
func Run(ctx context.Context, venv, packages, script string, task, answer any) error {
	in, err := json.Marshal(task)
	if err != nil {
		return fmt.Errorf("python: %w", err)
	}
	cmd := exec.CommandContext(ctx, In(venv), "-c", script)
	child.Group(cmd, syscall.SIGKILL, 10*time.Second)
	var stderr child.Tail
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("python: %w: %s; %s", err, child.Brief(stderr.Lines(), 1, 2), Make(venv, packages))
	}
	if err := json.Unmarshal(out, answer); err != nil {
		return fmt.Errorf("python: %w", err)
	}
	return nil
}
