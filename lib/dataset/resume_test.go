package dataset

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagelab/lib/photo/phototest"
)

func TestIngestRefusesTargets(t *testing.T) {
	src := t.TempDir()
	phototest.Put(t, src, "cat/a.png", numbered(t, 1))
	full, file := t.TempDir(), phototest.Put(t, t.TempDir(), "file", []byte("x"))
	phototest.Put(t, full, "thesis.txt", []byte("x"))
	other := t.TempDir()
	phototest.Put(t, other, "cat/a.png", numbered(t, 2))
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(src, link); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, reason, dir, want string }{
		{"inside", "the photos must stay as they are", filepath.Join(src, "cat", "new"), "inside the photo folder"},
		{"itself", "the same", src, "inside the photo folder"},
		{"inside by a link", "the same by another name", filepath.Join(link, "out"), "inside the photo folder"},
		{"not empty", "someone's files", full, "holds other files"},
		{"another dataset", "it would be lost", ingest(t, other).Dir, "is a dataset of the photos in"},
		{"a file", "cannot be a folder", file, "cannot be a dataset folder"},
		{"below a file", "cannot be made", filepath.Join(file, "x"), "folder"},
		{"read-only", "no folder can be made there, even by root", "/proc/imagelab", "read-only"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Ingest(t.Context(), src, tt.dir, DefaultIngest(), nil)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := Ingest(t.Context(), filepath.Join(src, "none"), t.TempDir(), DefaultIngest(), nil); err == nil {
		t.Error("a missing photo folder gave no error")
	}
	if _, err := Ingest(t.Context(), t.TempDir(), t.TempDir(), DefaultIngest(), nil); err == nil ||
		!strings.Contains(err.Error(), "no photos found") {
		t.Errorf("an empty photo folder: error %v", err)
	}
	broken := t.TempDir()
	phototest.Put(t, broken, "cat/a.png", nil)
	if _, err := Ingest(t.Context(), broken, t.TempDir(), DefaultIngest(), nil); err == nil ||
		!strings.Contains(err.Error(), "none of the 1 file") {
		t.Errorf("nothing but broken photos: error %v", err)
	}
}

func TestIngestTargetTroubleIsNotThePhotosFault(t *testing.T) {
	src, dir := t.TempDir(), t.TempDir()
	phototest.Put(t, src, "cat/big.png", phototest.Encode(t, "png", phototest.Noise(100, 100)))
	if _, err := Ingest(t.Context(), src, dir, IngestOptions{}, nil); err != nil {
		t.Fatal(err)
	}
	phototest.Put(t, dir, "downsized", []byte("a file where a folder is wanted"))
	_, err := Ingest(t.Context(), src, dir, IngestOptions{MaxPixels: 100}, nil)
	if err == nil || !strings.Contains(err.Error(), "disk full") {
		t.Errorf("error %v, want one that speaks of the target", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "did not finish") {
		t.Errorf("Load after the failed ingest: %v", err)
	}
}

// TestTemporaryFilesOfKilledProcesses: what was not renamed is not read, and does not get in the
// way.
func TestTemporaryFilesOfKilledProcesses(t *testing.T) {
	src, dir := t.TempDir(), t.TempDir()
	phototest.Put(t, src, "cat/a.png", numbered(t, 1))
	phototest.Put(t, dir, ".part-imagelab-123", []byte(`{"root":"/elsewhere","ima`))
	for range 2 {
		s, err := Ingest(t.Context(), src, dir, DefaultIngest(), nil)
		if err != nil {
			t.Fatal(err)
		}
		phototest.Put(t, dir, ".part-imagelab-456", []byte(`{"path":"half`))
		if loaded, err := Load(dir); err != nil || brief(loaded.Images) != brief(s.Images) {
			t.Errorf("%+v, %v", loaded, err)
		}
	}
}

func TestIngestContinuesAfterStop(t *testing.T) {
	src, dir := t.TempDir(), filepath.Join(t.TempDir(), "set")
	for i := range 40 {
		phototest.Put(t, src, fmt.Sprintf("cat/%02d.png", i), numbered(t, i))
	}
	ctx, cancel := context.WithCancel(t.Context())
	_, err := Ingest(ctx, src, dir, DefaultIngest(), func(_ string, done, _ int64) {
		if done == 10 {
			cancel()
		}
	})
	if err == nil || ctx.Err() == nil {
		t.Fatalf("error %v", err)
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "did not finish") {
		t.Errorf("Load of a stopped ingest: %v", err)
	}
	checkContinues(t, src, dir, 10)
}

// checkContinues ends a stopped ingest, after tearing the last line of its cache, and compares it
// with one in one go. At least known photos, less the torn one, must come from the cache.
func checkContinues(t *testing.T, src, dir string, known int) {
	t.Helper()
	file := filepath.Join(dir, cacheFile)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(data, []byte("\n"))
	if lines < known {
		t.Fatalf("the cache has %d lines, want %d", lines, known)
	}
	if err := os.WriteFile(file, data[:len(data)-30], 0o644); err != nil {
		t.Fatal(err)
	}
	clean := ingest(t, src)
	s, err := Ingest(t.Context(), src, dir, DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Digest() != clean.Digest() || brief(s.Images) != brief(clean.Images) {
		t.Error("the continued ingest gave another set than one in one go")
	}
	after, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	reused := len(s.Images) - (bytes.Count(after, []byte("\n")) - lines)
	if reused < known-1 {
		t.Errorf("%d photos came from the cache, want at least %d", reused, known-1)
	}
	if _, err := Load(dir); err != nil {
		t.Error(err)
	}
}

// TestIngestContinuesAfterKill kills a process of its own in the middle of an ingest.
func TestIngestContinuesAfterKill(t *testing.T) {
	if src := os.Getenv("IMGSET_TEST_SRC"); src != "" {
		Ingest(t.Context(), src, os.Getenv("IMGSET_TEST_DIR"), DefaultIngest(),
			func(_ string, done, _ int64) {
				if done >= 40 {
					select {} // until it is killed
				}
			})
		return
	}
	src, dir := t.TempDir(), filepath.Join(t.TempDir(), "set")
	for i := range 400 {
		phototest.Put(t, src, fmt.Sprintf("cat/%03d.png", i), numbered(t, i))
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestIngestContinuesAfterKill$")
	cmd.Env = append(os.Environ(), "IMGSET_TEST_SRC="+src, "IMGSET_TEST_DIR="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		data, _ := os.ReadFile(filepath.Join(dir, cacheFile))
		if bytes.Count(data, []byte("\n")) > 20 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the other process wrote no 20 lines in a minute")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "did not finish") {
		t.Errorf("Load after the kill: %v", err)
	}
	checkContinues(t, src, dir, 20)
}
