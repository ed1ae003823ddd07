package asset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// partsClient stands in for pip: it brings the wheel of the package that it is asked for, and notes
// its name. It fails at the package FAKE_FAIL.
const partsClient = `#!/bin/sh
PATH=/usr/bin:/bin
[ "$1" = "-c" ] && exit 0
while [ $# -gt 0 ]; do
  case "$1" in --dest) dest=$2;; esac
  spec=$1; shift
done
name=${spec%%==*}
echo "$name" >>"$FAKE_LOG"
[ "$name" = "$FAKE_FAIL" ] && { echo "connection refused" >&2; exit 1; }
cp "$FAKE_DIR/$name"*.whl "$dest/"
`

// partsRef is a linked asset of a plugin and two libraries, the wheels of which the fake pip has.
func partsRef(t *testing.T) (ref Ref, log string) {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "bin", "python3"), partsClient)
	if err := os.Chmod(filepath.Join(dir, "bin", "python3"), 0o755); err != nil {
		t.Fatal(err)
	}
	part := func(pkg, member, file, content string) Ref {
		r := Ref{Name: pkg, Client: "pip", Package: pkg, Version: "2.1", File: pkg + "-2.1.whl", Member: member,
			Layout: LayoutTree, Bytes: 1000}
		archive := filepath.Join(dir, r.File)
		write(t, archive, zipped(t, map[string]string{member + file: content, pkg + "-2.1.dist-info/METADATA": "x"}))
		var err error
		if r.SHA256, err = fileSHA256(archive); err != nil {
			t.Fatal(err)
		}
		return r
	}
	parts := []Ref{part("jaxp", "jax_plugins/xla_cuda13/", pluginFile, "plugin"),
		part("blas", "nvidia/", "cu13/lib/libcublas.so.13", "blas"),
		part("nvcc", "nvidia/", "cu13/bin/ptxas", "#!/bin/sh\n")}
	ref = parts[0]
	ref.Name, ref.Layout, ref.Member, ref.Parts = "xla-cuda", LayoutLinked, "nvidia/pjrt_c_api_cuda_plugin.so", parts
	t.Setenv("PATH", filepath.Join(dir, "bin"))
	t.Setenv("FAKE_DIR", dir)
	t.Setenv("FAKE_LOG", filepath.Join(dir, "log"))
	t.Setenv("FAKE_FAIL", "")
	return ref, filepath.Join(dir, "log")
}

// TestLinkedAsset: what was brought before a stop is not brought again; the plugin and the
// libraries are one folder, also once the cache has moved; a part that is gone is noticed.
func TestLinkedAsset(t *testing.T) {
	ref, log := partsRef(t)
	cache := filepath.Join(t.TempDir(), "cache")
	t.Setenv("FAKE_FAIL", "nvcc")
	if _, err := ref.fetch(t.Context(), cache, "", nil); err == nil ||
		!strings.Contains(err.Error(), "asset.FetchFrom(nvcc, FILE)") {
		t.Fatalf("got %v, want the command that goes on without a network", err)
	}
	if _, ok := ref.cachedIn(cache); ok {
		t.Fatal("an asset that lacks a part is taken for complete")
	}
	t.Setenv("FAKE_FAIL", "")
	plugin, err := ref.fetch(t.Context(), cache, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Fields(read(t, log)); strings.Join(got, " ") != "jaxp blas nvcc nvcc" {
		t.Errorf("downloads %q, want each part once and the failed one again", got)
	}
	moved := cache + "-moved"
	if err := os.Rename(cache, moved); err != nil {
		t.Fatal(err)
	}
	plugin = strings.Replace(plugin, cache, moved, 1)
	nvidia := filepath.Dir(plugin)
	if got := read(t, plugin) + read(t, filepath.Join(nvidia, "cu13/lib/libcublas.so.13")); got != "pluginblas" {
		t.Errorf("the links lead to %q", got)
	}
	if info, err := os.Stat(filepath.Join(nvidia, "cu13/bin/ptxas")); err != nil || info.Mode().Perm()&0o100 == 0 {
		t.Errorf("ptxas cannot be started: %v, %v", info, err)
	}
	if err := ref.check(t.Context(), moved); err != nil {
		t.Errorf("a whole asset is found wrong: %v", err)
	}
	if err := os.RemoveAll(ref.Parts[1].home(moved)); err != nil {
		t.Fatal(err)
	}
	if err := ref.check(t.Context(), moved); err == nil || !strings.Contains(err.Error(), "libcublas") {
		t.Errorf("got %v, want the library that is gone", err)
	}
}

// environment makes a Python environment with the packages of versions, and returns its folder.
func environment(t *testing.T, versions map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	site := filepath.Join(dir, "lib", "python3.12", "site-packages")
	for pkg, version := range versions {
		write(t, filepath.Join(site, pkg+"-"+version+".dist-info", "METADATA"), "x")
	}
	write(t, filepath.Join(site, "jax_plugins", "xla_cuda13", pluginFile), "plugin")
	write(t, filepath.Join(site, "nvidia", "cu13", "lib", "libcublas.so.13"), "blas")
	write(t, filepath.Join(site, "nvidia", "cudnn", "lib", "libcudnn.so.9"), "dnn")
	return dir
}

// TestLinkedFromEnvironment: files of a Python environment stand in for downloads, where their
// versions are right.
func TestLinkedFromEnvironment(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		versions     map[string]string
		want         string // part of the error; "" for none
	}{
		{"as pinned", "nothing is downloaded", map[string]string{"jaxp": "2.1", "blas": "2.1", "nvcc": "2.1"}, ""},
		{"newer library", "libraries of one major version stand in for each other", map[string]string{"jaxp": "2.1",
			"blas": "2.9.1", "nvcc": "2.1"}, ""},
		{"no plugin", "JAX for the CPU", map[string]string{"blas": "2.1", "nvcc": "2.1"}, "jaxp 2.1 is missing"},
		{"other plugin", "an XLA that was not tried", map[string]string{"jaxp": "2.0", "blas": "2.1", "nvcc": "2.1"},
			"jaxp is 2.0, not 2.1"},
		{"other CUDA", "libraries of another CUDA", map[string]string{"jaxp": "2.1", "blas": "1.9", "nvcc": "2.1"},
			"blas is 1.9"},
		{"several", "one error names all", map[string]string{"jaxp": "2.1"},
			"blas 2.1 is missing; nvcc 2.1 is missing; run "},
		{"hostile", "a version is a folder's name", map[string]string{"jaxp": "2.1\x1b[31m", "blas": "2.1",
			"nvcc": "2.1"}, `\x1b`},
	} {
		t.Run(c.name, func(t *testing.T) {
			ref, log := partsRef(t)
			cache, venv := t.TempDir(), environment(t, c.versions)
			plugin, err := ref.fetch(t.Context(), cache, venv, nil)
			if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Fatalf("got %v, want %q: %s", err, c.want, c.reason)
			}
			if isFile(log) {
				t.Errorf("something was downloaded: %s", read(t, log))
			}
			if err == nil {
				dnn := read(t, filepath.Join(filepath.Dir(plugin), "cudnn", "lib", "libcudnn.so.9"))
				if got := read(t, plugin) + dnn; got != "plugindnn" {
					t.Errorf("the links lead to %q", got)
				}
				if err := os.RemoveAll(venv); err != nil {
					t.Fatal(err)
				}
				if _, ok := ref.cachedIn(cache); ok {
					t.Error("an environment that was removed is still used")
				}
			}
		})
	}
}

func TestLinkedFromOther(t *testing.T) {
	ref, _ := partsRef(t)
	file := filepath.Join(t.TempDir(), "jax.whl")
	write(t, file, "x")
	for name, from := range map[string]string{"a file": file, "an empty folder": t.TempDir(),
		"nothing": filepath.Join(t.TempDir(), "no")} {
		if _, err := ref.fetch(t.Context(), t.TempDir(), from, nil); err == nil {
			t.Errorf("%s is taken for a Python environment", name)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	<-ctx.Done()
	if _, err := ref.fetch(ctx, t.TempDir(), "", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a stopped call gives %v", err)
	}
}

func TestCUDALacks(t *testing.T) {
	nvidia := filepath.Join(t.TempDir(), "nvidia")
	plugin := filepath.Join(nvidia, "pjrt_c_api_cuda_plugin.so")
	write(t, plugin, "")
	all := CUDALacks(plugin)
	if len(all) < 9 {
		t.Fatalf("a plugin alone lacks %q only", all)
	}
	for _, name := range all {
		path := filepath.Join(nvidia, "cu13", "lib", strings.Replace(name, "*", "13", 1))
		if strings.HasPrefix(name, "bin/") {
			path = filepath.Join(nvidia, "cu13", name)
		}
		write(t, path, "")
	}
	if got := CUDALacks(plugin); len(got) > 0 {
		t.Errorf("with all libraries there, %q are said to be missing", got)
	}
	dnn := filepath.Join(nvidia, "cu13", "lib", "libcudnn.so.13")
	if err := errors.Join(os.Remove(dnn), os.Symlink("/nowhere/libcudnn.so.9", dnn)); err != nil {
		t.Fatal(err)
	}
	if got := CUDALacks(plugin); len(got) != 1 || got[0] != "libcudnn.so.*" {
		t.Errorf("with a link that leads nowhere, %q are said to be missing", got)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}
