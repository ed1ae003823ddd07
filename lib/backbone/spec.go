// Package backbone holds the pretrained networks: their specs, their ImageNet weights and their
// graphs by named stage.
//
// Start with [Lookup] for a [Spec], [Load] for its weights, and [Spec.Forward] inside a graph. A
// backbone is a list of stages, so training can start at a cut: the stages below it are frozen and
// computed once per image, those above it are trained. Every engine computes the same numbers;
// form.go chooses the operations that run fast on each.
package backbone

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// Spec describes one pretrained network and the preprocessing its weights were trained with. It is
// saved in every bundle.
type Spec struct {
	Name               string     `json:"name"`
	Weights            string     `json:"weights"` // name of the pinned asset
	License            string     `json:"license"`
	Size               int        `json:"size"`                // input side, pixels
	CenterCropFraction float64    `json:"crop_fraction"`       // centre crop side over resized short side
	Mean               [3]float32 `json:"mean"`                // RGB, of pixel values in [0,255]
	Std                [3]float32 `json:"std"`                 // RGB, of pixel values in [0,255]
	Epsilon            float64    `json:"epsilon"`             // batch-norm epsilon
	StemWidth          int        `json:"stem_width,omitzero"` // channels, of EfficientNet-Lite
	Groups             []Group    `json:"groups,omitempty"`    // stage1, stage2, ... of EfficientNet-Lite
	Features           int        `json:"features"`            // width of the pooled output
	ImageNetTop1       float64    `json:"imagenet_top1"`       // as published, percent; see [Top1Source]
	Family             string     `json:"family,omitempty"`    // of architectures; empty: EfficientNet-Lite

	// Cut is the first stage that is trained where nobody says another.
	Cut string `json:"-"`
	// Filter is how the authors resized photos. imagelab resizes all photos in one way, [Bicubic].
	Filter Filter `json:"-"`

	// Precision of products and convolutions: engine.Float32 (also ""), engine.TF32 or
	// engine.BFloat16. It is not a property of the network and is not saved with it.
	Precision string `json:"-"`
}

// Group is one stage of inverted-residual blocks (Sandler et al. 2018) of the same width.
type Group struct {
	Repeats int `json:"repeats"`
	Kernel  int `json:"kernel"` // depthwise kernel side
	Stride  int `json:"stride"` // of the first block; the others have 1
	Expand  int `json:"expand"` // width of the depthwise part over the input's
	Width   int `json:"width"`  // output channels
}

// Block is one inverted-residual block with its input width spelled out.
type Block struct {
	Kernel, Stride, Expand, In, Out int
}

// Residual reports whether the block adds its input to its output.
func (b Block) Residual() bool { return b.Stride == 1 && b.In == b.Out }

const (
	// CutAll trains every stage.
	CutAll = "all"
	// CutHead trains the classifier alone, on pooled features `[batch, Features]`.
	CutHead = "head"
)

// Stages names the stages in order: "stem", "stage1" and so on, "top". The last one ends in pooled
// features.
func (s Spec) Stages() []string {
	var names []string
	for _, stage := range s.Network() {
		names = append(names, stage.Name)
	}
	return names
}

// Network is the layers of each stage in order.
func (s Spec) Network() []Stage { return s.family().stages(s) }

// CutIndex is the number of frozen stages of a cut: 0 for "all", len(Stages()) for "head", else the
// index of the stage that is the first to be trained.
func (s Spec) CutIndex(cut string) (int, error) {
	stages := s.Stages()
	switch cut {
	case CutAll:
		return 0, nil
	case CutHead:
		return len(stages), nil
	}
	if i := slices.Index(stages, cut); i >= 0 {
		return i, nil
	}
	return 0, fmt.Errorf("backbone: %s has no stage %s; cut at %s, all or head%s", s.Name, text.Name(cut),
		strings.Join(stages, ", "),
		text.DidYouMean(cut, append(stages, CutAll, CutHead)))
}

// Blocks lists the blocks of group i (stage i+1).
func (s Spec) Blocks(i int) []Block {
	in := s.StemWidth
	if i > 0 {
		in = s.Groups[i-1].Width
	}
	g := s.Groups[i]
	blocks := make([]Block, g.Repeats)
	for j := range blocks {
		blocks[j] = Block{Kernel: g.Kernel, Stride: g.Stride, Expand: g.Expand, In: in, Out: g.Width}
		if j > 0 {
			blocks[j].Stride, blocks[j].In = 1, g.Width
		}
	}
	return blocks
}

// Shape is the shape of the input of stage index i for images of size x size pixels: `[height,
// width, channels]`, for transformers `[tokens, width]`, or `[Features]` when i is len(Stages()).
func (s Spec) Shape(i, size int) []int {
	shape := []int{size, size, 3}
	for _, stage := range s.Network()[:i] {
		shape = outOf(stage.Layers, shape)
	}
	return shape
}

// MultiplyAdds is the number of multiplications with an addition of each stage for one image of
// size x size pixels. Batch norm (which is folded into the kernels), activation functions and
// means are left out. Zeros of the padding count as pixels.
func (s Spec) MultiplyAdds(size int) []int64 {
	shape, sums := []int{size, size, 3}, []int64{}
	for _, stage := range s.Network() {
		sums = append(sums, costOf(stage.Layers, shape))
		shape = outOf(stage.Layers, shape)
	}
	return sums
}

// ResizeSide is the length to which the short side is resized before the crop of size pixels.
func (s Spec) ResizeSide(size int) int {
	return int(math.Round(float64(size) / s.CenterCropFraction))
}

// Params lists every tensor that [Spec.Forward] uses.
func (s Spec) Params() []Param {
	var list []Param
	shape := []int{s.Size, s.Size, 3}
	for _, stage := range s.Network() {
		parametersOf(stage.Layers, shape, func(p Param) { list = append(list, p) })
		shape = outOf(stage.Layers, shape)
	}
	return list
}

// Shapes gives the shape of every tensor that [Spec.Forward] uses, by name.
func (s Spec) Shapes() map[string][]int {
	shapes := map[string][]int{}
	for _, p := range s.Params() {
		shapes[p.Name] = p.Shape
	}
	return shapes
}
