//go:build unix

package jupyter

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
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
	paths := strings.Fields(string(out))
	if !slices.Contains(paths, config) {
		t.Fatalf("configuration is not read from %s: %s", config, out)
	}
	for _, path := range paths {
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
