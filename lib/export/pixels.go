package export

import (
	"fmt"

	onnx "imagelab/lib/internal/onnxpb"

	"imagelab/lib/backbone"
	"imagelab/lib/feed"
)

// pixels turns photos `[batch, height, width, 3]`, uint8, into what the network sees of them,
// `[batch, 3, size, size]`, normalised, as imagelab does it: the ends of strips are cut off, the
// short side is resized, the centre square is cut out.
func (g graph) pixels(photos string, s backbone.Spec, size int) string {
	cut, kept, short := g.middle(photos)
	side := int64(s.ResizeSide(size))
	n := func(name string, v int64) string { return g.ints("pixels."+name, v) }
	scaled := g.node("Mul", "pixels.scaled", []string{kept, n("side", side)})
	half := g.node("Div", "pixels.half_short", []string{short, n("two", 2)})
	rounded := g.node("Div", "pixels.rounded", []string{g.node("Add", "pixels.more", []string{scaled, half}), short})
	to := g.node("Max", "pixels.to", []string{rounded, "pixels.side"}) // height and width after resizing

	channelsFirst := g.node("Transpose", "pixels.channels_first", []string{cut}, intsAttribute("perm", 0, 3, 1, 2))
	wide := g.node("Slice", "pixels.wide", []string{kept, n("second", 1), n("third", 2), n("first_axis", 0)})
	high := g.node("Slice", "pixels.high", []string{to, n("none", 0), "pixels.second", "pixels.first_axis"})
	tall := g.node("Concat", "pixels.tall", []string{high, wide}, intAttribute("axis", 0))
	resized := g.resize("pixels.resized", g.resize("pixels.shortened", channelsFirst, tall), to)

	beyond := g.node("Sub", "pixels.beyond", []string{to, "pixels.side"})
	square := g.node("Div", "pixels.square", []string{beyond, "pixels.two"})
	begin := g.node("Add", "pixels.begin", []string{square, n("crop", (side-int64(size))/2)})
	end := g.node("Add", "pixels.end", []string{begin, n("size", int64(size))})
	centre := g.node("Slice", "pixels.centre", []string{resized, begin, end, g.ints("pixels.last_axes", 2, 3)})
	float := g.node("Cast", "pixels.float", []string{centre}, intAttribute("to", int64(onnx.TensorProto_FLOAT)))

	// One operation: beside integers, a subtraction and a division took a fifth of the time.
	variance := make([]float32, len(s.Std))
	for c, std := range s.Std {
		variance[c] = std * std
	}
	per := func(name string, values ...float32) string { return g.floats("pixels."+name, []int64{3}, values...) }
	return g.node("BatchNormalization", "pixels", []string{float, per("scale", 1, 1, 1), per("shift", 0, 0, 0),
		per("mean", s.Mean[:]...), per("variance", variance...)}, floatAttribute("epsilon", 0))
}

// resize changes the height and width of x `[batch, 3, height, width]`, uint8, to those in `to`.
// imagelab resizes the height first and then the width, and rounds to bytes after each; ONNX
// Runtime rounds bytes after each axis too, but in the other order, so that it is given one after
// the other. The result differs by 0.003 of 255 on average, and in the other order by 0.15.
func (g graph) resize(name, x, to string) string {
	outer := g.node("Shape", name+".outer", []string{x}, intAttribute("end", 2))
	sizes := g.node("Concat", name+".sizes", []string{outer, to}, intAttribute("axis", 0))
	return g.node("Resize", name, []string{x, "", "", sizes}, textAttribute("mode", "cubic"),
		floatAttribute("cubic_coeff_a", -0.5), intAttribute("antialias", 1), intAttribute("exclude_outside", 1),
		textAttribute("coordinate_transformation_mode", "half_pixel"))
}

// middle cuts the ends off strips of photos, as package feed does: they would be resized for
// nothing. It returns what is left, its height and width `[2]`, and the shorter of them `[1]`.
func (g graph) middle(photos string) (cut, kept, short string) {
	n := func(name string, v ...int64) string { return g.ints("middle."+name, v...) }
	whole := g.node("Shape", "middle.whole", []string{photos}, intAttribute("start", 1), intAttribute("end", 3))
	short = g.node("ReduceMin", "middle.short", []string{whole, n("axis", 0)})
	most := g.node("Add", "middle.most", []string{
		g.node("Mul", "middle.thrice", []string{short, n("three", 3)}), n("filter", 4)})
	over := g.node("Max", "middle.over", []string{
		g.node("Sub", "middle.longer", []string{whole, most}), n("none", 0)})
	ends := g.node("Mul", "middle.ends", []string{
		g.node("Div", "middle.quads", []string{over, n("eight", 8)}), n("four", 4)})
	last := g.node("Sub", "middle.last", []string{whole, ends})
	cut = g.node("Slice", "middle", []string{photos, ends, last, n("axes", 1, 2)})
	return cut, g.node("Sub", "middle.kept", []string{last, ends}), short
}

// views puts the flipped and rotated copies of x `[batch, 3, size, size]` behind each other, all of
// a batch in one orientation first.
func (g graph) views(x string, views []feed.Dihedral) string {
	var all []string
	for i, v := range views {
		y, name := x, fmt.Sprintf("view%d", i)
		if v.Transpose {
			y = g.node("Transpose", name+".transposed", []string{y}, intsAttribute("perm", 0, 1, 3, 2))
		}
		if v.Mirror {
			y = g.reversed(name+".mirrored", y, 3)
		}
		if v.Flip {
			y = g.reversed(name+".flipped", y, 2)
		}
		all = append(all, y)
	}
	if len(all) == 1 {
		return all[0]
	}
	return g.node("Concat", "views", all, intAttribute("axis", 0))
}

// reversed turns an axis around.
func (g graph) reversed(name, x string, axis int64) string {
	const before = -1 << 62 // the place before the first
	return g.node("Slice", name, []string{x, g.ints(name+".from", -1), g.ints(name+".to", before),
		g.ints(name+".axis", axis), g.ints(name+".step", -1)})
}
