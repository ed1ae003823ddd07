//go:build unix

package jupyter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"imagelab/lib/fulltest"
)

// TestMachineConfiguration: files in /etc are not looked at, as they are not in a person's folders.
func TestMachineConfiguration(t *testing.T) {
	k := prepare(t)
	config := t.TempDir()
	ask := strings.Replace(server, "from jupyterlab.labapp import main",
		"main = lambda: print('\\n'.join(paths.jupyter_config_path()))", 1)
	cmd := exec.Command(k.python, "-c", ask)
	cmd.Env = k.private(config)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, path := range strings.Fields(string(out)) {
		if path != config && !strings.HasPrefix(path, k.cache) {
			t.Errorf("configuration is read from %s", path)
		}
	}
}

// TestMain lets the test binary be a program that serves a folder until it is killed.
func TestMain(m *testing.M) {
	dir := os.Getenv("IMAGELAB_TEST_SERVE")
	if dir == "" {
		os.Exit(m.Run())
	}
	repo, err := Repo(".")
	if err != nil {
		log.Fatal(err)
	}
	k, err := Prepare(context.Background(), repo, nil)
	if err != nil {
		log.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	l.Close()
	s := Server{Dir: dir, IP: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}
	log.Fatal(k.Serve(context.Background(), s, func(address string, _ bool) { fmt.Println("open", address) }))
}

// TestServerEndsWithItsStarter, though that one was killed and could tell nobody.
func TestServerEndsWithItsStarter(t *testing.T) {
	fulltest.Needs(t, "Jupyter")
	k, dir := prepare(t), t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "IMAGELAB_TEST_SERVE="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "open ") {
	}
	r, ok := k.find(t.Context(), func(r running) bool { return r.Root == dir })
	if !ok {
		t.Fatal("it does not serve")
	}
	cmd.Process.Kill()
	cmd.Wait()
	for range 150 {
		if syscall.Kill(r.PID, 0) != nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	syscall.Kill(-r.PID, syscall.SIGKILL)
	t.Error("JupyterLab was there 15 s after its starter was killed")
}

// TestServeAtOnce: of processes that are started together for one folder one serves, and the others
// give its address.
func TestServeAtOnce(t *testing.T) {
	k, dir := prepare(t), t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	addresses := make(chan string, 3)
	var all sync.WaitGroup
	for range 3 {
		port := freePort(t)
		all.Go(func() {
			err := k.Serve(ctx, Server{Dir: dir, IP: "127.0.0.1", Port: port},
				func(address string, _ bool) { addresses <- address })
			if err != nil && !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
	}
	seen := map[string]bool{}
	for range 3 {
		select {
		case address := <-addresses:
			seen[address] = true
		case <-time.After(time.Minute):
			t.Error("no answer in a minute")
		}
	}
	stop()
	all.Wait()
	if len(seen) != 1 {
		t.Errorf("%d servers for one folder: %v", len(seen), seen)
	}
}
