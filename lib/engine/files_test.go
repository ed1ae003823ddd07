package engine

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMeasureFiles(t *testing.T) {
	dir := t.TempDir()
	var paths []string
	for _, name := range []string{"a.jpg", "b.jpg", "empty.jpg"} {
		path := filepath.Join(dir, name)
		data := make([]byte, 100_000)
		if name == "empty.jpg" {
			data = nil
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	m, err := MeasureFiles(context.Background(), paths)
	if err != nil {
		t.Fatal(err)
	}
	if m.Files != 3 || m.Bytes != 200_000 || m.Cold <= 0 || m.Warm <= 0 {
		t.Errorf("%+v, want 3 files, 200,000 bytes and two times", m)
	}
	if _, err := MeasureFiles(context.Background(), append(paths, filepath.Join(dir, "gone.jpg"))); err == nil ||
		!strings.Contains(err.Error(), "gone.jpg") {
		t.Errorf("a missing file gives %v, want an error that names it", err)
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := MeasureFiles(ctx, paths); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped measurement returns %v", err)
	}
}
