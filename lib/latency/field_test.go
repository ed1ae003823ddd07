package latency

import (
	"slices"
	"testing"

	"imagelab/lib/backbone"
	"imagelab/lib/tradeoff"
)

func TestField(t *testing.T) {
	field := Field()
	for _, name := range backbone.Names() {
		spec, err := backbone.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(field, tradeoff.Network{Backbone: name, Size: spec.Size, Random: true}) {
			t.Errorf("%s at %d px is missing", name, spec.Size)
		}
	}
	if want := (tradeoff.Network{Backbone: "resnet50", Size: 500, Random: true}); !slices.Contains(field, want) {
		t.Errorf("the preset %+v is missing", want)
	}
	if o := tradeoff.Default(); len(Briefly(o).Batches) != 1 || len(o.Batches) < 2 {
		t.Error("one batch is enough, and the options stay as they are")
	}
}

// TestTimed says which measurements are made again.
func TestTimed(t *testing.T) {
	a, o := tradeoff.Network{Backbone: "resnet18", Size: 224}, tradeoff.Options{Batches: []int{1, 8}}
	good := tradeoff.Speed{Backbone: "resnet18", Size: 224, Precision: "float32",
		Throughput: []tradeoff.Throughput{{Batch: 1}, {Batch: 2}, {Batch: 8}}}
	for _, c := range []struct {
		name, reason string
		change       func(*tradeoff.Speed)
		want         bool
	}{
		{"whole", "more batches than asked for", func(*tradeoff.Speed) {}, true},
		{"brief", "was of a network that was not trained then", func(s *tradeoff.Speed) { s.Throughput = s.Throughput[:1] },
			false},
		{"busy", "cannot be trusted", func(s *tradeoff.Speed) { s.Noise = 0.3 }, false},
		{"failed", "may succeed", func(s *tradeoff.Speed) { s.Error = "out of memory" }, false},
		{"another type", "is another speed", func(s *tradeoff.Speed) { s.Precision = "bfloat16" }, false},
		{"another size", "is another speed", func(s *tradeoff.Speed) { s.Size = 300 }, false},
	} {
		s := good
		c.change(&s)
		if got := timed(s, a, o); got != c.want {
			t.Errorf("%s: got %v, want %v: it %s", c.name, got, c.want, c.reason)
		}
	}
}

// TestInt8Bytes: the file that was exported for ten classes had 3.8 MB, a tenth of it graph.
func TestInt8Bytes(t *testing.T) {
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(Int8Bytes(spec, 10)) / 3.8e6; got < 0.88 || got > 1 {
		t.Errorf("got %.3f of the file's size", got)
	}
	small := backbone.Spec{StemWidth: 2, Features: 5,
		Groups: []backbone.Group{{Repeats: 1, Kernel: 3, Stride: 2, Expand: 4, Width: 3}}}
	// Bytes of the kernels, then four for each batch-norm value and the classifier's.
	if got, want := Int8Bytes(small, 10), int64(27*2+2*8+9*8+8*3+3*5+4*(4+16+16+6+10+60)); got != want {
		t.Errorf("got %d bytes, want %d", got, want)
	}
}
