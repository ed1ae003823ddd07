package backbone

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// LayerNorm scales the channels at each place to mean 0 and variance 1, and then by its own factors
// (Ba et al. 2016).
type LayerNorm struct {
	Name    string
	Keys    Keys
	Epsilon float64
}

// Out implements [Layer].
func (l LayerNorm) Out(in []int) []int { return in }
func (l LayerNorm) parameters(in []int, add func(Param)) {
	width := []int{last(in)}
	add(Param{l.Name + ".gamma", width, l.Keys.with(".weight")})
	add(Param{l.Name + ".beta", width, l.Keys.with(".bias")})
}
func (l LayerNorm) multiplyAdds([]int) int64 { return 0 }
func (l LayerNorm) build(w walk, x *Node) *Node {
	centred := Sub(x, ReduceAndKeep(x, ReduceMean, -1))
	variance := ReduceAndKeep(Square(centred), ReduceMean, -1)
	y := Div(centred, Sqrt(AddScalar(variance, l.Epsilon))) // Rsqrt has no gradient
	y = Mul(y, ExpandLeftToRank(w.value(x, l.Name+".gamma"), x.Rank()))
	return w.seen(l.Name, w.addShift(y, w.value(x, l.Name+".beta")))
}

// LayerScale multiplies each channel by a factor of its own (Touvron et al. 2021).
type LayerScale struct {
	Name string
	Keys Keys // of the factors themselves
}

// Out implements [Layer].
func (l LayerScale) Out(in []int) []int { return in }
func (l LayerScale) parameters(in []int, add func(Param)) {
	add(Param{l.Name + ".gamma", []int{last(in)}, l.Keys})
}
func (l LayerScale) multiplyAdds([]int) int64 { return 0 }
func (l LayerScale) build(w walk, x *Node) *Node {
	return w.seen(l.Name, Mul(x, ExpandLeftToRank(w.value(x, l.Name+".gamma"), x.Rank())))
}

// Attention is self-attention with several heads on `[tokens, width]` (Vaswani et al. 2017).
type Attention struct {
	Name       string
	QKV        Conv // to three times the width: queries, keys and values of all heads
	Projection Conv
	Heads      int
}

// Out implements [Layer].
func (a Attention) Out(in []int) []int { return in }
func (a Attention) parameters(in []int, add func(Param)) {
	a.QKV.parameters(in, add)
	a.Projection.parameters(in, add)
}
func (a Attention) multiplyAdds(in []int) int64 {
	return a.QKV.multiplyAdds(in) + a.Projection.multiplyAdds(in) + 2*size(in)*int64(in[0])
}
func (a Attention) build(w walk, x *Node) *Node {
	dims := x.Shape().Dimensions
	each := dims[2] / a.Heads
	all := Reshape(a.QKV.build(w, x), dims[0], dims[1], 3, a.Heads, each)
	part := func(i int) *Node {
		return Reshape(Slice(all, AxisRange(), AxisRange(), AxisRange(i, i+1)), dims[0], dims[1], a.Heads, each)
	}
	query := MulScalar(part(0), 1/math.Sqrt(float64(each)))
	weights := w.rounded(func(q, k *Node) *Node { return Einsum("bqhd,bkhd->bhqk", q, k) })(query, part(1))
	y := w.rounded(func(p, v *Node) *Node { return Einsum("bhqk,bkhd->bqhd", p, v) })(Softmax(weights, -1), part(2))
	return a.Projection.build(w, w.seen(a.Name+".joined", Reshape(y, dims...)))
}

// Tokens makes `[1 + height*width, width]` of patches `[height, width, width]`: the class token
// first, and to all their position embeddings added (Dosovitskiy et al. 2021). The embeddings are
// those of a grid; for another they are resized, bicubic and antialiased, as timm does.
type Tokens struct {
	Name      string
	ClassKeys Keys
	PlaceKeys Keys
	Grid      int // side of the grid that the embeddings are for, patches
}

// Out implements [Layer].
func (t Tokens) Out(in []int) []int { return []int{1 + in[0]*in[1], in[2]} }
func (t Tokens) parameters(in []int, add func(Param)) {
	add(Param{t.Name + ".class", []int{1, in[2]}, t.ClassKeys})
	add(Param{t.Name + ".places", []int{1 + t.Grid*t.Grid, in[2]}, t.PlaceKeys})
}
func (t Tokens) multiplyAdds([]int) int64 { return 0 }
func (t Tokens) build(w walk, x *Node) *Node {
	dims := x.Shape().Dimensions
	class := BroadcastToDims(InsertAxes(w.value(x, t.Name+".class"), 0), dims[0], 1, dims[3])
	y := Concatenate([]*Node{class, Reshape(x, dims[0], dims[1]*dims[2], dims[3])}, 1)
	return w.seen(t.Name, Add(y, InsertAxes(t.places(w, x, dims[1], dims[2]), 0)))
}

// places are the embeddings for a grid of height x width, `[1 + height*width, channels]`.
func (t Tokens) places(w walk, x *Node, height, width int) *Node {
	all := w.value(x, t.Name+".places")
	if height == t.Grid && width == t.Grid {
		return all
	}
	channels := all.Shape().Dimensions[1]
	grid := Reshape(Slice(all, AxisRange(1)), t.Grid, t.Grid, channels)
	grid = Einsum("yh,hwc->ywc", resampling(x.Graph(), t.Grid, height), grid)
	grid = Einsum("xw,ywc->yxc", resampling(x.Graph(), t.Grid, width), grid)
	return Concatenate([]*Node{Slice(all, AxisRange(0, 1)), Reshape(grid, height*width, channels)}, 0)
}

// Places are the embeddings, `[1 + grid*grid, width]`, for an input of shape in, `[height, width,
// width]`, as the graph computes them, `[1 + height*width, width]`.
func (t Tokens) Places(data []float32, in []int) []float32 {
	height, width, channels := in[0], in[1], in[2]
	if height == t.Grid && width == t.Grid {
		return data
	}
	rows, columns := Resampling(t.Grid, height), Resampling(t.Grid, width)
	out := append(make([]float32, 0, (1+height*width)*channels), data[:channels]...)
	for y := range height {
		for x := range width {
			sum := make([]float32, channels)
			for i, a := range rows[y] {
				for j, b := range columns[x] {
					if a*b == 0 {
						continue
					}
					for c, v := range data[(1+i*t.Grid+j)*channels:][:channels] {
						sum[c] += a * b * v
					}
				}
			}
			out = append(out, sum...)
		}
	}
	return out
}

// resampling is the matrix `[to, from]` of an antialiased bicubic resize of a line.
func resampling(g *Graph, from, to int) *Node {
	weights := make([]float32, to*from)
	for i, row := range Resampling(from, to) {
		copy(weights[i*from:], row)
	}
	return ConstTensor(g, tensors.FromFlatDataAndDimensions(weights, to, from))
}

// Resampling are the weights `[to][from]` of a bicubic resize of a line of from values to to, with
// a = -0.5 and the filter widened where the line shrinks, as Pillow and PyTorch have them.
func Resampling(from, to int) [][]float32 {
	scale := float64(from) / float64(to)
	stretch := max(scale, 1)
	rows := make([][]float32, to)
	for i := range rows {
		rows[i] = make([]float32, from)
		centre := (float64(i) + 0.5) * scale
		first := max(int(centre-2*stretch+0.5), 0)
		end := min(int(centre+2*stretch+0.5), from)
		sum := 0.0
		weights := make([]float64, end-first)
		for j := range weights {
			weights[j] = cubic((float64(first+j) - centre + 0.5) / stretch)
			sum += weights[j]
		}
		for j, v := range weights {
			rows[i][first+j] = float32(v / sum)
		}
	}
	return rows
}

// cubic is Keys' kernel with a = -0.5.
func cubic(x float64) float64 {
	switch x = math.Abs(x); {
	case x < 1:
		return (1.5*x-2.5)*x*x + 1
	case x < 2:
		return ((-0.5*x+2.5)*x-4)*x + 2
	}
	return 0
}
