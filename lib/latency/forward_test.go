package latency

import (
	"fmt"
	"image"
	"image/jpeg"
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/fulltest"
	"imagelab/lib/tradeoff"
)

// openForward opens Lite0 at a size, fed with a plain photo.
func openForward(t testing.TB, size int) *Forward {
	t.Helper()
	fulltest.Needs(t, "XLA")
	e := enginetest.Open(t)
	photo := filepath.Join(t.TempDir(), "photo.jpg")
	file, err := os.Create(photo)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := jpeg.Encode(file, image.NewGray(image.Rect(0, 0, 300, 300)), nil); err != nil {
		t.Fatal(err)
	}
	f, err := NewForward(t.Context(), e, tradeoff.Network{Backbone: "lite0", Size: size, Classes: 10}, photo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

func TestStages(t *testing.T) {
	f := openForward(t, 32)
	if err := f.Run(2); err != nil {
		t.Error(err)
	}
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	stages, err := f.Stages(2)
	if err != nil {
		t.Fatal(err)
	}
	sum := int64(0)
	for i, s := range stages {
		defer s.Close()
		if s.Name != spec.Stages()[i] || s.Batch != 2 {
			t.Errorf("stage %d is %s with batch %d", i, s.Name, s.Batch)
		}
		if err := s.Run(); err != nil {
			t.Error(err)
		}
		sum += s.MultiplyAdds
	}
	if want := MultiplyAdds(spec, 32, 10) - 10*int64(spec.Features); sum != want {
		t.Errorf("the stages take %d multiply-adds, the network without its classifier %d", sum, want)
	}
}

func BenchmarkForward(b *testing.B) {
	f := openForward(b, 224)
	for _, batch := range []int{1, 2, 8, 32} {
		b.Run(fmt.Sprintf("batch %d", batch), func(b *testing.B) {
			if err := f.Run(batch); err != nil { // compiles
				b.Fatal(err)
			}
			for b.Loop() {
				if err := f.Run(batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N*batch)/b.Elapsed().Seconds(), "images/s")
		})
	}
}
