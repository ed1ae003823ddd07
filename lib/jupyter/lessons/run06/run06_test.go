// Package run06 runs notebooks 0[67]_*.
package run06

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "0[67]_*") }
