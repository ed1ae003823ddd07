//go:build linux

package target

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"imagelab/lib/child"
)

// Disturbance is what happens to a command while it runs.
type Disturbance struct {
	After time.Duration // SIGKILL so long after the start; 0: none
	Step  int           // SIGKILL after so many steps of writing files, see lib/internal/atomicfile; 0: none
	Log   string        // file for the steps; "": none
	Shell string        // a shell script that ends with `"$@"`, which is the command; "": the command itself
	Spare bool          // the script needs namespaces of its own, for mounts
	Env   []string
	Limit time.Duration // it is killed after so long, and has hung; 0: 60 s
}

// Outcome is how a command ended.
type Outcome struct {
	Command string // to be typed again, without limits
	Code    int    // exit code; -1: a signal ended it
	Killed  bool   // by us, as was meant
	Hung    bool   // it had to be ended
	Stdout  string
	Stderr  string
	Wall    time.Duration
	Took    time.Duration // Wall, or the processor's time where that is less: the machine may be busy
	Peak    int64         // of resident memory, bytes
}

// hang is how long a command may take.
const hang = 60 * time.Second

// Run runs imagelab with args in a process group of its own, which is gone when it returns.
func (t *Target) Run(ctx context.Context, d Disturbance, args ...string) Outcome {
	cmd := t.command(d, args)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	o := Outcome{Command: t.Text(args), Code: -1}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		o.Stderr = err.Error()
		return o
	}
	end := func() { child.Kill(cmd) }
	stopped := context.AfterFunc(ctx, end)
	defer stopped()
	limit := d.Limit
	if limit == 0 {
		limit = hang
	}
	hung := time.AfterFunc(limit, end)
	if d.After > 0 {
		defer time.AfterFunc(d.After, end).Stop()
	}
	peak := watch(cmd.Process.Pid)
	_ = cmd.Wait() // its outcome is in ProcessState
	o.Peak = peak()
	o.Hung = !hung.Stop()
	end()
	o.fill(cmd.ProcessState, time.Since(began))
	o.Killed = o.Code < 0 && !o.Hung && (d.After > 0 || d.Step > 0)
	o.Stdout, o.Stderr = stdout.String(), stderr.String()
	return o
}

func (o *Outcome) fill(s *os.ProcessState, wall time.Duration) {
	o.Code = s.ExitCode()
	o.Wall, o.Took = wall, min(wall, s.UserTime()+s.SystemTime())
}

// watch looks at the largest resident memory of a process every 5 ms, until the function that it
// returns is called; that one returns it, bytes. What getrusage says includes the memory of this
// program, from which the other one was forked.
func watch(pid int) func() int64 {
	done, last := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		var peak int64
		for {
			select {
			case <-tick.C:
				peak = max(peak, residentPeak(pid))
			case <-done:
				last <- peak
				return
			}
		}
	}()
	return func() int64 { close(done); return <-last }
}

// residentPeak is VmHWM of proc(5), bytes; 0 where the process is gone.
func residentPeak(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), "VmHWM:")
	var kilobytes int64
	_, _ = fmt.Sscan(rest, &kilobytes)
	return kilobytes << 10
}

func (t *Target) command(d Disturbance, args []string) *exec.Cmd {
	cmd := exec.Command(t.Binary, args...)
	if d.Shell != "" {
		cmd = exec.Command("sh", append([]string{"-c", d.Shell, "sh", t.Binary}, args...)...)
	}
	cmd.Dir = t.Root
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(t.Root, "home"), "TMPDIR=" + filepath.Join(t.Root, "home"),
		"IMAGELAB_CACHE=" + t.Cache, "GOMLX_BACKEND=" + t.engine,
		"IMAGELAB_ATTACK_SYNCED=" + d.Log, "IMAGELAB_ATTACK_KILL=" + strconv.Itoa(d.Step),
	}, d.Env...)
	child.Group(cmd, syscall.SIGKILL, 10*time.Second) // a terminal's Ctrl-C is for this program
	if d.Spare {
		cmd.SysProcAttr = Namespaces()
	}
	return cmd
}

// Namespaces let a program mount, for itself alone, and without rights of its own.
func Namespaces() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{
		Setpgid: true, Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}},
	}
}

// Text is a command as a person types it.
func (t *Target) Text(args []string) string {
	return fmt.Sprintf("IMAGELAB_CACHE=%s GOMLX_BACKEND=%s %s %s", t.Cache, t.engine, t.Binary, strings.Join(args, " "))
}

// Dead says how a command died of itself: a signal, a panic, no end, no word about a failure; ""
// where it ended in order.
func (o Outcome) Dead() string {
	for _, sign := range []string{"panic:", "fatal error:", "goroutine 1 ", "SIGSEGV", "SIGBUS"} {
		if strings.Contains(o.Stderr, sign) {
			return "it crashed with " + sign
		}
	}
	switch {
	case o.Hung:
		return "it did not end"
	case o.Code < 0 && !o.Killed:
		return "a signal ended it"
	case o.Code > 0 && strings.TrimSpace(o.Stderr) == "":
		return "it failed without a word"
	}
	return ""
}

// Last is the end of what a command said on standard error.
func (o Outcome) Last() string {
	lines := strings.Split(strings.TrimSpace(o.Stderr), "\n")
	return lines[len(lines)-1]
}
