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

	"github.com/gomlx/compute/dtypes"

	"imagelab/lib/text"
)

// Spec describes one pretrained network and the preprocessing its weights were trained with. It is
// saved in every bundle.
type Spec struct {
	Name               string     `json:"name"`
	Weights            string     `json:"weights"` // name of the pinned asset
	License            string     `json:"license"`
	Size               int        `json:"size"`          // input side, pixels
	CenterCropFraction float64    `json:"crop_fraction"` // centre crop side over resized short side
	Mean               [3]float32 `json:"mean"`          // RGB, of pixel values in [0,255]
	Std                [3]float32 `json:"std"`           // RGB, of pixel values in [0,255]
	Epsilon            float64    `json:"epsilon"`       // batch-norm epsilon
	StemWidth          int        `json:"stem_width"`    // channels
	Groups             []Group    `json:"groups"`        // stage1, stage2, ...
	Features           int        `json:"features"`      // width of the pooled output
	ImageNetTop1       float64    `json:"imagenet_top1"` // as published, percent

	// Products is the number type in which Forward multiplies: dtypes.BFloat16, or the zero value
	// for float32. It is not a property of the network and is not saved.
	Products dtypes.DType `json:"-"`
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

// Names lists the backbones, fastest first.
func Names() []string {
	return []string{"efficientnet_lite0", "efficientnet_lite1", "efficientnet_lite2"}
}

// Lookup returns the spec of a backbone by name; "lite0" is accepted for "efficientnet_lite0".
func Lookup(name string) (Spec, error) {
	full := name
	if strings.HasPrefix(name, "lite") {
		full = "efficientnet_" + name
	}
	switch full {
	case "efficientnet_lite0":
		return lite(full, 1.0, 1.0, 224, 75.1), nil
	case "efficientnet_lite1":
		return lite(full, 1.0, 1.1, 240, 76.7), nil
	case "efficientnet_lite2":
		return lite(full, 1.1, 1.2, 260, 77.6), nil
	}
	return Spec{}, fmt.Errorf("backbone: there is no %s; choose one of %s%s", text.Name(name),
		strings.Join(Names(), ", "), didYouMean(name))
}

// didYouMean looks among the full names and the short ones.
func didYouMean(name string) string {
	names := Names()
	for _, full := range Names() {
		names = append(names, strings.TrimPrefix(full, "efficientnet_"))
	}
	return text.DidYouMean(name, names)
}

// lite scales EfficientNet-Lite by width and depth (Tan and Le 2019; the Lite variants keep stem,
// first and last stage).
func lite(name string, width, depth float64, size int, top1 float64) Spec {
	groups := []Group{{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24}, {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80}, {3, 5, 1, 6, 112},
		{4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}}
	for i := range groups {
		groups[i].Width = scaleWidth(groups[i].Width, width)
		if i > 0 && i < len(groups)-1 {
			groups[i].Repeats = int(math.Ceil(depth * float64(groups[i].Repeats)))
		}
	}
	return Spec{
		Name: name, Weights: name, License: "Apache-2.0", Size: size, CenterCropFraction: 0.875,
		Mean: [3]float32{127, 127, 127}, Std: [3]float32{128, 128, 128}, Epsilon: 1e-3,
		StemWidth: 32, Groups: groups, Features: 1280, ImageNetTop1: top1,
	}
}

// scaleWidth multiplies a channel count and rounds it to a multiple of 8, never down by more than
// 10 %.
func scaleWidth(channels int, factor float64) int {
	scaled := factor * float64(channels)
	rounded := max(8, int(scaled+4)/8*8)
	if float64(rounded) < 0.9*scaled {
		rounded += 8
	}
	return rounded
}

// Stages names the stages in order: "stem", "stage1" ... "stage7", "top". The last one ends in
// pooled features.
func (s Spec) Stages() []string {
	names := []string{"stem"}
	for i := range s.Groups {
		names = append(names, fmt.Sprintf("stage%d", i+1))
	}
	return append(names, "top")
}

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

// Shape is the shape `[height, width, channels]` of the input of stage index i for images of size x
// size pixels, or `[Features]` when i is len(Stages()).
func (s Spec) Shape(i, size int) []int {
	if i == 0 {
		return []int{size, size, 3}
	}
	if i > len(s.Groups)+1 {
		return []int{s.Features}
	}
	side, width := (size+1)/2, s.StemWidth
	for _, g := range s.Groups[:i-1] {
		side, width = (side+g.Stride-1)/g.Stride, g.Width
	}
	return []int{side, side, width}
}

// ResizeSide is the length to which the short side is resized before the crop of size pixels.
func (s Spec) ResizeSide(size int) int {
	return int(math.Round(float64(size) / s.CenterCropFraction))
}

// Shapes gives the shape of every tensor that [Spec.Forward] uses, by name.
func (s Spec) Shapes() map[string][]int {
	shapes := map[string][]int{}
	add := func(name string, shape ...int) {
		shapes[name+".kernel"] = shape
		for _, part := range []string{".gamma", ".beta", ".mean", ".variance"} {
			shapes[name+"_bn"+part] = []int{shape[len(shape)-1]}
		}
	}
	add("stem", 3, 3, 3, s.StemWidth)
	for i := range s.Groups {
		for j, b := range s.Blocks(i) {
			name, wide := fmt.Sprintf("stage%d.%d.", i+1, j), b.In*b.Expand
			if b.Expand != 1 {
				add(name+"expand", b.In, wide)
			}
			add(name+"depthwise", b.Kernel, b.Kernel, wide)
			add(name+"project", wide, b.Out)
		}
	}
	add("top", s.Groups[len(s.Groups)-1].Width, s.Features)
	return shapes
}
