// Package peer lets other libraries do the work that imagelab does, so that both can be timed in
// one run.
//
// Start with [Start]: it runs worker.py in a Python environment that holds the packages of
// requirements.txt, one process for each library. [Worker.Do] has it do one task and says how long
// the work itself took: imports, models and files that are opened for it are not counted. The two
// processes speak JSON lines over pipes.
package peer

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"imagelab/experiments/internal/python"
	"imagelab/lib/child"
)

//go:embed worker.py
var script string

// Libraries that a worker can be started for.
const (
	Pillow  = "Pillow"       // with imagehash; in a process for each core
	PyTorch = "PyTorch"      // eager, channels-last
	Timm    = "timm"         // networks of timm and torchvision in PyTorch, eager, channels-last
	ONNX    = "ONNX Runtime" // on the CPU
	FastAI  = "fastai"
	SciKit  = "scikit-learn"
)

// Kinds of work, and who can do them.
const (
	Decode = "decode" // Pillow: decode Files, resize the short side to Side pixels and cut out the centre square
	// Pillow: difference hashes of 16 x 16 bits of Files, decoded at no fewer than Side pixels (0:
	// at full size)
	Hash    = "hash"
	Forward = "forward" // PyTorch, ONNX: EfficientNet-Lite0 on Batch images of Size pixels; Timm: Network on them
	Step    = "step"    // PyTorch: a training step of AdamW on such a batch
	// fastai, scikit-learn: a model of the folder Data, which has train and val with a folder per
	// class in them
	FineTune = "finetune"
)

// Task is one piece of work. Fields that its kind does not name are not read.
type Task struct {
	Work    string   `json:"work"`
	Repeat  int      `json:"repeat"` // times to do it, at least 1
	Files   []string `json:"files,omitempty"`
	Side    int      `json:"side"`    // pixels
	Size    int      `json:"size"`    // pixels
	Batch   int      `json:"batch"`   // images
	Classes int      `json:"classes"` // of the classifier
	Network string   `json:"network"` // Timm: its name there
	Frozen  int      `json:"frozen"`  // Step: the stem and so many blocks are not trained; -1: all are trained
	Data    string   `json:"data,omitempty"`
	Epochs  int      `json:"epochs"` // FineTune: after one with the body frozen
	Seed    uint64   `json:"seed"`
}

// Answer is what a task took.
type Answer struct {
	Seconds float64 `json:"seconds"` // for all repeats
	// seconds of all cores for all repeats, where the work is done in the worker's process
	CPU    float64 `json:"cpu"`
	Epochs []Epoch `json:"epochs"` // FineTune: of both phases, in order
}

// Epoch is one epoch of FineTune.
type Epoch struct {
	Seconds float64 `json:"seconds"` // from the start of the task to the epoch's end
	Top1    float64 `json:"top1"`    // on the validation images, in [0,1]
}

// reply is an answer, or what the worker says instead.
type reply struct {
	Answer
	Error    string            `json:"error"`
	Missing  []string          `json:"missing"`
	Versions map[string]string `json:"versions"`
}

// Worker is a running library. It is for one goroutine; the owner calls Close.
type Worker struct {
	Library  string
	Versions map[string]string // of the packages it uses, by name

	cmd     *exec.Cmd
	stdin   io.WriteCloser
	replies *bufio.Scanner
	stderr  child.Tail
}

// Start starts a library in the virtual environment venv on so many cores, and returns when it has
// imported what it needs. An error about a missing environment or package says what to install.
func Start(ctx context.Context, venv, library string, cores int) (*Worker, error) {
	interpreter, err := filepath.Abs(python.In(venv))
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	w := &Worker{Library: library, cmd: exec.Command(interpreter, "-c", script, library, strconv.Itoa(cores))}
	child.Group(w.cmd, syscall.SIGKILL, 10*time.Second) // a terminal's Ctrl-C is for this program, which ends the worker
	w.cmd.Stderr = &w.stderr
	if w.stdin, err = w.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	stdout, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	w.replies = bufio.NewScanner(stdout)
	if err := w.cmd.Start(); err != nil {
		return nil, fmt.Errorf("peer: %w; %s", err, python.Make(venv, "-r experiments/speed/peer/requirements.txt"))
	}
	r, err := w.read(ctx)
	if err == nil && len(r.Missing) > 0 {
		err = fmt.Errorf("peer: %s needs packages that %s does not have: run %s -m pip install %s (versions: "+
			"experiments/speed/peer/requirements.txt)",
			library, venv, python.In(venv), strings.Join(r.Missing, " "))
	}
	if err != nil {
		return nil, errors.Join(err, w.Close())
	}
	w.Versions = r.Versions
	return w, nil
}

// Do has the worker do a task. When ctx ends, so does the worker.
func (w *Worker) Do(ctx context.Context, t Task) (Answer, error) {
	line, err := json.Marshal(t)
	if err != nil {
		return Answer{}, fmt.Errorf("peer: %w", err)
	}
	if _, err := w.stdin.Write(append(line, '\n')); err != nil {
		return Answer{}, w.failed(ctx, err)
	}
	r, err := w.read(ctx)
	return r.Answer, err
}

// read waits for the next line.
func (w *Worker) read(ctx context.Context) (reply, error) {
	defer context.AfterFunc(ctx, w.kill)()
	if !w.replies.Scan() {
		err := w.replies.Err()
		if err == nil {
			err = errors.New("it ended")
		}
		return reply{}, w.failed(ctx, err)
	}
	var r reply
	if err := json.Unmarshal(w.replies.Bytes(), &r); err != nil {
		return reply{}, w.failed(ctx, err)
	}
	if r.Error != "" {
		return reply{}, fmt.Errorf("peer: %s: %s", w.Library, r.Error)
	}
	return r, nil
}

// failed tells the end of ctx from a worker that broke.
func (w *Worker) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	w.kill()
	_ = w.cmd.Wait() // it was killed; what it wrote is complete then
	return fmt.Errorf("peer: %s: %w: %s", w.Library, err, child.Brief(w.stderr.Lines(), 5, 4))
}

// kill ends the worker and its processes. It is for as long as nobody has waited for the end.
func (w *Worker) kill() { child.Kill(w.cmd) }

// Close ends the worker; one that does not end within 5 seconds is killed. It may be called after a
// failure.
func (w *Worker) Close() error {
	if w.cmd.ProcessState != nil {
		return nil
	}
	stop := time.AfterFunc(5*time.Second, w.kill)
	defer stop.Stop()
	w.stdin.Close()
	var exit *exec.ExitError
	if err := w.cmd.Wait(); err != nil && !errors.As(err, &exit) { // it may have been killed
		return fmt.Errorf("peer: end %s: %w", w.Library, err)
	}
	return nil
}
