package backbone

import . "github.com/gomlx/gomlx/core/graph"

// channels is the range [from, to) of a block's wide channels.
type channels struct{ from, to int }

// slowProduct is the number of multiply-adds from which the pure Go engine changes to a way of
// multiplying that packs its factors into tiles. Products by channel have a single row, for which
// that takes twice as long.
const slowProduct = 4 << 20

// channelGroups splits a block's wide channels, for an input of h x w pixels, so that products stay
// below slowProduct and two cores find something to do.
func channelGroups(b Block, h, w int) []channels {
	wide := b.In * b.Expand
	each := (b.Kernel*b.Kernel + 1) * newTiling(h, w, b.Kernel, b.Stride).stretch()
	groups := max(2, (wide*each+slowProduct-1)/slowProduct)
	var list []channels
	for i := range groups {
		list = append(list, channels{i * wide / groups, (i + 1) * wide / groups})
	}
	return list
}

// tiling is how a padded plane lies in memory for a depthwise convolution. For a stride of 2 it is
// four planes, one for every parity of row and column, on which the convolution has stride 1.
type tiling struct {
	stride       int
	rows, pitch  int // of each plane; what a row lacks at its right are the zeros at the left of the next
	padH, padW   PadAxis
	outH, outW   int
	kernel, taps int
}

func newTiling(h, w, kernel, stride int) tiling {
	lowH, highH := samePadding(h, kernel, stride)
	lowW, highW := samePadding(w, kernel, stride)
	t := tiling{stride: stride, kernel: kernel, taps: kernel * kernel, outH: (h + stride - 1) / stride,
		outW: (w + stride - 1) / stride}
	t.rows = (h + lowH + highH + stride - 1) / stride
	t.pitch = (w + lowW + highW + stride - 1) / stride
	t.padH, t.padW = PadAxis{Start: lowH, End: t.rows*stride - h - lowH}, PadAxis{Start: lowW,
		End: t.pitch*stride - w - lowW}
	if stride == 1 {
		t.pitch, t.padW.End = w+lowW, 0
	}
	return t
}

// stretch is the length of one moved copy: the plane and a row more.
func (t tiling) stretch() int { return (t.rows + 1) * t.pitch }

// depthwise convolves every channel of x `[channels of g, height, width]` with its own kernel and
// adds its shift. Tap (i, j) sees the plane moved by i rows and j columns. All moved planes and one
// of ones are laid out as a matrix `[taps+1, stretch]` by copying: plane number n, moved by m
// numbers, begins at n*stretch-m. A product then sums them up, and the numbers that belong to no
// pixel are cut away.
func (p planes) depthwise(name string, g channels, x *Node, kernel, stride int) *Node {
	dims := x.Shape().Dimensions
	t := newTiling(dims[1], dims[2], kernel, stride)
	phases := t.phases(x)
	var pieces []*Node
	at := 0
	for n := range t.taps {
		i, j := n/kernel, n%kernel
		begin := n*t.stretch() - (i/stride*t.pitch + j/stride)
		if begin > at {
			pieces = append(pieces, p.filled(0, dims[0], begin-at))
		}
		pieces = append(pieces, phases[i%stride][j%stride])
		at = begin + t.rows*t.pitch
	}
	pieces = append(pieces, p.filled(0, dims[0], t.taps*t.stretch()-at), p.filled(1, dims[0], t.stretch()))
	windows := Reshape(Concatenate(pieces, 1), dims[0], t.taps+1, t.stretch())
	taps := Reshape(p.matrix(name, g), dims[0], 1, t.taps+1)
	y := DotGeneral(taps, []int{2}, []int{0}, windows, []int{1}, []int{0})
	return Slice(Reshape(y, dims[0], t.rows+1, t.pitch), AxisRange(), AxisRange(0, t.outH), AxisRange(0, t.outW))
}

// phases pads x `[channels, height, width]` and returns its planes `[channels, rows*pitch]` by
// parity of row and column.
func (t tiling) phases(x *Node) [2][2]*Node {
	n := x.Shape().Dimensions[0]
	padded := Pad(x, ScalarZero(x.Graph(), x.DType()), PadAxis{}, t.padH, t.padW)
	if t.stride == 1 {
		return [2][2]*Node{{Reshape(padded, n, t.rows*t.pitch)}}
	}
	var list [2][2]*Node
	for i := range list {
		for j := range list[i] {
			list[i][j] = Reshape(Slice(padded, AxisRange(), AxisRange(i).Stride(2), AxisRange(j).Stride(2)), n, t.rows*t.pitch)
		}
	}
	return list
}
