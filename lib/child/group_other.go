//go:build !unix

package child

import (
	"os/exec"
	"syscall"
	"time"
)

// Group lets cmd run for at most `wait` after its context has ended. This system has no process
// groups: the command is killed, its children are not.
func Group(cmd *exec.Cmd, _ syscall.Signal, wait time.Duration) { cmd.WaitDelay = wait }

// Kill ends a command that [Group] prepared. It does nothing when the command has ended.
func Kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
