// Package run03 runs notebook 03_* in a browser.
package run03

import (
	"testing"

	"imagelab/lib/jupyter/jupytertest"
)

func TestNotebookRuns(t *testing.T) { jupytertest.RunInBrowser(t, "03_*") }
