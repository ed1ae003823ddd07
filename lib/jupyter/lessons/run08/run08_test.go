// Package run08 runs notebooks 0[89]_*.
package run08

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "0[89]_*") }
