package jupyter

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
)

// What tests with a browser need of a kit. They stand in a package of their own, as what they
// share with tests of other packages uses this one.

func (k *Kit) Python() string { return k.python }

func (k *Kit) Free(ctx context.Context, s Server) error { return k.free(ctx, s) }

func (k *Kit) Environ() []string { return k.environ() }

// Process is the process of the server of a folder.
func (k *Kit) Process(t *testing.T, dir string) int { return k.served(t, dir).PID }

// Connection is the file by which programs reach the kernel of the one notebook that is open in
// dir.
func (k *Kit) Connection(t *testing.T, dir string) string {
	t.Helper()
	r := k.served(t, dir)
	var kernels []struct{ ID string }
	if err := json.Unmarshal([]byte(get(t, r.base()+"api/kernels?token="+r.Token)), &kernels); err != nil ||
		len(kernels) != 1 {
		t.Fatalf("%d kernels, %v", len(kernels), err)
	}
	return filepath.Join(k.runtime(), "kernel-"+kernels[0].ID+".json")
}

func (k *Kit) served(t *testing.T, dir string) running {
	t.Helper()
	r, ok := k.find(t.Context(), func(r running) bool { return r.Root == dir })
	if !ok {
		t.Fatalf("%s is not served", dir)
	}
	return r
}

var (
	Exists  = exists
	Get     = get
	Number  = number
	WriteIn = writeIn
)
