package latency

import (
	"strings"

	"imagelab/lib/backbone"
)

// Parameters is the number of values that training can change in a network with a classifier of the
// given number of classes: kernels, batch-norm scales and shifts, and the classifier with its bias.
// Stored statistics do not count.
func Parameters(s backbone.Spec, classes int) int64 {
	sum := int64(s.Features+1) * int64(classes)
	for name, shape := range s.Shapes() {
		if strings.HasSuffix(name, ".mean") || strings.HasSuffix(name, ".variance") {
			continue
		}
		n := int64(1)
		for _, d := range shape {
			n *= int64(d)
		}
		sum += n
	}
	return sum
}

// MultiplyAdds is the number of multiplications with an addition in the convolutions and the
// classifier for one image of size x size pixels. Batch norm (which is folded into the kernels),
// activations and the mean pool are left out; figures that are published for these networks count
// them and are 5 % higher. Zeros of the padding count as pixels.
func MultiplyAdds(s backbone.Spec, size, classes int) int64 {
	sum := int64(s.Features) * int64(classes)
	for _, n := range StageMultiplyAdds(s, size) {
		sum += n
	}
	return sum
}

// StageMultiplyAdds is [MultiplyAdds] of each of the network's stages, without the classifier.
func StageMultiplyAdds(s backbone.Spec, size int) []int64 {
	side := int64(size+1) / 2
	stages := []int64{side * side * 3 * 3 * 3 * int64(s.StemWidth)}
	for i := range s.Groups {
		sum := int64(0)
		for _, b := range s.Blocks(i) {
			in, out, kernel := int64(b.In), int64(b.Out), int64(b.Kernel)
			wide := in * int64(b.Expand)
			if b.Expand != 1 {
				sum += side * side * in * wide
			}
			side = (side + int64(b.Stride) - 1) / int64(b.Stride)
			sum += side*side*kernel*kernel*wide + side*side*wide*out
		}
		stages = append(stages, sum)
	}
	last := int64(s.Groups[len(s.Groups)-1].Width)
	return append(stages, side*side*last*int64(s.Features))
}
