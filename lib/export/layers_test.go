package export

import (
	"slices"
	"testing"

	"imagelab/lib/internal/safetensors"
)

// TestLayers: what other families of networks are put together from gives well-formed graphs of the
// operations that their papers name.
func TestLayers(t *testing.T) {
	kernel := func(out, in, k int) safetensors.Tensor { return safetensors.Zeros(out, in, k, k) }
	bias := make([]float32, 8)
	for _, tt := range []struct {
		name string
		make func(g graph) string
		ops  []string
	}{
		{"ResNet's stem", func(g graph) string {
			return g.maxPool("pool", g.convolved("stem", Input, kernel(8, 3, 7), bias, 2, 1, padding{3, 3}, relu), 3,
				2, padding{1, 1}, false)
		}, []string{"Conv", "Relu", "MaxPool"}},
		{"SqueezeNet's pooling", func(g graph) string { return g.maxPool("pool", Input, 3, 2, padding{}, true) },
			[]string{"MaxPool"}},
		{"MobileNetV3's block", func(g graph) string {
			x := g.convolved("expand", Input, kernel(8, 3, 1), bias, 1, 1, padding{}, hardSwish)
			x = g.squeezeExcite("squeeze", x, kernel(2, 8, 1), kernel(8, 2, 1), bias[:2], bias, relu, hardSigmoid)
			return g.add("sum", x, g.conv("project", x, kernel(8, 8, 1), bias, 1, 1, padding{}))
		}, []string{"Conv", "HardSwish", "GlobalAveragePool", "Conv", "Relu", "Conv", "HardSigmoid", "Mul", "Conv", "Add"}},
		{"EfficientNet's block", func(g graph) string {
			x := g.convolved("depthwise", Input, kernel(8, 1, 5), bias, 1, 8, samePadding(14, 5, 2), swish)
			return g.squeezeExcite("squeeze", x, kernel(2, 8, 1), kernel(8, 2, 1), bias[:2], bias, swish, sigmoid)
		}, []string{"Conv", "Sigmoid", "Mul", "GlobalAveragePool", "Conv", "Sigmoid", "Mul", "Conv", "Sigmoid", "Mul"}},
	} {
		g := newGraph(tt.name)
		g.node("Identity", Output, []string{tt.make(g)})
		wellFormed(t, g.GraphProto)
		var ops []string
		for _, n := range g.Node[:len(g.Node)-1] {
			ops = append(ops, n.OpType)
		}
		if !slices.Equal(ops, tt.ops) {
			t.Errorf("%s: %v, want %v", tt.name, ops, tt.ops)
		}
	}
}

// TestSamePadding: as TensorFlow pads.
func TestSamePadding(t *testing.T) {
	for _, tt := range []struct {
		n, kernel, stride int64
		want              padding
	}{{224, 3, 2, padding{0, 1}}, {225, 3, 2, padding{1, 1}}, {14, 5, 1, padding{2, 2}}, {14, 5, 2, padding{1, 2}},
		{7, 1, 1, padding{}}} {
		if got := samePadding(tt.n, tt.kernel, tt.stride); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
}
