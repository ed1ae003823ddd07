//go:build unix

package export

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// fake is an interpreter that does what a line of shell says.
func fake(t *testing.T, shell string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+shell+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFindRuntime: what is no runtime says what to do, and whether the file is to be written
// without a check.
func TestFindRuntime(t *testing.T) {
	for _, tt := range []struct {
		name, shell, says string
		missing           bool // a RuntimeError
	}{
		{"ready", `echo '{"version":"1.31.1"}'; cat > /dev/null`, "", false},
		{"without the package", `echo '{"missing":"No module named onnxruntime"}'`, "pip install onnxruntime", true},
		{"too old", `echo '{"old":"1.13.1"}'`, "1.15 or newer", true},
		{"no Python", `echo hello`, `"hello\n"`, true},
		{"dies", `echo no room for libraries >&2; exit 127`, "no room for libraries", true},
	} {
		rt, err := FindRuntime(t.Context(), fake(t, tt.shell))
		var missing *RuntimeError
		if tt.says == "" && (err != nil || rt.Version != "1.31.1") || err != nil &&
			!strings.Contains(err.Error(), tt.says) || errors.As(err, &missing) != tt.missing {
			t.Errorf("%s: %+v, %v, want %q", tt.name, rt, err, tt.says)
		}
	}
	var missing *RuntimeError
	if _, err := FindRuntime(t.Context(), t.TempDir()); err == nil || errors.As(err, &missing) {
		t.Errorf("a folder that is no environment: %v; it is a slip, and nothing should be written", err)
	}
}

// TestSessionEnds: with its context, and after garbage.
func TestSessionEnds(t *testing.T) {
	for _, tt := range []struct{ name, shell, says string }{
		{"an error of the runtime", `echo '{"version":"1"}'; read a; echo '{"version":"1","error":"bad model"}'; cat > /dev/null`, "bad model"},
		{"too few answers", `echo '{"version":"1"}'; read a; echo '{"probabilities":[]}'; cat > /dev/null`,
			"0 answers for 1 photos"},
		{"it dies", `echo '{"version":"1"}'; read a; echo killed >&2`, "killed"},
	} {
		s, err := Runtime{Python: fake(t, tt.shell)}.open(t.Context(), "model.onnx")
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.run(t.Context(), 1, 1, 1, []byte{1, 2, 3}); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := FindRuntime(ctx, fake(t, "sleep 60")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a runtime that hangs: %v", err)
	}
}

func TestCheckTarget(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"photo.onnx": "a photo", "old.onnx": "\x08\x08\x12\x08imagelab",
		"old.safetensors": "\x40\x01\x00\x00\x00\x00\x00\x00{\"__metadata__\":{\"producer\":\"imagelab\"}}", "empty.onnx": "",
		"export.sh": "#!/bin/sh\nimagelab export runs/a --onnx $1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ name, path, says string }{
		{"new", "new.onnx", ""},
		{"an earlier export", "old.onnx", ""},
		{"an empty file, as mktemp makes", "empty.onnx", ""},
		{"earlier safetensors", "old.safetensors", ""},
		{"another file", "photo.onnx", "not overwritten"},
		{"a script that calls imagelab", "export.sh", "not overwritten"},
		{"a folder", ".", "name a file"},
		{"no such folder", "no/new.onnx", "there is no folder"},
	} {
		err := CheckTarget(filepath.Join(dir, tt.path))
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.says)
		}
	}
	if got := Unchecked("a/model.onnx"); got != "a/model.unchecked.onnx" {
		t.Errorf("Unchecked: %s", got)
	}
}

// TestRuntimeImportsNothingOfOthers: everybody can write a module into the folder of temporary
// files, where the process runs.
func TestRuntimeImportsNothingOfOthers(t *testing.T) {
	dir := t.TempDir()
	ran := filepath.Join(dir, "ran")
	if err := os.WriteFile(filepath.Join(dir, "json.py"), fmt.Appendf(nil, "open(%q, 'w')\n", ran), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	s, err := start(t.Context(), "python3")
	switch {
	case err == nil:
		s.Close()
	case !strings.Contains(err.Error(), "ONNX Runtime"):
		t.Error(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("json.py of the folder of temporary files was run")
	}
}
