// Package run04 runs notebooks 0[4-9]_*.
package run04

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "0[4-9]_*") }
