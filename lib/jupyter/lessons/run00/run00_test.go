// Package run00 runs notebook 00_*. Notebooks 01 and 03 run in a browser, in a test of lib/jupyter.
package run00

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "00_*") }
