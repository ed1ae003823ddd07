package main

import (
	"context"
	_ "embed"
	"fmt"

	"imagelab/experiments/internal/python"
	"imagelab/lib/suspect"
)

//go:embed cleanlab.py
var script string

// cleanlab ranks by each method of cleanlab, on the probabilities that our ranking begins with.
func cleanlab(ctx context.Context, venv string, o suspect.OutOfFold, wrong map[string]bool) (map[string]ranking,
	error) {
	var orders map[string][]int
	task := map[string]any{"labels": o.Labels, "probabilities": o.Probabilities}
	if err := python.Run(ctx, venv, "cleanlab", script, task, &orders); err != nil {
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
