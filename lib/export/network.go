package export

import (
	"fmt"

	"imagelab/lib/backbone"
	"imagelab/lib/internal/safetensors"
)

// inverted is a network of inverted residual blocks, such as EfficientNet-Lite, from normalised
// pixels `[batch, 3, size, size]` to pooled features `[batch, features]`. Weights are folded, and
// tensors bear the names of [backbone.Spec.Observe].
func (g graph) inverted(x string, s backbone.Spec, size int, w backbone.Weights) string {
	side := int64(size)
	spatial := func(name string, kernel safetensors.Tensor, stride, groups int64) {
		k := int64(kernel.Shape[2])
		x = g.convolved(name, x, kernel, w[name+".shift"].Data, stride, groups, samePadding(side, k, stride), relu6)
		side = (side + stride - 1) / stride
	}
	pointwise := func(name string, f activation) {
		kernel := w[name+".kernel"].Transposed(1, 0)
		kernel.Shape = append(kernel.Shape, 1, 1)
		x = g.convolved(name, x, kernel, w[name+".shift"].Data, 1, 1, padding{}, f)
	}
	spatial("stem", w["stem.kernel"].Transposed(3, 2, 0, 1), 2, 1)
	for i := range s.Groups {
		for j, b := range s.Blocks(i) {
			name, before := fmt.Sprintf("stage%d.%d", i+1, j), x
			if b.Expand != 1 {
				pointwise(name+".expand", relu6)
			}
			kernel := w[name+".depthwise.kernel"].Transposed(2, 0, 1)
			channels := kernel.Shape[0]
			kernel.Shape = []int{channels, 1, b.Kernel, b.Kernel}
			spatial(name+".depthwise", kernel, int64(b.Stride), int64(channels))
			pointwise(name+".project", linear)
			if b.Residual() {
				x = g.add(name, before, x)
			}
		}
	}
	pointwise("top", relu6)
	return g.node("Flatten", "features", []string{g.meanPool("pool", x)})
}
