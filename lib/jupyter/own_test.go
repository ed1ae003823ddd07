//go:build unix

package jupyter_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"imagelab/lib/jupyter"
	"imagelab/lib/jupyter/jupytertest"
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
	k := jupytertest.Prepare(t)
	personal, more, ran := t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "ran")
	for _, dir := range []string{personal, more} {
		for _, name := range []string{"jupyter_config", "jupyter_server_config", "jupyter_lab_config",
			"jupyter_notebook_config"} {
			err := errors.Join(jupyter.WriteIn(dir, name+".py", fmt.Sprintf(openPython, ran)),
				jupyter.WriteIn(dir, name+".json", openJSON), jupyter.WriteIn(filepath.Join(dir, name+".d"), "a.json", openJSON))
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	theme := `{"theme": "JupyterLab Dark"}`
	if err := jupyter.WriteIn(filepath.Join(personal, "lab", "user-settings", "@jupyterlab", "apputils-extension"),
		"themes.jupyterlab-settings", theme); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"JUPYTER_CONFIG_DIR": personal, "JUPYTER_CONFIG_PATH": more,
		"JUPYTER_TOKEN": "guess",
		"JUPYTER_SERVER_ALLOW_UNAUTHENTICATED_ACCESS": "true", "JUPYTER_ALLOW_INSECURE_WRITES": "true"} {
		t.Setenv(name, value)
	}
	address := jupytertest.Serve(t, k, t.TempDir())
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
	if _, err := os.Stat(ran); err == nil {
		t.Error("a configuration file of the person was run")
	}
	if text := jupyter.Get(t, base+"lab/api/settings/@jupyterlab/apputils-extension:themes?token="+
		token); !strings.Contains(text, "JupyterLab Dark") {
		t.Errorf("the person's theme is lost: %.200s", text)
	}
}

// TestServeTwice: a folder that is served already is not served again.
func TestServeTwice(t *testing.T) {
	k := jupytertest.Prepare(t)
	dir := t.TempDir()
	first := jupytertest.Serve(t, k, dir)
	asked := 0
	again := jupyter.Server{Dir: dir, IP: "127.0.0.1", Port: jupytertest.FreePort(t)}
	err := k.Serve(t.Context(), again, func(address string, already bool) {
		if asked++; address != first || !already {
			t.Errorf("got %s (already: %v), want %s, which runs", address, already, first)
		}
	})
	if err != nil || asked != 1 {
		t.Errorf("%v, and %d addresses", err, asked)
	}
	port := strings.TrimPrefix(strings.Split(first, "/lab")[0], "http://127.0.0.1:")
	if err := k.Free(t.Context(), jupyter.Server{IP: "127.0.0.1", Port: jupyter.Number(t, port)}); err == nil ||
		!strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--port") {
		t.Errorf("its port for another folder: %v", err)
	}
}

// TestServeAtOnce: of processes that are started together for one folder one serves, and the others
// give its address.
func TestServeAtOnce(t *testing.T) {
	k, dir := jupytertest.Prepare(t), t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	addresses := make(chan string, 3)
	var all sync.WaitGroup
	for range 3 {
		port := jupytertest.FreePort(t)
		all.Go(func() {
			err := k.Serve(ctx, jupyter.Server{Dir: dir, IP: "127.0.0.1", Port: port},
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
