package main

import (
	"context"
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"imagelab/experiments/internal/python"
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
	var out []tool
	task := map[string]any{"dir": p.dir, "files": slices.Sorted(maps.Keys(p.of))}
	if err := python.Run(ctx, venv, "imagehash imagededup", script, task, &out); err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	return out, nil
}
