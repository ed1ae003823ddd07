// Package run00 runs notebooks 0[01]_*.
package run00

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "0[01]_*") }
