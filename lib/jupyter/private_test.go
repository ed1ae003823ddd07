//go:build unix

package jupyter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"imagelab/lib/fulltest"
)

// open is a configuration that lets anyone in, in each of the languages that Jupyter reads.
const (
	openPython = `c.IdentityProvider.token = ''
c.ServerApp.token = ''
c.ServerApp.password = ''
c.PasswordIdentityProvider.hashed_password = ''
c.ServerApp.allow_unauthenticated_access = True
c.ServerApp.disable_check_xsrf = True
c.ServerApp.allow_origin = '*'
c.ServerApp.allow_remote_access = True
c.ServerApp.tornado_settings = {'headers': {'X-Personal': 'yes'}}
open(%q, 'w').close()
`
	openJSON = `{"ServerApp": {"token": "", "disable_check_xsrf": true, "allow_origin": "*", "allow_unauthenticated_access": true,
"tornado_settings": {"headers": {"X-Personal": "yes"}}}, "IdentityProvider": {"token": ""}}`
)

// TestOwnConfiguration: whatever a person's Jupyter is told, by files or by variables, this server
// asks for its own token.
func TestOwnConfiguration(t *testing.T) {
	k := prepare(t)
	personal, more, ran := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "ran")
	for _, dir := range []string{personal, more} {
		for _, name := range []string{"jupyter_config", "jupyter_server_config", "jupyter_lab_config",
			"jupyter_notebook_config"} {
			err := errors.Join(writeIn(dir, name+".py", fmt.Sprintf(openPython, ran)),
				writeIn(dir, name+".json", openJSON), writeIn(filepath.Join(dir, name+".d"), "a.json", openJSON))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	theme := `{"theme": "JupyterLab Dark"}`
	if err := writeIn(filepath.Join(personal, "lab", "user-settings", "@jupyterlab", "apputils-extension"),
		"themes.jupyterlab-settings", theme); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"JUPYTER_CONFIG_DIR": personal, "JUPYTER_CONFIG_PATH": more,
		"JUPYTER_TOKEN": "guess",
		"JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS": "true", "JUPYTER_ALLOW_INSECURE_WRITES": "true"} {
		t.Setenv(name, value)
	}
	address := serve(t, k, t.TempDir())
	base, token, _ := strings.Cut(address, "lab?token=")
	if len(token) < 48 {
		t.Fatalf("the token is %q", token)
	}
	for _, c := range []struct {
		name, reason, method, path, origin string
		want                               int
	}{
		{"no token", "anyone could read", "GET", "api/contents", "", http.StatusForbidden},
		{"the variable's token", "it may be known", "GET", "api/contents?token=guess", "", http.StatusForbidden},
		{"a kernel without a token", "anyone could run programs", "POST", "api/kernels", "", http.StatusForbidden},
		{"a page elsewhere", "it could use a person's cookie", "GET", "api/contents", "http://evil.example",
			http.StatusNotFound},
		{"its own token", "the address that is printed works", "GET", "api/contents?token=" + token, "", http.StatusOK},
	} {
		request, err := http.NewRequestWithContext(t.Context(), c.method, base+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != c.want || response.Header.Get("X-Personal") != "" ||
			response.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: status %d, want %d, and headers %v: %s", c.name, response.StatusCode, c.want,
				response.Header, c.reason)
		}
	}
	if exists(ran) {
		t.Error("a configuration file of the person was run")
	}
	if text := get(t, base+"lab/api/settings/@jupyterlab/apputils-extension:themes?token="+
		token); !strings.Contains(text, "JupyterLab Dark") {
		t.Errorf("the person's theme is lost: %.200s", text)
	}
}

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
