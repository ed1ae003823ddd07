//go:build unix

package review

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
)

// fillDisk decides until the disk is full, which a limit on the size of files stands for, and then
// once more in few bytes.
func fillDisk(dir string) {
	signal.Ignore(syscall.SIGXFSZ) // the write fails instead
	log := Open(dir, "set")
	d := label(hash("1"), "a", "b")
	d.Why = strings.Repeat("why ", 500)
	for {
		if _, err := log.Append(context.Background(), d, d, d); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("decided")
	}
}

// TestFullDisk: what does not fit is refused whole, and what was acknowledged stays.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("sh", "-c", `ulimit -f 64 && exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), "REVIEW_FULL="+dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	acknowledged := bytes.Count(out, []byte("decided\n"))
	if acknowledged == 0 || !bytes.Contains(out, []byte("is the disk full")) {
		t.Fatalf("%s", out)
	}
	log := Open(dir, "set")
	if p := all(t, log); len(p.Decisions) != 3*acknowledged || len(p.Aside) > 0 {
		t.Errorf("%d batches of 3 were acknowledged, there are %d decisions; aside %v", acknowledged,
			len(p.Decisions), p.Aside)
	}
	add(t, log, label(hash("2"), "a", "b")) // there is room again
	if p := all(t, log); len(p.Decisions) != 3*acknowledged+1 || len(p.Aside) > 0 {
		t.Errorf("after that: %d decisions, aside %v", len(p.Decisions), p.Aside)
	}
}
