package engine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/gomlx/compute"
)

func TestMachine(t *testing.T) {
	before := PeakMemory()
	grown := make([]byte, 64<<20)
	for i := 0; i < len(grown); i += 4096 {
		grown[i] = 1
	}
	if after := PeakMemory(); before <= 0 || after < before || after < 64<<20 || grown[4096] != 1 {
		t.Errorf("peak memory went from %d to %d", before, after)
	}
	if total, free := Memory(), AvailableMemory(); total <= 0 || free <= 0 {
		t.Errorf("memory %d, available %d", total, free)
	}
	if CPUModel() == "" || Cores() < 1 {
		t.Errorf("CPU %q, %d cores", CPUModel(), Cores())
	}
}

// TestMemoryOfAContainer: what its limit leaves counts, without what the kernel drops first.
func TestMemoryOfAContainer(t *testing.T) {
	for _, c := range []struct {
		reason, max, current, stat string
		want                       int64
	}{
		{"no limit", "max\n", "500\n", "", 0},
		{"no container", "", "", "", 0},
		{"a limit", "1000\n", "400\n", "anon 300\nfile 100\n", 600},
		{"files that were read once", "1000\n", "900\n", "anon 200\ninactive_file 600\n", 700},
		{"nothing is left", "1000\n", "1200\n", "", 1},
	} {
		dir := t.TempDir()
		for name, text := range map[string]string{"memory.max": c.max, "memory.current": c.current, "memory.stat": c.stat} {
			if text == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := leftIn(dir); got != c.want {
			t.Errorf("%s: %d bytes are left, want %d", c.reason, got, c.want)
		}
	}
}

func TestKilobytes(t *testing.T) {
	for _, c := range []struct {
		name, reason, in string
		want             int64
	}{
		{"usual", "as the kernel writes it", "24684092 kB", 24684092 << 10},
		{"empty", "no such line", "", 0},
		{"garbage", "unknown is 0", "lots", 0},
		{"negative", "no memory is negative", "-1 kB", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := kilobytes(c.in); got != c.want {
				t.Errorf("got %d, want %d: %s", got, c.want, c.reason)
			}
		})
	}
}

func TestDescribe(t *testing.T) {
	t.Setenv(compute.ConfigEnvVar, "go")
	cache := t.TempDir()
	t.Setenv("IMAGELAB_CACHE", cache)
	t.Setenv("PATH", t.TempDir())
	d, err := Describe(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if d.Engine != Go || d.Cache != cache || d.Disk.BytesPerSecond <= 0 || d.Disk.Problem != "" {
		t.Errorf("got %+v", d)
	}
	var missing []string
	for _, m := range d.Missing {
		missing = append(missing, m.Name)
		if m.Get == "" || m.Needed == "" {
			t.Errorf("%s: no word on how to get it", m.Name)
		}
	}
	if !slices.Equal(missing, []string{"pip", "npm", "C compiler", "efficientnet_lite0"}) {
		t.Errorf("missing are %q on an empty PATH and without a cache", missing)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("the disk's probe was left behind: %v", left)
	}
}

// TestMissingPlugin: doctor names the plugin unless another engine is asked for.
func TestMissingPlugin(t *testing.T) {
	if !hasXLA || runtime.GOOS+"/"+runtime.GOARCH != pluginPlatform {
		t.Skip("this program opens no pinned plugin")
	}
	t.Setenv("IMAGELAB_CACHE", t.TempDir())
	for _, c := range []struct {
		env, reason string
		want        bool
	}{
		{"", "it is the best engine without a GPU", true},
		{XLACPU, "it is the engine that is asked for", true},
		{Go, "it would not be used", false},
		{"xla:/opt/plugin.so", "another plugin is asked for", false},
	} {
		t.Setenv(compute.ConfigEnvVar, c.env)
		got := slices.ContainsFunc(missingAssets(t.Context()), func(m Missing) bool { return m.Name == pluginAsset })
		if got != c.want {
			t.Errorf("%q: listed %v, want %v: %s", c.env, got, c.want, c.reason)
		}
	}
}

func TestNothingMissingIsAnEmptyList(t *testing.T) {
	bin := t.TempDir()
	for _, program := range []string{"python3", "npm", "cc"} {
		if err := os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
	if out, err := json.Marshal(missing(t.Context())); err != nil || string(out) != "[]" {
		t.Errorf("got %s, %v, want an empty list, not null", out, err)
	}
}

func TestMeasureDiskWithoutAFolder(t *testing.T) {
	if d := MeasureDisk(t.Context(), filepath.Join(touch(t, filepath.Join(t.TempDir(), "file")), "x")); d.Problem == "" {
		t.Errorf("got %+v, want the problem", d)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	if d := MeasureDisk(ctx, dir); d.Problem == "" {
		t.Errorf("got %+v, want it stopped", d)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
