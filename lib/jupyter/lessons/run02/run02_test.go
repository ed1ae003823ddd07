// Package run02 runs notebooks 0[245]_*.
package run02

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "0[245]_*") }
