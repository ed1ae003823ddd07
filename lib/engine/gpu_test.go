package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"imagelab/lib/fulltest"
)

// Lines as nvidia-smi writes them.
const (
	h200   = "0, NVIDIA H200, 143771, 143270, 580.65.06\n"
	twoOld = "1, Tesla K80, 11441, 11430, 470.199.02\n0, Tesla K80, 11441, 10, 470.199.02\n"
)

func TestParseGPUs(t *testing.T) {
	for _, c := range []struct {
		name, reason, out string
		want              []GPU
		bad               string // part of the error
	}{
		{"one", "as recorded", h200, []GPU{{0, "NVIDIA H200", 143771 << 20, 143270 << 20, "580.65.06"}}, ""},
		{"two", "in the order of their numbers", twoOld, []GPU{{0, "Tesla K80", 11441 << 20, 10 << 20, "470.199.02"},
			{1, "Tesla K80", 11441 << 20, 11430 << 20, "470.199.02"}}, ""},
		{"unknown memory", "MIG and unified memory have none", "0, NVIDIA GB10, [N/A], [Not Supported], 580.95.05",
			[]GPU{{0, "NVIDIA GB10", 0, 0, "580.95.05"}}, ""},
		{"comma in the name", "numbers are counted from both ends", "0, NVIDIA A, B, 10, 5, 580.1",
			[]GPU{{0, "NVIDIA A, B", 10 << 20, 5 << 20, "580.1"}}, ""},
		{"hostile name", "a terminal obeys nothing", "0, \x1b[31mGPU\r\x00, 10, 5, 580.1",
			[]GPU{{0, "[31mGPU", 10 << 20, 5 << 20, "580.1"}}, ""},
		{"hostile driver", "no version", "0, G, 10, 5, $(reboot)", []GPU{{0, "G", 10 << 20, 5 << 20, ""}}, ""},
		{"more free than there is", "cannot be", "0, G, 10, 50, 580", []GPU{{0, "G", 10 << 20, 10 << 20, "580"}}, ""},
		{"negative", "not known", "0, G, -10, -50, 580", []GPU{{0, "G", 0, 0, "580"}}, ""},
		{"huge", "not known", "0, G, 99999999999999999999, 9223372036854775807, 580", []GPU{{0, "G", 0, 0, "580"}}, ""},
		{"nothing", "no GPU", "", nil, ""},
		{"none", "in words", "No devices were found\n", nil, "No devices were found"},
		{"failed", "the driver is gone",
			"NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.", nil, "communicate"},
		{"old program", "a field that it does not know", `Field "memory.free" is not a valid field to query.`, nil,
			"valid field"},
		{"mismatch", "until the next start of the machine",
			"Failed to initialize NVML: Driver/library version mismatch", nil, "mismatch"},
		{"lost", "a GPU that fell off the bus",
			"Unable to determine the device handle for GPU0000:41:00.0: GPU is lost, a, b, c, d", nil, "lost"},
		{"cut short", "half a line", "0, NVIDIA H200, 14377", nil, "H200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseGPUs([]byte(c.out))
			if (err != nil) != (c.bad != "") || err != nil && !strings.Contains(err.Error(), c.bad) {
				t.Fatalf("got error %v, want %q: %s", err, c.bad, c.reason)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %+v, want %+v: %s", got, c.want, c.reason)
			}
		})
	}
}

func FuzzParseGPUs(f *testing.F) {
	for _, line := range []string{h200, twoOld, "0, \"a, b\", 1, 2, 3", "No devices were found"} {
		f.Add([]byte(line))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		gpus, err := parseGPUs(out)
		for _, g := range gpus {
			if err != nil || g.Index < 0 || g.Memory < 0 || g.FreeMemory < 0 || g.FreeMemory > g.Memory {
				t.Errorf("%+v, %v", g, err)
			}
			if line := g.String(); strings.ContainsAny(line, "\n\r\x1b\x00") {
				t.Errorf("%q is not one plain line", line)
			}
		}
	})
}

// fakeSMI puts a program nvidia-smi on an otherwise empty PATH.
func fakeSMI(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "nvidia-smi"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
}

// TestDoctorNamesGPUs: a machine whose driver lists GPUs, without the plugin; the command that
// brings it is said once.
func TestDoctorNamesGPUs(t *testing.T) {
	fulltest.Needs(t, "XLA")
	for _, name := range []string{"PJRT_PLUGIN_LIBRARY_PATH", "HOME"} {
		t.Setenv(name, t.TempDir())
	}
	t.Setenv(compute.ConfigEnvVar, "go")
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	fakeSMI(t, "echo '0, NVIDIA H200, 143771, 143270, 580.65.06'; echo '1, NVIDIA H200, 143771, 10, 580.65.06'")
	d, err := Describe(t.Context(), nil)
	if err != nil || len(d.GPUs) != 2 || d.GPUs[1].Name != "NVIDIA H200" {
		t.Fatalf("got %+v, %v", d, err)
	}
	said := strings.Count(d.Notice, "imagelab fetch xla-cuda")
	for _, m := range d.Missing {
		said += strings.Count(m.Get, "imagelab fetch xla-cuda")
	}
	if said != 1 {
		t.Errorf("the command is said %d times: %q, %+v", said, d.Notice, d.Missing)
	}
}

func TestListGPUs(t *testing.T) {
	for _, c := range []struct{ name, reason, script, bad string }{
		{"fails", "its own words", "echo 'NVIDIA-SMI has failed'; exit 9", "NVIDIA-SMI has failed"},
		{"complains", "on the other stream", "echo 'no driver' >&2; exit 1", "no driver"},
		{"floods", "its output is bounded",
			"i=0; while [ $i -lt 20000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done", "0123456789"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fakeSMI(t, c.script)
			gpus, err := listGPUs(t.Context())
			if err == nil || !strings.Contains(err.Error(), c.bad) || len(gpus) > 0 || len(err.Error()) > 2000 {
				t.Errorf("got %v, %v, want %q: %s", gpus, err, c.bad, c.reason)
			}
		})
	}
	t.Run("hangs", func(t *testing.T) {
		fakeSMI(t, "while :; do :; done")
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if _, err := listGPUs(ctx); err == nil {
			t.Error("a program that hangs gave an answer")
		}
	})
	t.Run("absent", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		if _, err := listGPUs(t.Context()); !errors.Is(err, exec.ErrNotFound) ||
			!strings.Contains(gpuProblem(err), "nvidia-smi was not found") {
			t.Errorf("got %v", err)
		}
	})
}

// TestGPUThatCannotBeUsed: the CPU computes, and the notice says why and what to do.
func TestGPUThatCannotBeUsed(t *testing.T) {
	const cuda = "/lib/nvidia/pjrt_c_api_cuda_plugin.so"
	gpu := func(free int64, driver string) []GPU { return []GPU{{0, "G", 16 << 30, free, driver}} }
	for _, c := range []struct {
		name, reason string
		f            facts
		notice       string // "": the GPU is used
	}{
		{"fine", "nothing against it", facts{gpus: gpu(15<<30, "580.65.06")}, ""},
		{"newer driver", "drivers run older CUDA", facts{gpus: gpu(15<<30, "595.1")}, ""},
		{"driver not known", "it is tried", facts{gpus: gpu(15<<30, "")}, ""},
		{"no list", "nvidia-smi is not everywhere", facts{}, ""},
		{"memory not known", "it is tried", facts{gpus: []GPU{{0, "G", 0, 0, "580.1"}}}, ""},
		{"old driver", "CUDA 13 does not start there", facts{gpus: gpu(15<<30, "535.183.01")},
			"driver 535.183.01 is too old for the plugin's CUDA, which needs 580"},
		{"full", "other programs hold its memory", facts{gpus: gpu(300<<20, "580.1")},
			"0.3 of 16.0 GiB free, and imagelab needs 1 GiB"},
		{"no libraries", "a plugin that was copied alone", facts{lacks: []string{"libcudnn.so.*"},
			gpus: gpu(15<<30, "580.1")}, "(libcudnn.so.*): run: imagelab fetch xla-cuda"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.f
			f.xla, f.platform, f.gpu, f.cuda = true, pluginPlatform, true, cuda
			first := choose(f)[0]
			notice := strings.Join(first.notices, "; ")
			if (first.name == XLACUDA) != (c.notice == "") || !strings.Contains(notice, c.notice) {
				t.Errorf("chose %s, says %q, want %q: %s", first.name, notice, c.notice, c.reason)
			}
			f.env, f.envSet = "xla:cuda", true
			if first := choose(f)[0]; first.name != XLACUDA {
				t.Errorf("who asks for the GPU gets %s", first.name)
			}
		})
	}
}

func TestDriverFor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "nvidia")
	plugin := filepath.Join(dir, "pjrt_c_api_cuda_plugin.so")
	if got := driverFor(plugin); got != 580 {
		t.Errorf("a plugin without a hint needs driver %d, want that of CUDA 13", got)
	}
	if got := driverFor(filepath.Join(dir, "pjrt_c_api_cuda_v12_plugin.so")); got != 525 {
		t.Errorf("CUDA 12 by name needs driver %d", got)
	}
	lib := filepath.Join(dir, "cuda_runtime", "lib")
	if err := os.MkdirAll(lib, 0o755); err != nil {
		t.Fatal(err)
	}
	touch(t, filepath.Join(lib, "libcudart.so.12"))
	if got := driverFor(plugin); got != 525 {
		t.Errorf("CUDA 12 by its libraries needs driver %d", got)
	}
}

// TestVisible: the GPUs that are judged are those which CUDA will use.
func TestVisible(t *testing.T) {
	gpus := []GPU{{Index: 0, Memory: 80, FreeMemory: 1}, {Index: 1, Memory: 80, FreeMemory: 70}}
	for _, c := range []struct {
		name, config, list string
		found              bool
		want               string // indices and free memory
	}{
		{"all", "", "unset", true, "0:1 1:70"},
		{"the second, as Slurm sets it", "", "1", true, "1:70"},
		{"in another order", "", "1,0", true, "1:70 0:1"},
		{"by a name, which nvidia-smi was not asked for", "", "GPU-5a6b", true, "0:0 1:0"},
		{"none", "", "", false, ""},
		{"none, in words", "", "-1", false, ""},
		{"the option", "xla:cuda,visible_devices=1", "unset", true, "1:70"},
		{"the option counts what is visible", "xla:cuda,visible_devices=0", "1,0", true, "1:70"},
		{"an option that nobody understands", "xla:cuda,visible_devices=x", "unset", true, "0:0 1:0"},
	} {
		found, got := visible(true, gpus, c.config, func(string) (string, bool) { return c.list, c.list != "unset" })
		var text []string
		for _, g := range got {
			text = append(text, fmt.Sprintf("%d:%d", g.Index, g.FreeMemory))
		}
		if found != c.found || strings.Join(text, " ") != c.want {
			t.Errorf("%s: %v, %q; want %v, %q", c.name, found, text, c.found, c.want)
		}
	}
}

// TestPluginOfEnv: flags and kept programs are those of the plugin that the variable names.
func TestPluginOfEnv(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "xla:/opt/pjrt_c_api_cuda12_plugin.so,noshared_buffers")
	f := lookAround(t.Context())
	if f.cuda != "/opt/pjrt_c_api_cuda12_plugin.so" || len(f.lacks) == 0 {
		t.Errorf("the plugin is %q, and lacks %v", f.cuda, f.lacks)
	}
	if c := choose(f)[0]; c.cuda != f.cuda || c.config != f.env {
		t.Errorf("%+v", c)
	}
	folder, cached := t.TempDir(), findPlugin(func(string) string { return "" })
	named := findPlugin(func(name string) string { return map[string]string{"PJRT_PLUGIN_LIBRARY_PATH": folder}[name] })
	if named != cached {
		t.Errorf("a named folder without a plugin: %q, want that of no folder: %q", named, cached)
	}
}
