//go:build unix

package child

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestEnd ends a shell whose own child would run for a minute.
func TestEnd(t *testing.T) {
	tests := []struct {
		name, reason string
		end          func(stop context.CancelFunc, cmd *exec.Cmd)
	}{
		{"context", "the group gets the signal when the context ends", func(stop context.CancelFunc, _ *exec.Cmd) { stop() }},
		{"kill", "Kill reaches children too", func(_ context.CancelFunc, cmd *exec.Cmd) { Kill(cmd) }},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			cmd := exec.CommandContext(ctx, "sh", "-c", "sleep 60 & echo $!; wait")
			Group(cmd, syscall.SIGTERM, 5*time.Second)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			line := make([]byte, 32)
			n, err := out.Read(line)
			if err != nil {
				t.Fatal(err)
			}
			grandchild, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
			if err != nil {
				t.Fatal(err)
			}
			c.end(stop, cmd)
			if err := cmd.Wait(); err == nil {
				t.Error("the shell ended in order")
			}
			if !ends(grandchild) {
				t.Errorf("%s: process %d runs still", c.reason, grandchild)
			}
		})
	}
}

// ends waits until a process is gone, or is a zombie that nobody waits for.
func ends(pid int) bool {
	for range 100 {
		state, _ := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || strings.HasPrefix(string(state), "Z") {
			return true
		}
		time.Sleep(20 * time.Millisecond)
	}
	return false
}
