// Package run01 runs notebook 01_* in a browser.
package run01

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebookRuns(t *testing.T) { jupytertest.RunInBrowser(t, "01_*") }
