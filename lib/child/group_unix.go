//go:build unix

package child

import (
	"os/exec"
	"syscall"
	"time"
)

// Group puts cmd and its children into a process group of their own, so that a terminal's Ctrl-C
// does not reach them. When the context of an [exec.CommandContext] ends, all of them get the
// signal `end`; a command that has not ended after `wait` is killed.
func Group(cmd *exec.Cmd, end syscall.Signal, wait time.Duration) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if cmd.Cancel != nil {
		cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, end) }
	}
	cmd.WaitDelay = wait
}

// Kill ends a command that [Group] prepared, and its children. It does nothing when all have ended.
func Kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
