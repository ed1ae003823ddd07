package jupyter

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagelab/lib/asset"
)

func TestServeOnTakenPort(t *testing.T) {
	k := &Kit{cache: t.TempDir()}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter,
		r *http.Request) {
		w.Write([]byte(`{"version": "1"}`))
	}))
	defer web.Close()
	for _, c := range []struct{ address, says, reason string }{
		{l.Addr().String(), "another program", "it does not answer as Jupyter does"},
		{web.Listener.Addr().String(), "a Jupyter that imagelab did not start", "/api answers"},
	} {
		_, port, err := net.SplitHostPort(c.address)
		if err != nil {
			t.Fatal(err)
		}
		err = k.Serve(t.Context(), Server{Dir: t.TempDir(), IP: "127.0.0.1", Port: number(t, port)}, nil)
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "--port") {
			t.Errorf("%v does not say %q: %s", err, c.says, c.reason)
		}
	}
	if err := k.Serve(t.Context(), Server{Dir: filepath.Join(t.TempDir(), "missing")}, nil); err == nil {
		t.Error("no error for a missing folder")
	}
}

// TestCheckServe: what cannot be served is said before a minute of preparing.
func TestCheckServe(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("IMAGELAB_CACHE", cache)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	taken := l.Addr().(*net.TCPAddr).Port
	dir := t.TempDir()
	for _, tt := range []struct {
		reason string
		server Server
		says   string
	}{
		{"a free port", Server{Dir: dir, IP: "127.0.0.1"}, ""},
		{"a taken port", Server{Dir: dir, IP: "127.0.0.1", Port: taken}, "is taken by another program"},
		{"an address of documents", Server{Dir: dir, IP: "192.0.2.1"}, "192.0.2.1 is no address of this machine"},
	} {
		err := CheckServe(t.Context(), tt.server)
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.reason, err, tt.says)
		}
	}
	k := &Kit{cache: filepath.Join(cache, asset.JupyterDir)}
	_, turn, err := k.await(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer turn.Close()
	if err := CheckServe(t.Context(), Server{Dir: dir, IP: "127.0.0.1", Port: taken}); err != nil {
		t.Errorf("another process is about to serve the folder: %v", err)
	}
}

// TestServeAsksUntilItAnswers: a server may take seconds to answer. Once it does, it is left alone:
// five questions a second, all session long, would be work for nothing.
func TestServeAsksUntilItAnswers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a script of the shell stands in for JupyterLab")
	}
	var asked atomic.Int32
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	defer web.Close()
	_, port, err := net.SplitHostPort(web.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	k := &Kit{cache: t.TempDir()}
	k.python = filepath.Join(k.cache, "python")
	script := fmt.Sprintf("#!/bin/sh\necho '{\"hostname\": \"127.0.0.1\", \"port\": %s, \"pid\": '$$'}' >'%s'\n"+
		"exec sleep 60\n", port, filepath.Join(k.runtime(), "jpserver-1.json"))
	if err := os.WriteFile(k.python, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	told := 0
	err = k.Serve(ctx, Server{Dir: t.TempDir(), IP: "127.0.0.1"}, func(string, bool) {
		told++
		time.AfterFunc(time.Second, stop)
	})
	if !errors.Is(err, context.Canceled) || told != 1 || asked.Load() != 3 {
		t.Errorf("told %d times, asked %d times where the third was answered, %v", told, asked.Load(), err)
	}
}
