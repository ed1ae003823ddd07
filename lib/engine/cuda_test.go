package engine

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"golang.org/x/sync/errgroup"

	"imagelab/lib/fulltest"
)

func TestAskForCUDA(t *testing.T) {
	cache := t.TempDir()
	for _, c := range []struct {
		name, reason, own string
		want, not         string // parts of XLA_FLAGS
	}{
		{"none", "the usual case", "", autotuneLevel + " " + autotuneCache + cache, ""},
		{"others", "a person's flags come last, and win", "--xla_dump_to=/tmp/d", autotuneLevel, ""},
		{"level", "who chose a level is heard", "--xla_gpu_autotune_level=4", autotuneCache, autotuneLevel},
		{"folder", "who keeps the choices elsewhere is heard", autotuneCache + "/x", autotuneLevel, autotuneCache + cache},
		{"file", "or in one file", "--xla_gpu_load_autotune_results_from=/x", autotuneLevel, autotuneCache},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("IMAGELAB_CACHE", cache)
			t.Setenv(flagsVar, c.own)
			notice, err := askForCUDA("/p/plugin.so")
			got := os.Getenv(flagsVar)
			if err != nil || notice != "" || !strings.Contains(got, c.want) || !strings.HasSuffix(got, c.own) ||
				c.not != "" && strings.Contains(got, c.not) {
				t.Errorf("got %q, %q, %v: %s", got, notice, err, c.reason)
			}
			if _, err := askForCUDA("/p/plugin.so"); err != nil || os.Getenv(flagsVar) != got {
				t.Errorf("a second engine adds flags again: %q", os.Getenv(flagsVar))
			}
		})
	}
}

// TestAutotuneFolderThatCannotBe: XLA computes without it, and a person is told.
func TestAutotuneFolderThatCannotBe(t *testing.T) {
	file := touch(t, filepath.Join(t.TempDir(), "file"))
	for name, cache := range map[string]string{"a file": file, "below a file": filepath.Join(file, "x"),
		"a space": filepath.Join(t.TempDir(), "a b")} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("IMAGELAB_CACHE", cache)
			t.Setenv(flagsVar, "")
			notice, err := askForCUDA("/p/plugin.so")
			if err != nil || !strings.Contains(notice, "not kept") || os.Getenv(flagsVar) != autotuneLevel {
				t.Errorf("got %q, %v, flags %q", notice, err, os.Getenv(flagsVar))
			}
		})
	}
}

// TestPoisonedAutotuneCache: what XLA cannot have written whole is made anew; the rest stays, and
// so does what other people put there.
func TestPoisonedAutotuneCache(t *testing.T) {
	const good = "version: 3\nresults {\n  device: \"H200\"\n  hlo: \"(f32[1]{0}) custom-call\"\n  result {\n    " +
		"gemm { algorithm: 3 }\n  }\n}\n"
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	dir, err := autotuneFolder("/p/plugin.so")
	if err != nil {
		t.Fatal(err)
	}
	other, err := autotuneFolder("/p/other.so")
	if err != nil || other == dir {
		t.Fatalf("two plugins share %s: %v", other, err)
	}
	files := map[string]struct {
		content string
		stays   bool
	}{
		"good.textproto": {good, true}, "empty.textproto": {"", false}, "cut.textproto": {good[:60], false},
		"binary.textproto": {"\x00\xff\x08results {", false}, "page.textproto": {"<html>404</html>", false},
		"closed twice.textproto": {"a: 1\n}\n", false}, "open quote.textproto": {"a: \"1\n", false},
		"quoted brace.textproto": {"a: \"{\\\"\"\n[type.x/Y] { b: 1 }", true},
		"huge.textproto":         {strings.Repeat("a: 1\n", mostAutotune), false}, "tmp_1.part": {"", true},
	}
	for name, f := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(f.content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	outside := touch(t, filepath.Join(t.TempDir(), "photo.jpg"))
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if _, err := autotuneFolder("/p/plugin.so"); err != nil {
		t.Fatal(err)
	}
	for name, f := range files {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != f.stays {
			t.Errorf("%s: stays is %t, want %t", name, err == nil, f.stays)
		}
	}
	if _, err := os.Stat(outside); err != nil {
		t.Errorf("a file elsewhere was removed through a link: %v", err)
	}
}

// TestAutotuneFolderOfSeveral: processes that start at the same time, one for each GPU, all keep
// their choices there, and none is disturbed by what another one removes.
func TestAutotuneFolderOfSeveral(t *testing.T) {
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	dir, err := autotuneFolder("/p/plugin.so")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		touch(t, filepath.Join(dir, fmt.Sprintf("%d.textproto", i)))
	}
	var group errgroup.Group
	for range 8 {
		group.Go(func() error {
			_, err := autotuneFolder("/p/plugin.so")
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// TestXLAKnowsTheFlags: XLA ends a process whose flags it does not know. The plugins for the CPU
// and for GPUs know the same ones.
func TestXLAKnowsTheFlags(t *testing.T) {
	fulltest.Needs(t, "XLA")
	const child = "IMAGELAB_TEST_FLAGS"
	if os.Getenv(child) != "" {
		e, err := Open(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Close()
		if got := product(t, e); got[0][1] != 3 {
			t.Fatalf("%s computes %v", e.Name, got)
		}
		return
	}
	t.Setenv(flagsVar, "")
	if _, err := askForCUDA("/p/plugin.so"); err != nil {
		t.Fatal(err)
	}
	flags := os.Getenv(flagsVar)
	for _, c := range []struct {
		flags string
		fine  bool
	}{{flags, true}, {flags + " --xla_gpu_no_such_flag=1", false}} {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
		cmd.Env = append(os.Environ(), child+"=1", flagsVar+"="+c.flags, compute.ConfigEnvVar+"=xla:cpu")
		if out, err := cmd.CombinedOutput(); (err == nil) != c.fine {
			t.Errorf("with %s: %v\n%s", c.flags, err, out)
		}
	}
}

// TestFolderOfCUDA: XLA is told where NVIDIA's compiler lies, unless a person says it.
func TestFolderOfCUDA(t *testing.T) {
	for _, c := range []struct {
		name, reason, parent, own string
		nvidia, want              bool
	}{
		{"beside", "where the pinned plugin has it", "a", "", true, true},
		{"none", "a system's CUDA", "a", "", false, false},
		{"named", "who names it is heard", "a", cudaData + "/cuda", true, false},
		{"space", "XLA_FLAGS cannot hold it", "a b", "", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), c.parent)
			if c.nvidia {
				if err := os.MkdirAll(filepath.Join(dir, "nvidia"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv("IMAGELAB_CACHE", t.TempDir())
			t.Setenv(flagsVar, c.own)
			if _, err := askForCUDA(filepath.Join(dir, "plugins", "plugin.so")); err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(os.Getenv(flagsVar), cudaData+filepath.Join(dir, "nvidia")); got != c.want {
				t.Errorf("flags %q: %s", os.Getenv(flagsVar), c.reason)
			}
		})
	}
}
