package export

import (
	"encoding/binary"
	"math"
	"testing"

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
	if len(steps) != 2 {
		t.Fatalf("%d steps for 2 channels", len(steps))
	}
	for c, step := range steps {
		sum := int32(binary.LittleEndian.Uint32(sums.RawData[4*c:]))
		if got := float64(sum) * float64(step); math.Abs(got-bias) > 1e-4 {
			t.Errorf("channel %d: the bias is %g, want %g", c, got, bias)
		}
	}
}
