package latency

import (
	"testing"

	"imagelab/lib/backbone"
)

func TestCosts(t *testing.T) {
	// Parameters are those of the published checkpoints with 1000 classes. The multiply-adds
	// published with them, 407, 631 and 899 M at 224, 240 and 260 pixels, also count batch norm and
	// activations, about 5 %.
	for _, c := range []struct {
		name       string
		parameters int64
		millions   float64
	}{
		{"lite0", 4_652_008, 407},
		{"lite1", 5_416_680, 631},
		{"lite2", 6_092_072, 899},
	} {
		spec, err := backbone.Lookup(c.name)
		if err != nil {
			t.Fatal(err)
		}
		if got := Parameters(spec, 1000); got != c.parameters {
			t.Errorf("%s has %d parameters, want %d", c.name, got, c.parameters)
		}
		got := float64(MultiplyAdds(spec, spec.Size, 1000)) / 1e6
		if share := got / c.millions; share < 0.94 || share > 0.96 {
			t.Errorf("%s takes %.1f million multiply-adds, %.3f of the published %g", c.name, got, share, c.millions)
		}
		classifier := int64(spec.Features) * 1000
		if small, large := MultiplyAdds(spec, 64, 1000)-classifier,
			MultiplyAdds(spec, 128, 1000)-classifier; large != 4*small {
			t.Errorf("%s takes %d at 64 and %d at 128 pixels: four times the pixels, four times the work", c.name, small, large)
		}
	}
}

func TestMultiplyAddsByHand(t *testing.T) {
	spec := backbone.Spec{StemWidth: 2, Features: 5,
		Groups: []backbone.Group{{Repeats: 1, Kernel: 3, Stride: 2, Expand: 4, Width: 3}}}
	// Stem on 4x4: 16*27*2. Expansion to 8 there: 16*2*8. Depthwise on 2x2: 4*9*8, projection
	// 4*8*3. Top 4*3*5, classifier 5*10.
	if got, want := MultiplyAdds(spec, 8, 10), int64(16*27*2+16*2*8+4*9*8+4*8*3+4*3*5+5*10); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
	// Kernels and two batch-norm values for each of their channels, then the classifier.
	if got, want := Parameters(spec, 10), int64(27*2+4+2*8+16+9*8+16+8*3+6+3*5+10+60); got != want {
		t.Errorf("got %d parameters, want %d", got, want)
	}
}
