package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

func TestChoose(t *testing.T) {
	const linux, cuda = "linux/amd64", "/lib/pjrt_c_api_cuda_plugin.so"
	for _, c := range []struct {
		name, reason string
		facts        facts
		want         []string // engines in order
		why          string   // part of the first one's reason
		notice       string   // part of the first one's notices; "" means none
	}{
		{"plain machine", "XLA on the CPU, pure Go behind it", facts{xla: true, platform: linux},
			[]string{XLACPU, Go}, "no NVIDIA GPU", ""},
		{"GPU and plugin", "the GPU is first", facts{xla: true, platform: linux, gpu: true, cuda: cuda},
			[]string{XLACUDA, XLACPU, Go}, cuda, ""},
		{"GPU without plugin", "say how to use it", facts{xla: true, platform: linux, gpu: true},
			[]string{XLACPU, Go}, "next best", "imagelab fetch xla-cuda"},
		{"plugin without GPU", "a plugin alone computes nothing", facts{xla: true, platform: linux, cuda: cuda},
			[]string{XLACPU, Go}, "no NVIDIA GPU", ""},
		{"no XLA", "built without it, on a machine with a GPU", facts{platform: linux, gpu: true, cuda: cuda},
			[]string{Go}, "built without XLA", "C compiler"},
		{"no XLA, how slow", "the person must know", facts{platform: linux},
			[]string{Go}, "built without XLA", "GOEXPERIMENT=simd it would"},
		{"no XLA, vector instructions", "nothing more to be had from the build", facts{platform: linux, simd: true},
			[]string{Go}, "built without XLA", "GOEXPERIMENT=simd as here"},
		{"other platform", "the pinned plugin does not run there", facts{xla: true, platform: "darwin/arm64"},
			[]string{Go}, "no pinned XLA plugin for darwin/arm64", "GOMLX_BACKEND=xla:/path"},
		{"arm with GPU", "the GPU needs no pinned plugin", facts{xla: true, platform: "linux/arm64", gpu: true, cuda: cuda},
			[]string{XLACUDA, Go}, cuda, ""},
		{"env go", "asked for: no silent change, but a word about speed", facts{xla: true, platform: linux,
			envSet: true, env: "go"},
			[]string{Go}, "GOMLX_BACKEND", "about 15 times as long as XLA"},
		{"env cuda", "the variable wins over everything", facts{platform: linux, envSet: true, env: "xla:cuda,tf32=false"},
			[]string{XLACUDA}, "GOMLX_BACKEND", ""},
		{"env cpu", "a way round a GPU that does not work", facts{xla: true, platform: linux, gpu: true, cuda: cuda,
			envSet: true, env: "xla:cpu"},
			[]string{XLACPU}, "GOMLX_BACKEND", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := choose(c.facts)
			var names []string
			for _, candidate := range list {
				names = append(names, candidate.name)
			}
			if !slices.Equal(names, c.want) {
				t.Fatalf("got %q, want %q: %s", names, c.want, c.reason)
			}
			if !strings.Contains(list[0].why, c.why) {
				t.Errorf("the reason %q lacks %q", list[0].why, c.why)
			}
			notices := strings.Join(list[0].notices, "; ")
			if (c.notice == "") != (notices == "") || !strings.Contains(notices, c.notice) {
				t.Errorf("the notice is %q, want %q in it: %s", notices, c.notice, c.reason)
			}
		})
	}
}

// TestConfig: what go-xla is asked to open. "" is the pinned plugin.
func TestConfig(t *testing.T) {
	const cuda = "/home/cpu/.local/lib/go-xla/nvidia/pjrt_c_api_cuda_plugin.so"
	for _, c := range []struct{ name, reason, cuda, env, want string }{
		{"found", "no memory is shared with a GPU, whatever the path says", cuda, "", "xla:" + cuda + ",noshared_buffers"},
		{"by name", "the plugin that was found: go-xla would try others too, and panic at a broken one", cuda,
			"xla:cuda", "xla:" + cuda + ",noshared_buffers"},
		{"with options", "they are kept", cuda, "xla:cuda,preallocate=true,memory_fraction=0.5",
			"xla:" + cuda + ",noshared_buffers,preallocate=true,memory_fraction=0.5"},
		{"not found", "go-xla says what it misses", "", "xla:cuda", "xla:cuda"},
		{"another plugin", "a name that imagelab does not know", cuda, "xla:cuda_v12", "xla:cuda_v12"},
		{"by path", "as it is", cuda, "xla:/a/pjrt_c_api_cuda_plugin.so", "xla:/a/pjrt_c_api_cuda_plugin.so"},
		{"CPU by name", "the pinned one", cuda, "xla:cpu", ""},
		{"CPU with options", "go-xla's business", cuda, "xla:cpu,noshared_buffers", "xla:cpu,noshared_buffers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := facts{xla: true, platform: pluginPlatform, gpu: true, cuda: c.cuda, env: c.env, envSet: c.env != ""}
			if got := choose(f)[0].config; got != c.want {
				t.Errorf("got %q, want %q: %s", got, c.want, c.reason)
			}
		})
	}
}

func TestNameOf(t *testing.T) {
	for _, c := range []struct{ name, reason, config, want string }{
		{"go", "the pure one", "go", Go},
		{"path", "a CPU plugin by path", "xla:/a/pjrt_c_api_cpu_plugin.so", XLACPU},
		{"folder", "only the file's name counts", "xla:/cuda/pjrt_c_api_cpu_plugin.so", XLACPU},
		{"options", "options are no part of the name", "xla:cuda,preallocate=true", XLACUDA},
		{"bare", "go-xla chooses", "xla", "xla"},
		{"other", "keeps its own name", "xla:rocm", "xla:rocm"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := nameOf(c.config); got != c.want {
				t.Errorf("%q is %q, want %q: %s", c.config, got, c.want, c.reason)
			}
		})
	}
}

func TestAskForOneDNN(t *testing.T) {
	for _, c := range []struct{ name, reason, own, want string }{
		{"none", "the usual case", "", oneDNN},
		{"others", "a person's flags stay, and win where both speak of the same", "--xla_dump_to=/tmp/dump",
			oneDNN + " --xla_dump_to=/tmp/dump"},
		{"against it", "who says no is heard", "--xla_cpu_use_onednn=false", "--xla_cpu_use_onednn=false"},
		{"inherited", "a child of a process that asked", oneDNN, oneDNN},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(flagsVar, c.own)
			if err := askForOneDNN(); err != nil {
				t.Fatal(err)
			}
			if got := os.Getenv(flagsVar); got != c.want {
				t.Errorf("got %q, want %q: %s", got, c.want, c.reason)
			}
		})
	}
}

func TestFindCUDAPlugin(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	env := map[string]string{"PJRT_PLUGIN_LIBRARY_PATH": a + "::" + b, "HOME": "/home/x", "LD_LIBRARY_PATH": "/opt/lib"}
	getenv := func(key string) string { return env[key] }
	if got := findCUDAPlugin(pluginFolders(getenv)); got != "" {
		t.Errorf("found %q in empty folders", got)
	}
	touch(t, filepath.Join(a, "pjrt_c_api_cpu_plugin.so"))
	want := touch(t, filepath.Join(b, "pjrt_c_api_cuda_v12_plugin.so"))
	if got := findCUDAPlugin(pluginFolders(getenv)); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	want = touch(t, filepath.Join(a, "pjrt-plugin-cuda.so"))
	if got := findCUDAPlugin(pluginFolders(getenv)); got != want {
		t.Errorf("found %q, want the first folder's %q", got, want)
	}
	delete(env, "PJRT_PLUGIN_LIBRARY_PATH")
	// empty parts stand for the current folder, where anybody may have put a plugin
	env["LD_LIBRARY_PATH"] = ":here:/opt/lib:"
	folders := []string{"/home/x/.local/lib/go-xla", "/home/x/.local/lib/go-xla/nvidia", "/home/x/.local/lib/gomlx/pjrt",
		"/usr/local/lib/go-xla", "/usr/local/lib/go-xla/nvidia", "/usr/local/lib/gomlx/pjrt", "/opt/lib"}
	if got := pluginFolders(getenv); !slices.Equal(got, folders) {
		t.Errorf("got %q, want go-xla's folders in its order, %q", got, folders)
	}
}

func touch(t *testing.T, path string) string {
	t.Helper()
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTry(t *testing.T) {
	bad := errors.New("shapes differ")
	var missing *Engine
	for _, c := range []struct {
		name, reason string
		f            func()
		want         string
	}{
		{"fine", "no panic, no error", func() {}, ""},
		{"error", "as GoMLX panics", func() { panic(bad) }, "engine: shapes differ"},
		{"text", "as others panic", func() { panic("shapes differ") }, "engine: shapes differ"},
		{"bug", "a nil pointer: the stack is wanted", func() { _ = missing.Name }, "engine_test.go"},
		{"nil", "panic(nil) is a panic", func() { panic(any(nil)) }, "nil"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Try(c.f)
			if (err != nil) != (c.want != "") || (err != nil && !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q: %s", err, c.want, c.reason)
			}
			if c.name == "error" && !errors.Is(err, bad) {
				t.Error("the cause is not unwrapped")
			}
		})
	}
}

// product multiplies two 2x2 matrices on an engine.
func product(t *testing.T, e *Engine) [][]float32 {
	t.Helper()
	var got [][]float32
	err := Try(func() {
		exec := graph.MustNewExec(e.Backend, func(a, b *graph.Node) *graph.Node { return graph.MatMul(a, b) })
		defer exec.Finalize()
		out := exec.MustCall(tensors.FromValue([][]float32{{1, 2}, {3, 4}}), tensors.FromValue([][]float32{{1, 1}, {0, 1}}))
		got = out[0].Value().([][]float32)
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestOpenTwice opens this machine's best engine, as every command does, and a second one beside
// it.
func TestOpenTwice(t *testing.T) {
	fulltest.Needs(t, "XLA")
	t.Setenv(compute.ConfigEnvVar, "")
	want := choose(lookAround(t.Context()))[0].name
	for range 2 {
		e, err := Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if e.Name != want || e.Why == "" {
			t.Errorf("opened %s (%s), want %s", e, e.Notice, want)
		}
		if got := product(t, e); got[0][1] != 3 || got[1][1] != 7 {
			t.Errorf("%s computes %v", e.Name, got)
		}
	}
}

func TestOpenAfterClose(t *testing.T) {
	fulltest.Needs(t, "XLA")
	t.Setenv(compute.ConfigEnvVar, "")
	for range 2 {
		e, err := Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		product(t, e)
		e.Close()
		e.Close()
	}
	(*Engine)(nil).Close()
}

func TestOpenWhatTheVariableSays(t *testing.T) {
	for _, c := range []struct{ name, reason, env, want string }{
		{"go", "pure Go is always there", "go", ""},
		{"unknown", "not another engine instead", "tpu9", "GOMLX_BACKEND=tpu9"},
		{"no such name", "a plugin that is in none of go-xla's folders", "xla:cuda_none", "unset GOMLX_BACKEND"},
		{"no plugin", "not another engine instead", "xla:/nowhere/pjrt_c_api_cpu_plugin.so", "unset GOMLX_BACKEND"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(compute.ConfigEnvVar, c.env)
			e, err := Open(t.Context(), nil)
			if err == nil {
				defer e.Close()
			}
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("got %v, want %q: %s", err, c.want, c.reason)
				}
				return
			}
			if err != nil || e.Name != c.env || !strings.Contains(e.Notice, "times as long as XLA") {
				t.Errorf("got %+v, %v: %s", e, err, c.reason)
			}
		})
	}
}

func TestOpenWithoutThePlugin(t *testing.T) {
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	t.Setenv("PATH", t.TempDir()) // no pip
	e, err := open(t.Context(), facts{xla: true, platform: pluginPlatform}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for _, want := range []string{"pip is not installed", "asset.FetchFrom(xla-cpu, FILE)",
		"about 15 times as long as XLA"} {
		if !strings.Contains(e.Notice, want) {
			t.Errorf("the notice lacks %q: %s", want, e.Notice)
		}
	}
	if got := product(t, e); e.Name != Go || got[1][0] != 3 {
		t.Errorf("%s computes %v", e.Name, got)
	}
}

func TestOpenStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	if _, err := open(ctx, facts{xla: true, platform: pluginPlatform}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a wrapped context.Canceled: a stopped program must not fall back to a slow engine", err)
	}
}

// fails is an executable that ends in an error.
type fails struct{ err error }

func (f fails) Call(...any) ([]*tensors.Tensor, error) { return nil, f.err }

// TestMemoryThatDoesNotSuffice: XLA's words, with the bytes that it needs, stay, and what to do
// stands behind them once.
func TestMemoryThatDoesNotSuffice(t *testing.T) {
	for _, c := range []struct {
		name, reason, says string
		full               bool
	}{
		{"allocation", "a step is too large",
			"RESOURCE_EXHAUSTED: Out of memory while trying to allocate 2147483648 bytes.", true},
		{"two processes", "another one holds the memory",
			"INTERNAL: failed to allocate: CUDA_ERROR_OUT_OF_MEMORY: out of memory", true},
		{"another", "a wrong shape needs another remedy", "INVALID_ARGUMENT: shapes differ", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Call(fails{errors.New(c.says)})
			if err == nil || !strings.HasPrefix(err.Error(), c.says) || errors.Is(err, ErrMemory) != c.full {
				t.Errorf("got %v: %s", err, c.reason)
			}
			if _, again := Call(fails{err}); again.Error() != err.Error() {
				t.Errorf("the advice is given twice: %v", again)
			}
		})
	}
}
