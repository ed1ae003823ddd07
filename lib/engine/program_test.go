package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestProgramsThatCannotBeKept: the engine opens, and a person is told what that costs.
func TestProgramsThatCannotBeKept(t *testing.T) {
	file := touch(t, filepath.Join(t.TempDir(), "file"))
	for _, c := range []struct {
		name, reason, cache, setting, want string
	}{
		{"a file", "the cache folder is none", file, "", "every start compiles anew"},
		{"below a file", "nor can it be made", filepath.Join(file, "x"), "", "every start compiles anew"},
		{"off", "who switched it off knows", file, "off", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("IMAGELAB_CACHE", c.cache)
			t.Setenv(programsVar, c.setting)
			if got := keepPrograms("/p/plugin.so", ""); !strings.Contains(got, c.want) || (got == "") != (c.want == "") {
				t.Errorf("got %q: %s", got, c.reason)
			}
		})
	}
}

// TestPluginIdentity: a program is never taken for one of another plugin, library, driver or flag.
func TestPluginIdentity(t *testing.T) {
	dir := t.TempDir()
	plugin := filepath.Join(dir, "plugins", "plugin.so")
	library := filepath.Join(dir, "nvidia", "cudnn", "lib", "libcudnn.so.9")
	write := func(path, content string) {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(plugin, "plugin")
	write(library, "library")
	seen := map[string]string{}
	for _, c := range []struct {
		name, flags, device string
		change              func()
		again               string // whose identity it is
	}{
		{"first", "--a", "driver 1", func() {}, ""},
		{"flags", "--b", "driver 1", func() {}, ""},
		{"driver", "--a", "driver 2", func() {}, ""},
		{"touched", "--a", "driver 1", func() { write(plugin, "plugin") }, "first"},
		{"library", "--a", "driver 1", func() { write(library, "a longer one") }, ""},
		{"plugin", "--a", "driver 1", func() { write(plugin, "nigulp") }, ""},
	} {
		c.change()
		got, err := pluginIdentity(plugin, c.flags, c.device)
		if err != nil || seen[string(got)] != c.again {
			t.Errorf("%s: is that of %q, want %q: %v", c.name, seen[string(got)], c.again, err)
		}
		if c.again == "" {
			seen[string(got)] = c.name
		}
	}
	if _, err := pluginIdentity(filepath.Join(dir, "absent.so"), "", ""); err == nil {
		t.Error("a plugin that cannot be read has an identity")
	}
}
