package jupyter

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"imagelab/lib/child"
	"imagelab/lib/nbui"
	"imagelab/lib/progress"
)

//go:embed execute.py
var executor string

// Exit statuses of execute.py.
const (
	cellFailed  = 3
	cellTooSlow = 4
)

// Execute runs every cell of the notebook at path with a fresh kernel and fresh folders for data
// and runs, which are deleted afterwards, and returns what a person would have saved, tidied
// ([Notebook.Tidy]). The file is not changed. limit is how long one cell may take. A cell that
// fails, is too slow or says something that GoNB does not take for a failure, such as an unknown
// magic, is an error that names it; the notebook up to there comes with it.
func (k *Kit) Execute(ctx context.Context, path string, limit time.Duration, p progress.Func) (*Notebook, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, err := Load(path); err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "imagelab-notebook-") // not in the cache, into which no results are written
	if err != nil {
		return nil, fmt.Errorf("jupyter: %w", err)
	}
	defer os.RemoveAll(tmp)
	target := filepath.Join(tmp, filepath.Base(path))
	failure := k.runNotebook(ctx, path, target, tmp, limit, p)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	n, err := Load(target)
	if err != nil {
		return nil, errors.Join(failure, err)
	}
	if failure == nil {
		failure = n.Problem()
	}
	n.Tidy()
	if failure != nil {
		return n, fmt.Errorf("jupyter: %s: %w", filepath.Base(path), failure)
	}
	return n, nil
}

// runNotebook runs execute.py and passes on how far it is.
func (k *Kit) runNotebook(ctx context.Context, path, target, tmp string, limit time.Duration, p progress.Func) error {
	cmd := exec.CommandContext(ctx, k.python, "-c", follow+executor, path, target, fmt.Sprint(int(limit.Seconds())))
	cmd.Dir = filepath.Dir(path)
	cmd.Env = append(k.environ(), nbui.RunsVariable+"="+filepath.Join(tmp, "runs"), HelpVariable+"=off")
	if err := tie(cmd); err != nil {
		return err
	}
	var said child.Tail
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	relay(out, "running "+strings.TrimSuffix(filepath.Base(path), ".ipynb")+", cells", p)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == cellFailed {
		if n, loadErr := Load(target); loadErr == nil {
			if problem := n.Problem(); problem != nil {
				return problem
			}
		}
	}
	if exit != nil && exit.ExitCode() == cellTooSlow {
		return fmt.Errorf("a cell timed out: it took more than %s; give it more with --timeout: %s",
			limit, brief(said.Lines()))
	}
	if err != nil {
		return fmt.Errorf("%w: %s", err, brief(said.Lines()))
	}
	return nil
}

// relay reports lines of "done of".
func relay(out io.Reader, stage string, p progress.Func) {
	done, of := int64(0), int64(0)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if n, _ := fmt.Sscan(lines.Text(), &done, &of); n == 2 {
			p.Report(stage, done, of)
		}
	}
	if of > 0 {
		p.Report(stage, of, of)
	}
}

// runtime is where servers say which address they have.
func (k *Kit) runtime() string { return filepath.Join(k.cache, "runtime") }
