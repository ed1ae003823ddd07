package backbone

import (
	"iter"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// The operations in this file are written in the form that XLA compiles well for CPUs, with their
// gradients by hand where reverse-mode differentiation gives a slow one. Each is checked against
// plain differentiation in the tests.

// sumParts is the number of slices of the batch that sumRows adds before the product with ones.
const sumParts = 4

// sumRows adds the product of the factors, each `[batch, height, width, channels]`, over all axes
// but the last. XLA's CPU reduction over leading axes is several times slower than a product with
// ones, and the product has to read its rows from memory; so slices of the batch are first added in
// one fused pass, which leaves few rows.
func sumRows(factors ...*Node) *Node {
	dims := factors[0].Shape().Dimensions
	batch, channels := dims[0], dims[len(dims)-1]
	part := (batch + sumParts - 1) / sumParts
	if batch%part != 0 {
		part = batch
	}
	var sum *Node
	for from := 0; from < batch; from += part {
		var term *Node
		for _, f := range factors {
			slice := Slice(f, AxisRange(from, from+part))
			if term == nil {
				term = slice
			} else {
				term = Mul(term, slice)
			}
		}
		sum = plus(sum, term)
	}
	rows := sum.Shape().Size() / channels
	ones := Ones(sum.Graph(), shapes.Make(sum.DType(), rows))
	return Reshape(Dot(ones, Reshape(sum, rows, channels)).Product(), channels)
}

// addShift adds shift `[channels]` to x `[..., channels]`.
func addShift(x, shift *Node) *Node {
	var incoming *Node
	shift = IdentityWithCustomGradient(shift, func(_, _ *Node) *Node { return sumRows(incoming) })
	y := Add(x, ExpandLeftToRank(shift, x.Rank()))
	return IdentityWithCustomGradient(y, func(_, v *Node) *Node { incoming = v; return v })
}

// meanPool averages x `[batch, height, width, channels]` to `[batch, channels]`.
func meanPool(x *Node) *Node { return ReduceMean(x, 1, 2) }

// depthwise convolves every channel of x `[batch, height, width, channels]` with its own kernel
// `[k, k, channels]`: a sum of shifted products.
func depthwise(x, kernel *Node, stride int, pad Padding) *Node {
	var incoming *Node
	input, weights := x, kernel
	x = IdentityWithCustomGradient(x, func(_, _ *Node) *Node {
		return depthwiseInputGradient(input, weights, incoming, stride, pad)
	})
	kernel = IdentityWithCustomGradient(kernel, func(_, _ *Node) *Node {
		return depthwiseKernelGradient(input, weights, incoming, stride, pad)
	})
	y := shiftedSum(x, kernel, stride, pad)
	return IdentityWithCustomGradient(y, func(_, v *Node) *Node { incoming = v; return v })
}

func shiftedSum(x, kernel *Node, stride int, pad Padding) *Node {
	k := kernel.Shape().Dimensions[0]
	var sum *Node
	for n, window := range windows(x, k, stride, pad, kernel) {
		sum = plus(sum, Mul(window, tap(kernel, n/k, n%k)))
	}
	return sum
}

// windows yields the parts of the padded x that each position of a kernel of side k sees, row by
// row, `[batch, outHeight, outWidth, channels]`. Padding waits for the node `after`, which keeps it
// out of what follows; nil: it may be part of that.
func windows(x *Node, k, stride int, pad Padding, after *Node) iter.Seq2[int, *Node] {
	dims := x.Shape().Dimensions
	lowH, highH := pad.of(dims[1], k, stride)
	lowW, highW := pad.of(dims[2], k, stride)
	padded := padZeros(padZeros(x, 1, lowH, highH), 2, lowW, highW)
	if after != nil {
		padded = OptimizationBarriers(padded, after)[0]
	}
	outH, outW := pad.out(dims[1], k, stride), pad.out(dims[2], k, stride)
	return func(yield func(int, *Node) bool) {
		for n := range k * k {
			i, j := n/k, n%k
			window := Slice(padded, AxisRange(), AxisRange(i, i+(outH-1)*stride+1).Stride(stride),
				AxisRange(j, j+(outW-1)*stride+1).Stride(stride), AxisRange())
			if !yield(n, window) {
				return
			}
		}
	}
}

// plus is the sum of two nodes, the first of which may be nil.
func plus(sum, term *Node) *Node {
	if sum == nil {
		return term
	}
	return Add(sum, term)
}

// tap is kernel position (i, j) as `[1, 1, 1, channels]`.
func tap(kernel *Node, i, j int) *Node {
	channels := kernel.Shape().Dimensions[2]
	return Reshape(Slice(kernel, AxisElem(i), AxisElem(j), AxisRange()), 1, 1, 1, channels)
}

// depthwiseKernelGradient is, for every kernel position, the sum over batch and positions of input
// times dy.
func depthwiseKernelGradient(x, kernel, dy *Node, stride int, pad Padding) *Node {
	dims := kernel.Shape().Dimensions
	var rows []*Node
	dy = OptimizationBarriers(dy, kernel)[0]
	for _, window := range windows(x, dims[0], stride, pad, kernel) {
		rows = append(rows, Reshape(sumRows(window, dy), 1, dims[2]))
	}
	return Reshape(Concatenate(rows, 0), dims[0], dims[1], dims[2])
}

// depthwiseInputGradient spreads dy over the input with the flipped kernel. For a stride s the
// input positions fall into s x s phases, each seen by its own part of the kernel; they are
// computed apart and interleaved, so no zeros are multiplied.
func depthwiseInputGradient(x, kernel, dy *Node, stride int, pad Padding) *Node {
	dims, out := x.Shape().Dimensions, dy.Shape().Dimensions
	k := kernel.Shape().Dimensions[0]
	lowH, _ := pad.of(dims[1], k, stride)
	lowW, _ := pad.of(dims[2], k, stride)
	// Position p of phase (ph + stride*m) receives kernel[i]*dy[(p+low-i)/stride] where the
	// division is exact; |shift| <= k.
	margin := k
	padded := OptimizationBarriers(padZeros(padZeros(dy, 1, margin, margin), 2, margin, margin), kernel)[0]
	phase := func(ph, pw int) *Node {
		nH, nW := (dims[1]-ph+stride-1)/stride, (dims[2]-pw+stride-1)/stride
		var sum *Node
		for i := range k {
			for j := range k {
				if (ph+lowH-i)%stride != 0 || (pw+lowW-j)%stride != 0 {
					continue
				}
				top, left := margin+(ph+lowH-i)/stride, margin+(pw+lowW-j)/stride
				window := Slice(padded, AxisRange(), AxisRange(top, top+nH), AxisRange(left, left+nW), AxisRange())
				term := Mul(window, tap(kernel, i, j))
				sum = plus(sum, term)
			}
		}
		return padZeros(padZeros(sum, 1, 0, (dims[1]+stride-1)/stride-nH), 2, 0, (dims[2]+stride-1)/stride-nW)
	}
	if stride == 1 {
		return phase(0, 0)
	}
	var rows []*Node
	for ph := range stride {
		var columns []*Node
		for pw := range stride {
			columns = append(columns, phase(ph, pw))
		}
		rows = append(rows, Stack(columns, 3)) // [batch, m, n, stride, channels]
	}
	whole := Stack(rows, 2) // [batch, m, stride, n, stride, channels]
	m, n := out[1]*stride, out[2]*stride
	whole = Reshape(whole, dims[0], m, n, dims[3])
	return Slice(whole, AxisRange(), AxisRange(0, dims[1]), AxisRange(0, dims[2]), AxisRange())
}

// padZeros concatenates zeros along an axis; Pad has no gradient.
func padZeros(x *Node, axis, low, high int) *Node {
	if low == 0 && high == 0 {
		return x
	}
	parts := make([]*Node, 0, 3)
	zeros := func(n int) *Node {
		shape := x.Shape().Clone()
		shape.Dimensions[axis] = n
		return Zeros(x.Graph(), shape)
	}
	if low > 0 {
		parts = append(parts, zeros(low))
	}
	parts = append(parts, x)
	if high > 0 {
		parts = append(parts, zeros(high))
	}
	return Concatenate(parts, axis)
}
