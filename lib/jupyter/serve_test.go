package jupyter

import (
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
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
