//go:build linux && amd64 && cgo && !noxla

package program_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/go-xla/compute/xla"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/asset"
	"imagelab/lib/child"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/program"
	"imagelab/lib/internal/seal"
)

// childVar holds the folder of programs for a child process of a test, a scale, and the identity.
const childVar = "IMAGELAB_TEST_PROGRAMS"

// TestMain runs what a child of TestKeep is for: a program that is compiled or loaded.
func TestMain(m *testing.M) {
	if folder, rest, ok := strings.Cut(os.Getenv(childVar), ":"); ok {
		scale, identity, _ := strings.Cut(rest, ":")
		fmt.Print(answer(folder, scale, identity))
		return
	}
	os.Exit(m.Run())
}

// answer says what a small graph gives, to the bit.
func answer(folder, scale, identity string) string {
	plugin, ok := asset.Cached("xla-cpu")
	if !ok {
		return "no plugin"
	}
	keepErr := program.Keep(plugin, program.Folder{Dir: folder, Most: 1 << 20},
		func() ([]byte, error) { return []byte(identity), nil })
	backend, err := compute.NewWithConfig("xla:" + plugin)
	if err != nil {
		return err.Error()
	}
	defer backend.Finalize()
	factor := float64(len(scale))
	exec, err := NewExec(backend, func(x *Node) *Node {
		return MulScalar(LogSoftmax(Dot(x, Transpose(x, 0, 1)).Product()), factor)
	})
	if err != nil {
		return err.Error()
	}
	rows := make([][]float32, 16)
	for i := range rows {
		for k := range 16 {
			rows[i] = append(rows[i], float32((i*k)%7)/3)
		}
	}
	y, err := exec.Call1(rows)
	if err != nil {
		return err.Error()
	}
	flat, err := tensors.CopyFlatData[float32](y)
	return fmt.Sprintf("%x %v %v", flat, keepErr, err)
}

// TestKeep is about processes that run one graph after the other: a program is loaded where the
// file is still the one of an earlier process, and gives the same bits.
func TestKeep(t *testing.T) {
	fulltest.Needs(t, "XLA")
	if _, err := asset.Fetch(t.Context(), "xla-cpu", nil); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	run := func(scale, identity string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), childVar+"="+folder+":"+scale+":"+identity, "XLA_FLAGS=--xla_cpu_use_onednn=false")
		var complaint child.Tail
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil || !strings.HasSuffix(string(out), "<nil> <nil>") {
			t.Fatalf("%s: %v: %q", out, err, complaint.Lines())
		}
		return string(out)
	}
	first := run("1", "a")
	files := programs(t, folder)
	if len(files) != 1 {
		t.Fatalf("%d programs of one graph", len(files))
	}
	path := files[0]
	for _, c := range []struct {
		name, reason    string
		scale, identity string
		harm            []byte // in place of the program
		loaded          bool
		programs        int
	}{
		{"again", "the same graph, plugin, flags and device", "1", "a", nil, true, 1},
		{"poisoned", "a damaged file is ignored and made anew", "1", "a", []byte("rubbish"), false, 1},
		{"not XLA's", "a whole file that XLA refuses is made anew, too", "1", "a", seal.Text([]byte("rubbish")), false, 1},
		{"other graph", "it is another program", "22", "a", nil, true, 2},
		{"other flags", "the same graph with other flags is another program", "1", "b", nil, true, 3},
	} {
		if c.harm != nil {
			if err := os.WriteFile(path, c.harm, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		held := filepath.Join(t.TempDir(), "held") // or else a new file may get the number of the old one
		if err := os.Link(path, held); err != nil {
			t.Fatal(err)
		}
		before, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		got := run(c.scale, c.identity)
		if (got == first) != (c.scale == "1") {
			t.Errorf("%s: other numbers: %s", c.name, c.reason)
		}
		after, err := os.Stat(path)
		if err != nil || os.SameFile(before, after) != c.loaded {
			t.Errorf("%s: the file was kept: %v, %v: %s", c.name, !c.loaded, err, c.reason)
		}
		if n := len(programs(t, folder)); n != c.programs {
			t.Errorf("%s: %d programs, want %d: %s", c.name, n, c.programs, c.reason)
		}
	}
}

func programs(t *testing.T, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.program"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}
