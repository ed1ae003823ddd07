package reading

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"imagelab/lib/photo"
)

func TestMeasure(t *testing.T) {
	var now time.Time
	var order []string
	task := func(form string, photos, passes int, takes ...time.Duration) Task {
		calls := 0
		return Task{Format: form, Photos: photos, Passes: passes, Read: func([]byte, int) error {
			round := calls / (photos * passes)
			if calls++; calls%(photos*passes) == 1 {
				order = append(order, form)
			}
			now = now.Add(takes[round])
			return nil
		}}
	}
	const ms = time.Millisecond
	tasks := []Task{
		task("a", 3, 2, time.Hour, 4*ms, 2*ms, 9*ms), // the first round is not counted
		task("b", 1, 2, time.Hour, ms, ms, 2*ms),
	}
	costs, err := timer{func() time.Time { return now }, 1}.measure(context.Background(), tasks, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]float64{{4, 2, 9}, {1, 1, 2}} { // n milliseconds a photo are n seconds for 1,000
		got := [3]float64{costs[i].Seconds, costs[i].Low, costs[i].High}
		for k := range got {
			if math.Abs(got[k]-want[k]) > 1e-9 {
				t.Errorf("task %d: median, low and high %v, want %v", i, got, want)
			}
		}
	}
	if got, want := strings.Join(order, ""), "abbaabba"[:8]; got != want {
		t.Errorf("tasks in the order %s, want %s: it has to move on from round to round", got, want)
	}
}

func TestMeasureStops(t *testing.T) {
	damaged := errors.New("damaged")
	var reads atomic.Int64
	bad := Task{Format: Original, Megapixels: 4, Photos: 1000, Passes: 1,
		Read: func([]byte, int) error { reads.Add(1); return damaged }}
	if _, err := Measure(context.Background(), []Task{bad}, 3, nil); !errors.Is(err, damaged) ||
		!strings.Contains(err.Error(), "original files of 4 megapixels") {
		t.Errorf("%v", err)
	}
	if reads.Load() > 100 {
		t.Errorf("%d photos were read after the first error", reads.Load())
	}
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, err := Measure(ctx, []Task{bad}, 3, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// sources writes n photos of gradients.
func sources(t *testing.T, n int) []string {
	t.Helper()
	var paths []string
	for i := range n {
		img := image.NewNRGBA(image.Rect(0, 0, 60, 40))
		for y := range 40 {
			for x := range 60 {
				img.SetNRGBA(x, y, color.NRGBA{uint8(4 * x), uint8(6 * y), uint8(50 * i), 255})
			}
		}
		path := filepath.Join(t.TempDir(), fmt.Sprintf("%d.jpg", i))
		if err := writeJPEG(path, img, 95); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	return paths
}

func TestPrepare(t *testing.T) {
	ctx, dir, from := context.Background(), t.TempDir(), sources(t, 3)
	sizes := []Size{{400, 300}, {640, 480}}
	tasks, done, err := Prepare(ctx, dir, from, sizes, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	var forms []string
	for _, task := range tasks {
		forms = append(forms, task.Format)
		if task.Photos != 2 {
			t.Errorf("%s: %d photos", task.Format, task.Photos)
		}
	}
	want := []string{Original, Original, Downsized, Downsized, Small, Small, Packed, Packed}
	if !slices.Equal(forms, want) {
		t.Fatalf("tasks %q", forms)
	}
	original, packed := make([]byte, Input*Input*3), make([]byte, Input*Input*3)
	if err := errors.Join(tasks[1].Read(original, 1), tasks[7].Read(packed, 1)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(original, packed) || tasks[1].Megapixels != 0.3072 {
		t.Error("packed pixels are not those of the file")
	}
	small := make([]byte, Input*Input*3)
	if err := tasks[5].Read(small, 1); err != nil {
		t.Fatal(err)
	}
	if d := difference(original, small); d > 4 {
		t.Errorf("the small file differs by %.1f of 255 from the photo", d)
	}
	before, err := os.Stat(filepath.Join(dir, "640x480", "originals", "001.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	_, again, err := Prepare(ctx, dir, from, sizes, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	again()
	if after, err := os.Stat(filepath.Join(dir, "640x480", "originals", "001.jpg")); err != nil ||
		after.ModTime() != before.ModTime() {
		t.Errorf("a photo was made twice (%v)", err)
	}
	if _, _, err := Prepare(ctx, dir, from, sizes, 4, nil); err == nil {
		t.Error("four photos of three sources")
	}
}

// difference is the mean absolute one.
func difference(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		sum += math.Abs(float64(a[i]) - float64(b[i]))
	}
	return sum / float64(len(a))
}

func TestPhotosAreAsNoisyAsRealOnes(t *testing.T) {
	b := batch{size: Size{1152, 864}}
	dir := t.TempDir()
	if err := b.make(sources(t, 1)[0], 1, filepath.Join(dir, "a.jpg"), filepath.Join(dir, "b.jpg")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "a.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	// Phones write 12 megapixels in 3 to 4.5 MB; without the noise it would be a tenth of that.
	if perPixel := float64(info.Size()) / (1152 * 864); perPixel < 0.2 || perPixel > 0.4 {
		t.Errorf("%.2f bytes a pixel", perPixel)
	}
	if img, _, err := photo.Decode(filepath.Join(dir, "b.jpg")); err != nil || img.Rect != image.Rect(0, 0, 400, 300) {
		t.Errorf("small copy: %v, %v", img.Rect, err)
	}
}
