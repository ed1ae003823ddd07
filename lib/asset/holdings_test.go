package asset

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestHoldings(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("IMAGELAB_CACHE", cache)
	for name, size := range map[string]int{"assets/solar-1.0/data/a.png": 100, "assets/solar-1.0/data/b.png": 20,
		"jupyter/kernel/gonb": 3, "note": 1} {
		path := filepath.Join(cache, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(cache, "jupyter/kernel"), 0o555); err != nil { // as Go leaves its modules
		t.Fatal(err)
	}
	want := []Holding{{"solar-1.0", filepath.Join(cache, "assets/solar-1.0"), 120},
		{"jupyter", filepath.Join(cache, "jupyter"), 3}}
	if got, err := Holdings(); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := Remove(t.Context(), []string{"jupyter", "solar"}, nil); err == nil {
		t.Error("an unknown name is no slip: nothing may be removed")
	}
	if gone, err := Remove(t.Context(), []string{"jupyter"}, nil); err != nil || !slices.Equal(gone, want[1:]) {
		t.Errorf("%v, %v", gone, err)
	}
	if gone, err := Remove(t.Context(), nil, nil); err != nil || !slices.Equal(gone, want[:1]) {
		t.Errorf("%v, %v", gone, err)
	}
	if _, err := os.Stat(filepath.Join(cache, "note")); err != nil {
		t.Errorf("a file that is nobody's is gone: %v", err)
	}
	t.Setenv("IMAGELAB_CACHE", filepath.Join(cache, "none"))
	if got, err := Remove(t.Context(), nil, nil); err != nil || len(got) > 0 {
		t.Errorf("a cache that is not there: %v, %v", got, err)
	}
}
