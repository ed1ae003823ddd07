// Package engine chooses what computes: XLA on an NVIDIA GPU, XLA on the CPU, or GoMLX's pure Go
// backend.
//
// Start with [Open]; it says what it chose and why in the [Engine] it returns. Package backbone
// writes a network's graph in the form that runs fast on that engine. [Try] turns GoMLX's panics
// into errors, and [Call] runs a graph through it. [Describe] says what is slow or missing on this
// machine.
//
// Linking this package changes nothing for the process. [Open] sets XLA_FLAGS in its environment
// where it opens the pinned XLA for the CPU, or XLA for a GPU. Package malloc, which package main
// may import, has the C library keep freed memory.
package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/asset"
	"imagelab/lib/progress"
)

// Names of engines.
const (
	XLACUDA = "xla:cuda"
	XLACPU  = "xla:cpu"
	Go      = "go"
)

// pluginAsset is the pinned asset that holds XLA for the CPU.
const pluginAsset = "xla-cpu"

// Engine is an open compute backend and the reason why it was chosen. The owner calls Close when
// none of its results is needed any more.
type Engine struct {
	Backend compute.Backend
	Name    string // XLACUDA, XLACPU or Go; another plugin of GOMLX_BACKEND keeps its own name
	Why     string // one sentence
	Notice  string // what a person should know, such as how much slower this is; mostly empty
	GPUs    []GPU  // of this machine, as far as the driver lists them
}

// Open opens the first engine that works: what GOMLX_BACKEND names, or else XLA on a GPU where a
// GPU and a plugin are found, XLA on the CPU with the pinned plugin (fetched at the first call),
// pure Go. A GOMLX_BACKEND that does not work is an error; the others fall through to the next, and
// the Notice says so. Open may be called several times; close each Engine.
func Open(ctx context.Context, p progress.Func) (*Engine, error) {
	return open(ctx, lookAround(ctx), p)
}

// OpenWithoutGPU opens what [Open] would where there is no GPU, for when a GPU's memory did not
// suffice. A GOMLX_BACKEND leaves no choice, which is an error.
func OpenWithoutGPU(ctx context.Context, p progress.Func) (*Engine, error) {
	f := lookAround(ctx)
	if f.envSet {
		return nil, fmt.Errorf("engine: %s=%s asks for one engine", compute.ConfigEnvVar, f.env)
	}
	f.gpu, f.cuda, f.full = false, "", true
	return open(ctx, f, p)
}

func open(ctx context.Context, f facts, p progress.Func) (*Engine, error) {
	var failed []string
	for _, c := range choose(f) {
		backend, notices, err := c.open(ctx, p)
		if ctx.Err() != nil {
			return nil, fmt.Errorf("engine: open %s: %w", c.name, ctx.Err())
		}
		if err == nil {
			notice := strings.Join(slices.Concat(failed, c.notices, notices), "; ")
			return &Engine{Backend: backend, Name: c.name, Why: c.why, Notice: notice, GPUs: f.gpus}, nil
		}
		if f.envSet {
			return nil, fmt.Errorf("engine: open %s=%s: %w%s; unset %s to let imagelab choose",
				compute.ConfigEnvVar, f.env, err, f.reasonForCUDA(c), compute.ConfigEnvVar)
		}
		failed = append(failed, fmt.Sprintf("%s was tried and failed: %v", c.name, err))
	}
	return nil, fmt.Errorf("engine: nothing to compute with: %s", strings.Join(failed, "; "))
}

// open creates the backend of one candidate, fetching its plugin first where it needs that.
func (c candidate) open(ctx context.Context, p progress.Func) (backend compute.Backend, notices []string, err error) {
	config := c.config
	if c.cuda != "" {
		notice, err := askForCUDA(c.cuda)
		if err != nil {
			return nil, nil, err
		}
		notices = append(notices, notice, keepPrograms(c.cuda, c.driver))
	}
	if c.name == XLACPU && config == "" {
		plugin, err := asset.Fetch(ctx, pluginAsset, p)
		if err != nil {
			return nil, nil, err
		}
		config = "xla:" + plugin
		if err := askForOneDNN(); err != nil {
			return nil, nil, err
		}
		if strings.Contains(os.Getenv(flagsVar), withoutOneDNN) {
			notices = append(notices, keepPrograms(plugin, cpuDevice()))
		}
	}
	notices = slices.DeleteFunc(notices, func(n string) bool { return n == "" })
	disableAutoInstall()
	tryErr := Try(func() { backend, err = compute.NewWithConfig(config) })
	if tryErr == nil && err == nil && c.name == XLACUDA {
		setTF32(backend, false) // or else it is on until a graph says what it wants
	}
	return backend, notices, errors.Join(tryErr, err)
}

// reasonForCUDA is what is known against the GPU or its plugin, to stand behind an error.
func (f facts) reasonForCUDA(c candidate) string {
	if trouble := f.cudaTrouble(); c.name == XLACUDA && trouble != "" {
		return " (" + trouble + ")"
	}
	return ""
}

// Close releases the backend. Results that were not copied to the host are lost.
func (e *Engine) Close() {
	if e != nil && e.Backend != nil && !e.Backend.IsFinalized() {
		e.Backend.Finalize()
	}
}

// String is the name and the reason.
func (e *Engine) String() string { return e.Name + ": " + e.Why }

// Try runs f, which builds or runs graphs, and returns its panic as an error, as [Advised] has it.
// GoMLX panics on bad shapes with an error that says what is wrong. A run-time error of Go, such as
// a nil pointer, is a bug: its error carries the stack.
func Try(f func()) (err error) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case interface{ RuntimeError() }:
			err = fmt.Errorf("engine: %v\n%s", r, debug.Stack())
		case error:
			err = Advised(fmt.Errorf("engine: %w", r))
		default:
			err = fmt.Errorf("engine: %v", r)
		}
	}()
	f()
	return nil
}

// Call runs a graph on its inputs, and compiles it first if needed. Panics are errors, as in [Try];
// one of a device that is full is [ErrMemory].
func Call(exec interface {
	Call(inputs ...any) ([]*tensors.Tensor, error)
}, inputs ...any) (outputs []*tensors.Tensor, err error) {
	if tryErr := Try(func() { outputs, err = exec.Call(inputs...) }); tryErr != nil {
		err = tryErr
	}
	return outputs, Advised(err)
}

// Free gives back the memory of tensors, on devices and here. All are freed, whatever the errors.
func Free(all ...*tensors.Tensor) (err error) {
	for _, t := range all {
		err = errors.Join(err, t.FinalizeAll())
	}
	return err
}

// Call1 is [Call] for a graph with one output.
func Call1(exec interface {
	Call1(inputs ...any) (*tensors.Tensor, error)
}, inputs ...any) (output *tensors.Tensor, err error) {
	if tryErr := Try(func() { output, err = exec.Call1(inputs...) }); tryErr != nil {
		err = tryErr
	}
	return output, Advised(err)
}

// ErrMemory says that a device has not enough memory for a graph or for its data.
var ErrMemory = errors.New("the device's memory does not suffice: end what else uses it, take smaller batches or " +
	"a smaller network, or compute on the CPU with " + compute.ConfigEnvVar + "=" + XLACPU)

// full is how XLA says that, with the bytes that it asked for.
var full = regexp.MustCompile(`RESOURCE_EXHAUSTED|(?i)out of memory`)

// Advised adds to an error of XLA, where a device is full, what a person can do about it, and makes
// it an [ErrMemory].
func Advised(err error) error {
	if err == nil || errors.Is(err, ErrMemory) || !full.MatchString(err.Error()) {
		return err
	}
	return fmt.Errorf("%w; %w", err, ErrMemory)
}

// nameOf is the engine's name for a GoMLX configuration, "xla:/a/pjrt_c_api_cpu_plugin.so" or "go".
func nameOf(config string) string {
	backend, plugin, _ := strings.Cut(config, ":")
	plugin, _, _ = strings.Cut(plugin, ",")
	switch base := strings.ToLower(filepath.Base(plugin)); {
	case backend != "xla":
		return backend
	case strings.Contains(base, "cuda"):
		return XLACUDA
	case strings.Contains(base, "cpu"):
		return XLACPU
	case plugin == "":
		return "xla"
	default:
		return "xla:" + filepath.Base(plugin)
	}
}
