package finetune

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
)

// The columns of a view's geometry, for the graph: pixels of the packed photo, then 0 or 1, then
// pixels of the view, and then its change of colours.
const (
	geoLeft      = iota
	geoTop       // of the square that is seen
	geoSide      // its side
	geoMirror    // columns are reversed,
	geoFlip      // rows are reversed,
	geoTranspose // and then columns become rows
	geoEraseLeft
	geoEraseTop
	geoEraseRight
	geoEraseBottom
	geoShift      // levels that are added,
	geoContrast   // then the factor of distances from the middle level,
	geoSaturation // and then that of the saturation (HSL)
	geometry      // how many there are
)

// packGeometry writes what of v the graph renders. A feed.Dihedral transposes first and reverses
// then; the graph reverses while it resamples, and transposes last.
func packGeometry(dst []float32, v feed.View) {
	mirror, flip := v.Dihedral.Mirror, v.Dihedral.Flip
	if v.Dihedral.Transpose {
		mirror, flip = flip, mirror
	}
	dst[geoLeft], dst[geoTop], dst[geoSide] = float32(v.Left), float32(v.Top), float32(v.Side)
	for at, on := range map[int]bool{geoMirror: mirror, geoFlip: flip, geoTranspose: v.Dihedral.Transpose} {
		if on {
			dst[at] = 1
		}
	}
	dst[geoEraseLeft], dst[geoEraseTop] = float32(v.Erased.Min.X), float32(v.Erased.Min.Y)
	dst[geoEraseRight], dst[geoEraseBottom] = float32(v.Erased.Max.X), float32(v.Erased.Max.Y)
	contrast := 1 + v.Jitter.Contrast/100
	if contrast > 1 {
		contrast = 1 / (2 - contrast) // as package imaging has it
	}
	dst[geoShift], dst[geoContrast] = float32(255*v.Jitter.Brightness/100), float32(contrast)
	dst[geoSaturation] = float32(1 + v.Jitter.Saturation/100)
}

// gather picks rows `[n, ...]` by index `[batch]`.
func gather(rows, indices *Node) *Node { return Gather(rows, InsertAxes(indices, -1)) }

// renderViews is feed.Pixels.Render for a batch: photos `[batch, side, side, 3]` uint8 and geometry
// `[batch, geometry]` float32 give views `[batch, size, size, 3]` uint8. Where the square is not
// resized and colours do not change, and so for plain views, flips and turns, the result is the
// same to the bit. jitter says that colours may change.
func renderViews(photos, geo *Node, size int, jitter bool) *Node {
	engine.SetPrecision(photos.Graph().Backend(), engine.Float32) // whatever the network's is
	column := func(i int) *Node { return Reshape(Slice(geo, AxisRange(), AxisRange(i, i+1)), -1, 1, 1) }
	side := photos.Shape().Dimensions[1]
	across := interpolation(column(geoLeft), column(geoSide), column(geoMirror), size, side)
	down := interpolation(column(geoTop), column(geoSide), column(geoFlip), size, side)
	x := ConvertDType(photos, network.Float32)
	x = levels(Einsum("bkxc,byk->byxc", x, down)) // first, and to whole levels, as photo.Resize does
	x = levels(Einsum("bykc,bxk->byxc", x, across))
	if jitter {
		x = jittered(x, column)
	}
	turned := Reshape(GreaterThan(column(geoTranspose), ZerosLike(column(geoTranspose))), -1)
	x = Where(turned, Transpose(x, 1, 2), x)
	return ConvertDType(erased(x, column), dtypes.Uint8)
}

// interpolation is `[batch, size, side]`: row v holds the weights of a photo's pixels in pixel v of
// its view. It is Keys' cubic convolution with a = -0.5, widened where it shrinks, as in
// photo.Resize; start and length `[batch, 1, 1]` are the part of the photo that is seen, whose
// first and last pixels stand for all beyond them, too. The weights of a row add up to 1.
func interpolation(start, length, reversed *Node, size, side int) *Node {
	margin := 2 * (side/size + 1) // no view reaches further beyond the photo: its part is at most the photo
	g, batch := start.Graph(), start.Shape().Dimensions[0]
	shape := shapes.Make(network.Float32, batch, size, side+2*margin)
	to, from := Iota(g, shape, 1), AddScalar(Iota(g, shape, 2), -float64(margin))
	to = Add(Mul(to, OneMinus(MulScalar(reversed, 2))), MulScalar(reversed, float64(size-1)))
	scale := DivScalar(length, float64(size))
	centre := AddScalar(Add(Mul(AddScalar(to, 0.5), scale), start), -0.5)
	w := keys(Abs(Div(Sub(from, centre), MaxScalar(scale, 1))))
	w = Div(w, ReduceAndKeep(w, ReduceSum, -1))
	first, last := Add(ZerosLike(w), start), AddScalar(Add(ZerosLike(w), Add(start, length)), -1)
	sum := func(which *Node) *Node { return ReduceAndKeep(Where(which, w, ZerosLike(w)), ReduceSum, -1) }
	within := func(which, weights *Node) *Node { return Where(which, Add(ZerosLike(w), weights), ZerosLike(w)) }
	w = Add(within(LogicalAnd(GreaterThan(from, first), LessThan(from, last)), w),
		Add(within(Equal(from, first), sum(LessOrEqual(from, first))),
			within(Equal(from, last), sum(GreaterOrEqual(from, last)))))
	return Slice(w, AxisRange(), AxisRange(), AxisRange(margin, margin+side))
}

// keys is the filter's weight at distance d, pixels and at least 0 (Keys, IEEE Trans. ASSP 29,
// 1981).
func keys(d *Node) *Node {
	near := OnePlus(Mul(AddScalar(MulScalar(d, 1.5), -2.5), Square(d)))
	far := AddScalar(Mul(AddScalar(Mul(AddScalar(MulScalar(d, -0.5), 2.5), d), -4), d), 2)
	return Where(LessThan(d, OnesLike(d)), near, Where(LessThan(d, AddScalar(ZerosLike(d), 2)), far, ZerosLike(d)))
}

// levels rounds to whole levels in [0,255], as 8-bit pixels are.
func levels(x *Node) *Node { return ClipScalar(Floor(AddScalar(x, 0.5)), 0, 255) }

// jittered changes the colours of x `[batch, size, size, 3]`: brightness, contrast and saturation,
// each to whole levels, as feed.Jitter does. Saturation in HSL moves the channels of a pixel away
// from the middle of its largest and smallest, as far as one of them can go.
func jittered(x *Node, column func(i int) *Node) *Node {
	of := func(i int) *Node { return Reshape(column(i), -1, 1, 1, 1) }
	x = levels(Add(x, of(geoShift)))
	x = levels(AddScalar(Mul(AddScalar(x, -127.5), of(geoContrast)), 127.5))
	high, low := ReduceAndKeep(x, ReduceMax, -1), ReduceAndKeep(x, ReduceMin, -1)
	sum := Add(high, low)
	furthest := Div(AddScalar(Neg(Abs(AddScalar(sum, -255))), 255), MaxScalar(Sub(high, low), 1))
	middle := MulScalar(sum, 0.5)
	return levels(Add(middle, Mul(Sub(x, middle), Min(Add(ZerosLike(furthest), of(geoSaturation)), furthest))))
}

// erased greys the rectangles of the geometry in x `[batch, size, size, 3]`.
func erased(x *Node, column func(i int) *Node) *Node {
	shape := x.Shape().Clone()
	shape.Dimensions = shape.Dimensions[:3]
	zero := Zeros(x.Graph(), shape)
	within := func(axis, low, high int) *Node {
		at := Iota(x.Graph(), shape, axis)
		return LogicalAnd(GreaterOrEqual(at, Add(zero, column(low))), LessThan(at, Add(zero, column(high))))
	}
	inside := LogicalAnd(within(1, geoEraseTop, geoEraseBottom), within(2, geoEraseLeft, geoEraseRight))
	return Where(inside, AddScalar(ZerosLike(x), feed.Grey), x)
}
