package engine

import (
	"runtime"

	"imagelab/lib/runlog"
)

// Environment describes the machine and the program for records.
func (e *Engine) Environment() runlog.Environment {
	return runlog.Environment{Engine: e.Name, EngineWhy: e.Why, OS: runtime.GOOS, Arch: runtime.GOARCH, CPU: CPUModel(),
		Cores: Cores(), Memory: Memory(), Go: runtime.Version(), Imagelab: runlog.Release(), Commit: runlog.Commit()}
}
