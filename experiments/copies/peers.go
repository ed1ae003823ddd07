package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"imagelab/lib/child"
)

//go:embed peers.py
var script string

// tool is what another program calls copies.
type tool struct {
	Name  string      `json:"name"`
	Pairs [][2]string `json:"pairs"`
}

// peers runs other programs on the planted files.
func peers(ctx context.Context, venv string, p planted) ([]tool, error) {
	task, err := json.Marshal(map[string]any{"dir": p.dir, "files": slices.Sorted(maps.Keys(p.of))})
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
		return nil, fmt.Errorf("peers: %w: %s; make the environment with: python3 -m venv %s && %s -m pip install imagehash imagededup",
			err, child.Brief(stderr.Lines(), 1, 2), venv, python)
	}
	var out []tool
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	return out, nil
}
