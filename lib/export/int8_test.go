package export

import (
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/feed"
	onnx "imagelab/lib/internal/onnxpb"
	"imagelab/lib/internal/safetensors"
)

// TestBiasBesideTinyWeights: batch norm may leave a channel nothing but its bias, which must not be
// cut off at the largest number of 32 bits.
func TestBiasBesideTinyWeights(t *testing.T) {
	const bias, input = 0.1, 0.02
	q := quantiser{graph: newGraph("g"), read: map[string]string{}, scale: map[string]float32{"in": input}}
	kernel := safetensors.Tensor{Shape: []int{2, 1, 1, 1}, Data: []float32{0, 0.5}}
	q.conv("layer", "in", kernel, []float32{bias, bias}, 1, 1, padding{})
	q.kernel(q.Node[0])
	sums, steps := q.take("layer.bias.quantised"), floatsOf(q.take("layer.bias.step"))
	for c, step := range steps {
		sum := int32(binary.LittleEndian.Uint32(sums.RawData[4*c:]))
		if got := float64(sum) * float64(step); math.Abs(got-bias) > 1e-4 {
			t.Errorf("channel %d: the bias is %g, want %g", c, got, bias)
		}
	}
}

// TestStemOfViews: the first convolution reads flipped copies of the photo where a model has views,
// and is as exact in int8 as it is without.
func TestStemOfViews(t *testing.T) {
	for _, views := range [][]feed.Dihedral{{{}}, {{}, {Mirror: true}}} {
		g := newGraph("g")
		g.conv("stem", g.views("pixels", views), safetensors.Tensor{Shape: []int{1, 3, 1, 1}, Data: []float32{1, 2, 3}},
			[]float32{0}, 1, 1, padding{})
		q := quantised(g, map[string]Range{"pixels": {Low: -2, High: 2}, "stem": {Low: -9, High: 9}})
		stem := q.Node[slices.IndexFunc(q.Node, func(n *onnx.NodeProto) bool { return n.Output[0] == "stem" })]
		if !strings.HasSuffix(stem.Input[0], ".read") || stem.Input[1] == "stem.weight" {
			t.Errorf("%d views: the stem reads %q, which is float32", len(views), stem.Input)
		}
	}
}
