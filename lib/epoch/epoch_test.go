package epoch

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

	"imagelab/lib/imgset"
)

func TestMeasure(t *testing.T) {
	var now time.Time
	var order []string
	task := func(form string, photos, passes int, takes ...time.Duration) Task {
		calls := 0
		return Task{Form: form, Photos: photos, Passes: passes, Read: func([]byte, int) error {
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
	costs, err := stopwatch{func() time.Time { return now }, 1}.measure(context.Background(), tasks, 3, nil)
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
	bad := Task{Form: Original, Megapixels: 4, Photos: 1000, Passes: 1, Read: func([]byte, int) error { reads.Add(1); return damaged }}
	if _, err := Measure(context.Background(), []Task{bad}, 3, nil); !errors.Is(err, damaged) || !strings.Contains(err.Error(), "original files of 4 megapixels") {
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
		forms = append(forms, task.Form)
		if task.Photos != 2 {
			t.Errorf("%s: %d photos", task.Form, task.Photos)
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
	if after, err := os.Stat(filepath.Join(dir, "640x480", "originals", "001.jpg")); err != nil || after.ModTime() != before.ModTime() {
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
	if img, _, err := imgset.Decode(filepath.Join(dir, "b.jpg")); err != nil || img.Rect != image.Rect(0, 0, 400, 300) {
		t.Errorf("small copy: %v, %v", img.Rect, err)
	}
}

// report has reading times of a second a megapixel.
func report(floor float64) Report {
	r := Report{Floors: []Floor{{"training", floor}, {"the forward pass", 2 * floor}}}
	for _, form := range Forms() {
		for _, mp := range []float64{0.5, 2, 8} {
			s := mp
			if form == Packed {
				s = 0.02
			}
			r.Costs = append(r.Costs, Cost{Form: form, Megapixels: mp, Seconds: s})
		}
	}
	return r
}

func TestCrossing(t *testing.T) {
	tests := []struct {
		reason string
		form   string
		floor  float64
		want   float64
	}{
		{"on a measured size", Original, 2, 2},
		{"between two of them", Original, 4, 4},
		{"slower at every size", Original, 0.1, 0},
		{"faster at every size", Original, 10, math.Inf(1)},
		{"as fast as the largest is not slower", Original, 8, math.Inf(1)},
		{"packed pixels do not grow with the photo", Packed, 0.5, math.Inf(1)},
	}
	for _, tt := range tests {
		if got := report(1).Crossing(tt.form, Floor{Seconds: tt.floor}); got != tt.want && !(math.Abs(got-tt.want) < 1e-9) {
			t.Errorf("%s: crosses %g s at %g megapixels, want %g", tt.reason, tt.floor, got, tt.want)
		}
	}
}

func TestVerdict(t *testing.T) {
	tests := []struct {
		floor float64
		says  []string
	}{
		{2, []string{"longer than training from 2 megapixels on", "longer than the forward pass from 4 megapixels on", "1.0 % of training", "400 times less", "8 megapixels"}},
		{0.1, []string{"training at every size"}},
		{6, []string{"training from 6 megapixels on", "the forward pass at no size up to 8 megapixels"}},
	}
	for _, tt := range tests {
		got := report(tt.floor).Verdict()
		for _, want := range tt.says {
			if !strings.Contains(got, want) {
				t.Errorf("%q does not say %q", got, want)
			}
		}
	}
}

func TestTable(t *testing.T) {
	lines := strings.Split(strings.TrimRight(report(2).Table(), "\n"), "\n")
	if len(lines) != 1+4+1+2 || len(lines[0]) != len(lines[1]) || !strings.HasSuffix(strings.TrimRight(lines[0], " "), "8 MP") {
		t.Errorf("%s", strings.Join(lines, "\n"))
	}
}
