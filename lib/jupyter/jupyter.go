// Package jupyter prepares JupyterLab with a Go kernel for the notebooks of this repository, serves
// it, and runs notebooks without a page.
//
// Start with [Prepare]: it makes a virtual environment of pinned Python packages in the cache,
// builds gonb, goimports and gopls from the pinned module in lib/jupyter/tools, writes the kernel's
// definition and compiles what cells import. What is ready costs about a second and needs no
// network. The [Kit] it returns can [Kit.Serve] and [Kit.Execute].
package jupyter

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"imagelab/lib/asset"
	"imagelab/lib/child"
	"imagelab/lib/dataset"
	"imagelab/lib/progress"
)

// Kernel is the name by which notebooks ask for the kernel, and Title is what people see.
const (
	Kernel = "imagelab"
	Title  = "Go (imagelab)"
)

// Kit is a prepared Jupyter for one checkout of the repository.
type Kit struct {
	Repo   string // root of the checkout, absolute
	Notice string // what a person should know, such as a missing C compiler; mostly empty

	cache   string // folder of all kits
	python  string // of the virtual environment
	tools   string // folder of gonb, goimports and gopls
	kernels string // folder of the kernel's definition, for JUPYTER_PATH; another one has another folder
	env     []string
}

// Repo returns the root of the checkout around dir or, when dir is in none, of the one this program
// was built from.
func Repo(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	_, source, _, _ := runtime.Caller(0)
	for _, from := range []string{dir, filepath.Dir(source)} {
		for at := from; ; at = filepath.Dir(at) {
			text, err := os.ReadFile(filepath.Join(at, "go.mod"))
			if err == nil && bytes.HasPrefix(text, []byte("module imagelab\n")) {
				return at, nil
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return "", fmt.Errorf("jupyter: %s is in no checkout of imagelab; "+
		"cells import the packages of one: change into it and run this again", dir)
}

// Prepare makes what is missing for the checkout at repo. Processes may call it at the same time.
// Errors say what to install.
func Prepare(ctx context.Context, repo string, p progress.Func) (*Kit, error) {
	dir, err := asset.CacheDir()
	if err != nil {
		return nil, err
	}
	k := &Kit{Repo: repo, cache: filepath.Join(dir, asset.JupyterDir)}
	if _, err := exec.LookPath("go"); err != nil {
		return nil, errors.New("jupyter: Go is not on the PATH; cells are compiled by it: install Go 1.26 or newer")
	}
	unlock, err := asset.Lock(ctx, k.cache, p)
	if err != nil {
		return nil, fmt.Errorf("jupyter: %w", err)
	}
	defer unlock()
	for _, step := range []struct {
		name string
		do   func(context.Context, progress.Func) error
	}{
		{"prepare JupyterLab", k.makeEnvironment},
		{"build the Go kernel", k.buildTools},
		{"fetch the modules that cells import", k.fetchModules},
		{"define the kernel", func(context.Context, progress.Func) error { return k.define() }},
		{"compile what cells import", k.warm},
	} {
		if err := step.do(ctx, p); err != nil {
			return nil, fmt.Errorf("jupyter: %s: %w", step.name, err)
		}
	}
	return k, nil
}

// writeFile writes a file at once or not at all.
func writeFile(path string, text []byte) error {
	return dataset.WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// digest names what was made from some inputs.
func digest(inputs ...[]byte) string {
	h := sha256.New()
	for _, in := range inputs {
		fmt.Fprintf(h, "%d ", len(in))
		h.Write(in)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:6])
}

// isDone reports whether the folder was finished: its last file is its marker.
func isDone(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "done"))
	return err == nil
}

func markDone(dir string) error { return os.WriteFile(filepath.Join(dir, "done"), nil, 0o644) }

// fresh empties dir: what an earlier process left unfinished is of no use.
func fresh(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	return os.MkdirAll(dir, 0o755)
}

// command runs a program to its end, in dir with env added, and returns an error with the start and
// the end of its output, or that there is no network. When ctx ends, the program and its children
// are asked to end.
func command(ctx context.Context, dir string, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	group(cmd)
	var output child.Tail
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if reason, offline := asset.NoNetwork(output.Lines()); offline {
			return fmt.Errorf("no network: this step needs one once: run the same command again when there is one (%s: %w: %s)",
				filepath.Base(name), err, reason)
		}
		return fmt.Errorf("%s: %w: %s", filepath.Base(name), err, child.Brief(output.Lines(), 5, 4))
	}
	return nil
}

// group keeps a terminal's Ctrl-C from cmd and its children. When its context ends, all of them
// get SIGTERM; cmd is killed 10 s later.
func group(cmd *exec.Cmd) { child.Group(cmd, syscall.SIGTERM, 10*time.Second) }

// brief is the start and the end of a program's output: one of them says what went wrong.
func brief(lines []string) string { return child.Brief(lines, 5, 4) }
