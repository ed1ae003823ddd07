package meter

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test binary be a program that compiles for a minute and asks nobody meanwhile.
func TestMain(m *testing.M) {
	if os.Getenv("METER_BUSY") == "" {
		os.Exit(m.Run())
	}
	bar := New(os.Stderr)
	ctx := bar.Stoppable("lab")
	bar.Report("compiling", 0, 1)
	fmt.Println("started")
	time.Sleep(time.Minute)
	fmt.Println(ctx.Err())
}

// TestStoppable: the first Ctrl-C is answered at once, though nothing can be stopped, and the
// second one ends it.
func TestStoppable(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "METER_BUSY=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		said, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		cmd.Process.Signal(sig)
		line, err := bufio.NewReader(said).ReadString('\n')
		if err != nil || !strings.HasPrefix(line, "lab: stopping, after the step under way (compiling, for ") ||
			!strings.Contains(line, "Ctrl-C again") {
			t.Errorf("%v: it says %q, %v", sig, line, err)
		}
		cmd.Process.Signal(sig)
		cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != sig {
			t.Errorf("%v twice: it ended with %v", sig, cmd.ProcessState)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%v twice took %s", sig, took)
		}
	}
}

// TestUnderWay: between stages there is a step too.
func TestUnderWay(t *testing.T) {
	m := New(&bytes.Buffer{})
	m.Report("downloading solar, bytes", 1, 1)
	if got := m.underWay(); got != "the step under way" {
		t.Errorf("%q", got)
	}
	m.Report("downloading \x1bsolar, bytes", 1, 2)
	if got := m.underWay(); got != `the step under way (downloading \x1bsolar, for 0 s so far)` {
		t.Errorf("%q", got)
	}
}
