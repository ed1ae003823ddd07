package jupyter

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"imagelab/lib/progress"
)

//go:embed requirements.txt
var requirements []byte

// Settings of JupyterLab: nothing asks for news, which would need a network, and pages hold all
// their cells, so that searching and printing find them.
const (
	disabled = `{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}
`
	overrides = `{"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}
`
)

// findPython returns a Python that can make virtual environments, and its version.
func findPython(ctx context.Context) (path, version string, err error) {
	const probe = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2]); assert sys.version_info >= (3, 11)"
	for _, name := range []string{"python3", "python", "python3.14", "python3.13", "python3.12", "python3.11"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		if out, err := exec.CommandContext(ctx, path, "-c", probe).Output(); err == nil {
			return path, strings.TrimSpace(string(out)), nil
		}
	}
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	return "", "", errors.New("no Python 3.11 or newer with venv was found; " +
		"install one (Debian: apt install python3 python3-venv)")
}

// makeEnvironment makes the virtual environment of the pinned packages.
func (k *Kit) makeEnvironment(ctx context.Context, p progress.Func) error {
	python, version, err := findPython(ctx)
	if err != nil {
		return err
	}
	dir := filepath.Join(k.cache, "python"+version+"-"+digest(requirements, []byte(disabled+overrides+python)))
	k.python = filepath.Join(dir, "bin", "python")
	if isDone(dir) && exec.CommandContext(ctx, k.python, "-c", "").Run() == nil {
		return nil
	}
	if err := fresh(dir); err != nil {
		return err
	}
	const stage = "installing JupyterLab"
	p.Report(stage, 0, 3)
	if err := command(ctx, dir, nil, python, "-m", "venv", dir); err != nil {
		return fmt.Errorf("%w; install the venv module (Debian: apt install python3-venv)", err)
	}
	pins := filepath.Join(dir, "requirements.txt")
	if err := os.WriteFile(pins, requirements, 0o644); err != nil {
		return err
	}
	p.Report(stage, 1, 3)
	err = command(ctx, dir, nil, k.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input",
		"--retries", "3", "--only-binary", ":all:", "--require-hashes", "-r", pins)
	if err != nil {
		return fmt.Errorf("%w; the packages come from Python's package index", err)
	}
	p.Report(stage, 2, 3)
	err = errors.Join(writeIn(filepath.Join(dir, "etc", "jupyter", "labconfig"), "page_config.json", disabled),
		writeIn(filepath.Join(dir, "share", "jupyter", "lab", "settings"), "overrides.json", overrides))
	if err == nil {
		err = command(ctx, dir, nil, k.python, "-m", "jupyterlab", "--version")
	}
	if err != nil {
		return err
	}
	p.Report(stage, 3, 3)
	return markDone(dir)
}

func writeIn(dir, name, text string) error {
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

// HelpVariable is an environment variable: "off" leaves out gopls, which completes names in cells
// and takes some 10 s of a core and 300 MB in each kernel.
const HelpVariable = "IMAGELAB_GOPLS"

// closing makes gopls end when nobody has been connected to it for a minute: gonb starts one that
// outlives a gonb that is killed.
const closing = `#!/bin/sh
[ "$` + HelpVariable + `" = off ] && exit 0
exec "$(dirname "$0")/gopls-server" -listen.timeout=1m "$@"
`

// buildTools builds gonb and goimports, and gopls, which completes names in cells and shows their
// documentation. They need no C compiler.
func (k *Kit) buildTools(ctx context.Context, p progress.Func) error {
	module := filepath.Join(k.Repo, "lib", "jupyter", "tools")
	pins, err := os.ReadFile(filepath.Join(module, "go.mod"))
	if err != nil {
		return err
	}
	sums, err := os.ReadFile(filepath.Join(module, "go.sum"))
	if err != nil {
		return err
	}
	version, err := exec.CommandContext(ctx, "go", "env", "GOVERSION").Output()
	if err != nil {
		return err
	}
	k.tools = filepath.Join(k.cache, "tools-"+digest(pins, sums, bytes.TrimSpace(version), []byte(closing)))
	if isDone(k.tools) {
		return nil
	}
	if err := fresh(k.tools); err != nil {
		return err
	}
	const stage = "building the Go kernel"
	p.Report(stage, 0, 1)
	env := []string{"GOWORK=off", "GOFLAGS=-buildvcs=false", "CGO_ENABLED=0"}
	err = command(ctx, module, env, "go", "build", "-o", k.tools+string(filepath.Separator),
		"github.com/janpfeifer/gonb", "golang.org/x/tools/cmd/goimports", "golang.org/x/tools/gopls")
	if err != nil {
		return err
	}
	gopls := filepath.Join(k.tools, "gopls")
	if err := errors.Join(os.Rename(gopls, gopls+"-server"), os.WriteFile(gopls, []byte(closing), 0o755)); err != nil {
		return err
	}
	p.Report(stage, 1, 1)
	return markDone(k.tools)
}

// fetchModules brings every module of the checkout, also those of other systems: gonb's `go get`
// before each cell asks for all of them, and cells run without a network.
func (k *Kit) fetchModules(ctx context.Context, p progress.Func) error {
	p.Report("fetching Go modules", 0, 0)
	return command(ctx, k.Repo, []string{"GOWORK=off"}, "go", "mod", "download")
}

// warm compiles what cells import with the flags that cells are compiled with, so that the first
// cell only links.
func (k *Kit) warm(ctx context.Context, p progress.Func) error {
	const stage = "compiling what cells import"
	p.Report(stage, 0, 1)
	err := command(ctx, k.Repo, append([]string{"GOWORK=off"}, k.env...), "go", "build", "./lib/...")
	p.Report(stage, 1, 1)
	return err
}
