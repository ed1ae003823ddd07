package export

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"imagelab/lib/internal/safetensors"
)

// TestBiasBesideTinyWeights: batch norm may leave a channel nothing but its bias, which must not be
// cut off at the largest number of 32 bits.
func TestBiasBesideTinyWeights(t *testing.T) {
	const bias, input = 0.1, 0.02
	q := quantiser{graph: newGraph("g")}
	kernel := safetensors.Tensor{Shape: []int{2, 1, 1, 1}, Data: []float32{0, 0.5}}
	q.conv("layer", "in", kernel, []float32{bias, bias}, 1, 1, padding{})
	q.kernel(q.Node[0], Range{High: 255 * input})
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

// TestTwoProductsFitInto16Bits: processors without VNNI add the products of two weights and two
// bytes in 16 bits and cut off what is too large, so that the file would answer otherwise there.
func TestTwoProductsFitInto16Bits(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		values       []float32
		most         int8 // of the integers
	}{
		{"alone", "one weight may have all 8 bits", []float32{1, -0.001, 0}, 127},
		{"two equal", "they share what fits", []float32{0.5, -0.1, 0.5}, 64},
		{"two signs", "products of opposite signs take from each other", []float32{0.5, -0.5}, 127},
		{"two negative", "as for positive ones", []float32{-3, -1, 2}, 95},
		{"nothing", "a channel that was pruned", []float32{0, 0}, 0},
	} {
		ints, scales := byChannel(tt.values, []float64{0}, func(int) int { return 0 })
		most := int8(0)
		for i, v := range ints {
			w := int8(v)
			most = max(most, w, -w)
			if math.Abs(float64(w)*float64(scales[0])-float64(tt.values[i])) > 0.5001*float64(scales[0]) {
				t.Errorf("%s: weight %g became %d times %g", tt.name, tt.values[i], w, scales[0])
			}
			for _, other := range append(ints[:i:i], ints[i+1:]...) {
				if sum := 255 * (int(w) + int(int8(other))); sum > math.MaxInt16 || sum < math.MinInt16 {
					t.Errorf("%s: two products are together %d", tt.name, sum)
				}
			}
		}
		if most < tt.most-1 || most > tt.most {
			t.Errorf("%s (%s): the largest weight is %d, want %d", tt.name, tt.reason, most, tt.most)
		}
	}
	noise := rand.New(rand.NewPCG(1, 2))
	values := make([]float32, 7*10_000)
	for i := range values {
		values[i] = float32(noise.NormFloat64() * math.Exp(noise.NormFloat64()))
	}
	ints, _ := byChannel(values, make([]float64, 10_000), func(i int) int { return i / 7 })
	for c := range 10_000 {
		channel := make([]int, 7)
		for i, v := range ints[7*c : 7*c+7] {
			channel[i] = int(int8(v))
		}
		slices.Sort(channel)
		low, high := 255*(channel[0]+channel[1]), 255*(channel[5]+channel[6])
		if low < math.MinInt16 || high > math.MaxInt16 {
			t.Fatalf("channel %d: %v: two products are together %d or %d", c, channel, low, high)
		}
	}
}

// TestBiasesTakeBackWhatRoundingMoves: with every input at its mean, a layer in integers gives what
// it gave before, up to the step of its biases: for plain, grouped and depthwise kernels, and for a
// matrix.
func TestBiasesTakeBackWhatRoundingMoves(t *testing.T) {
	const step, channels = 1e-4, 4
	noise := rand.New(rand.NewPCG(3, 4))
	some := func(n int) []float32 {
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(noise.NormFloat64())
		}
		return values
	}
	means := []float64{0.5, 2, 0, 1}
	in := Range{High: 255 * step, Means: means}
	for _, tt := range []struct {
		name   string
		inputs int // of an output
		groups int
	}{{"plain", 4, 1}, {"two groups", 2, 2}, {"depthwise", 1, 4}} {
		q := quantiser{graph: newGraph("g")}
		values, bias := some(channels*tt.inputs*9), some(channels)
		kernel := safetensors.Tensor{Shape: []int{channels, tt.inputs, 3, 3}, Data: values}
		q.conv("layer", "in", kernel, bias, 1, int64(tt.groups), padding{})
		q.kernel(q.Node[0], in)
		ints, steps := q.take("layer.weight.quantised").RawData, floatsOf(q.take("layer.weight.step"))
		sums, sumSteps := q.take("layer.bias.quantised").RawData, floatsOf(q.take("layer.bias.step"))
		for c := range channels {
			want := float64(bias[c])
			got := float64(int32(binary.LittleEndian.Uint32(sums[4*c:]))) * float64(sumSteps[c])
			for i := range tt.inputs * 9 {
				at, mean := c*tt.inputs*9+i, means[c/(channels/tt.groups)*tt.inputs+i/9]
				want += float64(values[at]) * mean
				got += float64(int8(ints[at])) * float64(steps[c]) * mean
			}
			if math.Abs(got-want) > 1e-4 {
				t.Errorf("%s: channel %d gives %g, and gave %g", tt.name, c, got, want)
			}
		}
	}
	q := quantiser{graph: newGraph("g")}
	values, bias := some(4*channels), some(channels)
	q.node("MatMul", "product", []string{"in", q.floats("weight", []int64{4, channels}, values...)})
	q.node("Add", "layer", []string{"product", q.floats("bias", []int64{channels}, bias...)})
	q.matrix(q.Node[0], q.Node[1], in)
	ints, steps := q.take("weight.quantised").RawData, floatsOf(q.take("weight.step"))
	after := floatsOf(q.take("bias"))
	for c := range channels {
		want, got := float64(bias[c]), float64(after[c])
		for i, mean := range means {
			want += float64(values[i*channels+c]) * mean
			got += float64(int8(ints[i*channels+c])) * float64(steps[c]) * mean
		}
		if math.Abs(got-want) > 1e-5 {
			t.Errorf("matrix: channel %d gives %g, and gave %g", c, got, want)
		}
	}
}
