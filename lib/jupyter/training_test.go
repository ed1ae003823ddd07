//go:build unix

package jupyter_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"imagelab/lib/jupyter"
	"imagelab/lib/jupyter/jupytertest"
)

// TestTrainingIsStopped stops a training cell by the stop button, then kills its kernel, and runs
// it to the end: each time it goes on where it was.
func TestTrainingIsStopped(t *testing.T) {
	k := jupytertest.Prepare(t)
	dir := t.TempDir()
	jupytertest.CopyFile(t, "testdata/training.ipynb", filepath.Join(dir, "training.ipynb"))
	manifest := filepath.Join(dir, "runs", "training-quick", "data")
	checkpoint := filepath.Join(dir, "runs", "training-quick", "run", "checkpoint.safetensors")
	p := jupytertest.Open(t, k, dir, "training.ipynb")

	p.Menu("Run", "runmenu:run-all")
	p.Await("a bar of progress", 5*time.Minute, `document.querySelector('.jp-OutputArea progress')`)
	p.Await("the curve of the epochs", 5*time.Minute, `document.querySelector('.jp-RenderedSVG')`)
	awaitFile(t, checkpoint, true)
	p.Shoot("training.png")
	p.Menu("Kernel", "kernelmenu:interrupt")
	p.Await("the word that it was stopped", 5*time.Minute,
		jupytertest.Says("what is finished is kept, and running the cell again continues"))
	p.Shoot("stopped.png")
	ingested := age(t, manifest)

	p.Menu("Run", "runmenu:run-all")
	p.Await("the cell's new output", 5*time.Minute, "!"+jupytertest.Says("what is finished is kept"))
	p.Await("the curve of the epochs", 5*time.Minute, `document.querySelector('.jp-RenderedSVG')`)
	kernel := childOf(t, k.Process(t, dir))
	program := childOf(t, kernel) // beside the relay and gopls
	if err := syscall.Kill(kernel, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitFile(t, fmt.Sprintf("/proc/%d", program), false) // else two processes would train into one folder
	p.Shoot("killed.png")
	p.Click(`document.querySelector('.jp-Dialog .jp-mod-accept')`) // "The kernel appears to have died. It will restart."
	p.Await("a new kernel", 5*time.Minute, jupytertest.Idle)

	p.Menu("Run", "runmenu:run-all")
	p.Await("the end of the training", 5*time.Minute, jupytertest.Says("trained to the end: true"))
	p.Await("the end of the last cell", 5*time.Minute, jupytertest.AllRan)
	p.Shoot("trained.png")
	if !age(t, manifest).Equal(ingested) {
		t.Error("the photos were read again")
	}
	awaitFile(t, checkpoint, false)
}

// awaitFile waits a minute until a file is there, or is not.
func awaitFile(t *testing.T, path string, there bool) {
	t.Helper()
	for i := 0; jupyter.Exists(path) != there; i++ {
		if time.Sleep(100 * time.Millisecond); i > 600 {
			t.Fatalf("after a minute, that %s exists is still %v", path, !there)
		}
	}
}

// age is when the manifest below dir was written.
func age(t *testing.T, dir string) time.Time {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "foods", "split.json"))
	if err != nil || len(found) != 1 {
		t.Fatalf("found %v, %v", found, err)
	}
	info, err := os.Stat(found[0])
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

// childOf is the one process that a process has started, beside those that every kernel has.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		before, after, _ := strings.Cut(string(text), ") ")
		_, name, _ := strings.Cut(before, "(")
		fields := strings.Fields(after)
		isTool := strings.HasPrefix(name, "python") || strings.HasPrefix(name, "gopls")
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) && !isTool {
			return jupyter.Number(t, filepath.Base(filepath.Dir(file)))
		}
	}
	t.Fatalf("process %d has no children", parent)
	return 0
}
