// Package run10 runs notebooks [1-9]*.
package run10

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebooksRun(t *testing.T) { jupytertest.Run(t, "[1-9]*") }
