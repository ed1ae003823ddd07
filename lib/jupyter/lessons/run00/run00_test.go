// Package run00 runs notebooks 0[03]_*.
package run00

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "0[03]_*") }
