package engine

import (
	"runtime"
	"strings"

	"imagelab/lib/runlog"
)

// Environment describes the machine and the program for records.
func (e *Engine) Environment() runlog.Environment {
	return runlog.Environment{GPU: e.gpuName(), Engine: e.Name, EngineWhy: e.Why,
		OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: CPUModel(), Cores: Cores(), Memory: Memory(),
		Go: runtime.Version(), Imagelab: runlog.Release(), Commit: runlog.Commit()}
}

// gpuName is the GPU that the engine computes on, with its driver; "" where it is none.
func (e *Engine) gpuName() string {
	if e.Name != XLACUDA || len(e.GPUs) == 0 {
		return ""
	}
	if differ(e.GPUs) {
		return "one of several" // visible_devices chose
	}
	g := e.GPUs[0]
	return strings.TrimSuffix(g.Name+", driver "+g.Driver, ", driver ")
}
