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
		sum += product(shape)
	}
	return sum
}

// Int8Bytes is about how much the weights of the network take in an int8 file: a byte for each
// value of a kernel, four for every other one and for those of the classifier. The file of `export
// --int8` holds the graph too, which is a tenth of it for the small networks.
func Int8Bytes(s backbone.Spec, classes int) int64 {
	sum := 4 * Parameters(s, classes)
	for name, shape := range s.Shapes() {
		if strings.HasSuffix(name, ".kernel") {
			sum -= 3 * product(shape)
		}
	}
	return sum
}

func product(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= int64(d)
	}
	return n
}

// MultiplyAdds is the number of multiplications with an addition in the convolutions and the
// classifier for one image of size x size pixels; see [backbone.Spec.MultiplyAdds]. Figures that
// are published for these networks count batch norm, activations and the mean too and are 5 %
// higher.
func MultiplyAdds(s backbone.Spec, size, classes int) int64 {
	sum := int64(s.Features) * int64(classes)
	for _, n := range s.MultiplyAdds(size) {
		sum += n
	}
	return sum
}
