package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"imagelab/lib/child"
	"imagelab/lib/suspect"
)

//go:embed cleanlab.py
var script string

// cleanlab ranks by each method of cleanlab, on the probabilities that our ranking begins with.
func cleanlab(ctx context.Context, venv string, o suspect.OutOfFold, wrong map[string]bool) (map[string]ranking,
	error) {
	task, err := json.Marshal(map[string]any{"labels": o.Labels, "probabilities": o.Probabilities})
	if err != nil {
		return nil, err
	}
	python := filepath.Join(venv, "bin", "python")
	cmd := exec.CommandContext(ctx, python, "-c", script)
	child.Group(cmd, syscall.SIGKILL, 10*time.Second)
	var stderr child.Tail
	cmd.Stdin, cmd.Stderr = bytes.NewReader(task), &stderr
	answer, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("cleanlab: %w: %s; make the environment with: "+
			"python3 -m venv %s && %s -m pip install cleanlab", err,
			child.Brief(stderr.Lines(), 1, 2), venv, python)
	}
	var orders map[string][]int
	if err := json.Unmarshal(answer, &orders); err != nil {
		return nil, fmt.Errorf("cleanlab: %w", err)
	}
	out := map[string]ranking{}
	for method, order := range orders {
		var paths []string
		for _, i := range order {
			paths = append(paths, o.Paths[i])
		}
		out[method] = rank(paths, wrong, len(paths))
	}
	return out, nil
}
