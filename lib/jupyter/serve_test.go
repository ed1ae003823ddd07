package jupyter

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
)

// TestServeTwice: a folder that is served already is not served again.
func TestServeTwice(t *testing.T) {
	k := prepare(t)
	dir := t.TempDir()
	first := serve(t, k, dir)
	asked := 0
	err := k.Serve(t.Context(), Server{Dir: dir, IP: "127.0.0.1", Port: freePort(t)}, func(address string, already bool) {
		if asked++; address != first || !already {
			t.Errorf("got %s (already: %v), want %s, which runs", address, already, first)
		}
	})
	if err != nil || asked != 1 {
		t.Errorf("%v, and %d addresses", err, asked)
	}
	port := strings.TrimPrefix(strings.Split(first, "/lab")[0], "http://127.0.0.1:")
	if err := k.free(t.Context(), Server{IP: "127.0.0.1", Port: number(t, port)}); err == nil ||
		!strings.Contains(err.Error(), dir) || !strings.Contains(err.Error(), "--port") {
		t.Errorf("its port for another folder: %v", err)
	}
}

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
