package backbone

import (
	"fmt"
	"math"
)

// EfficientNet-Lite (Google 2020): EfficientNet without squeeze-and-excitation, with ReLU6, and
// with TensorFlow's padding. Its specs list their blocks in Groups.
var lites = family{
	title:   "EfficientNet-Lite",
	layouts: []layout{{name: "efficientnet-lite-pytorch", classifier: "_fc"}, {name: "timm", classifier: "classifier"}},
	stages:  liteStages,
}

func liteStages(s Spec) []Stage {
	stages := []Stage{{"stem", []Layer{Conv{Name: "stem",
		Keys: Keys{"_conv_stem", "conv_stem"}, NormKeys: Keys{"_bn0", "bn1"},
		Width: s.StemWidth, Kernel: 3, Stride: 2, Pad: Same, Act: ActReLU6}}}}
	index := 0
	for i := range s.Groups {
		stage := Stage{Name: fmt.Sprintf("stage%d", i+1)}
		for j, b := range s.Blocks(i) {
			block := inverted{kernel: b.Kernel, stride: b.Stride, wide: b.In * b.Expand, out: b.Out, pad: Same, act: ActReLU6}
			at := fmt.Sprintf("_blocks.%d._", index)
			keys := blockKeys{expand: [2]string{at + "expand_conv", at + "bn0"},
				depthwise: [2]string{at + "depthwise_conv", at + "bn1"}, project: [2]string{at + "project_conv", at + "bn2"}}
			name := fmt.Sprintf("%s.%d", stage.Name, j)
			stage.Layers = append(stage.Layers, block.layers(name, b.In, keys, timmBlock(i, j, b.Expand != 1))...)
			index++
		}
		stages = append(stages, stage)
	}
	return append(stages, Stage{"top", []Layer{Conv{Name: "top", Keys: Keys{"_conv_head", "conv_head"},
		NormKeys: Keys{"_bn1", "bn2"}, Width: s.Features, Act: ActReLU6}, Pool{}}})
}

// lite scales EfficientNet-Lite by width and depth (Tan and Le 2019; the Lite variants keep stem,
// first and last stage).
func lite(name string, width, depth float64, size int, crop, top1 float64) Spec {
	groups := []Group{{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24}, {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80}, {3, 5, 1, 6, 112},
		{4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}}
	for i := range groups {
		groups[i].Width = scaleWidth(groups[i].Width, width)
		if i > 0 && i < len(groups)-1 {
			groups[i].Repeats = int(math.Ceil(depth * float64(groups[i].Repeats)))
		}
	}
	return Spec{
		Name: name, Weights: name, License: "Apache-2.0", Size: size, CenterCropFraction: crop,
		Mean: [3]float32{127, 127, 127}, Std: [3]float32{128, 128, 128}, Epsilon: 1e-3,
		StemWidth: 32, Groups: groups, Features: 1280, ImageNetTop1: top1, Cut: "stage6",
	}
}

// timmLite is a Lite whose weights are at hand in timm's conversion only, with its preprocessing.
func timmLite(name string, width, depth float64, size int, crop, top1 float64) Spec {
	s := lite(name, width, depth, size, crop, top1)
	s.Mean, s.Std, s.Filter = halfMean, halfMean, Bilinear
	return s
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
