package backbone

import "fmt"

// MobileNetV2 (Sandler et al. 2018) and V3 (Howard et al. 2019). torchvision's batch norm in V3 has
// another epsilon than timm's.
var (
	mobileNetV2s = family{title: "MobileNetV2", layouts: []layout{{name: "torchvision", classifier: "classifier.1"},
		{name: "timm", classifier: "classifier"}}, stages: mobileNetV2Stages}
	mobileNetV3s = family{title: "MobileNetV3", layouts: []layout{
		{name: "torchvision", classifier: "classifier.3", epsilon: 1e-3},
		{name: "timm", classifier: "classifier"}}, stages: mobileNetV3Stages}
)

// rows are the blocks of a stage.
type rows []inverted

// mobileStages numbers blocks as torchvision does, from 1 on, and as timm does, by stage.
func mobileStages(stem Layer, in int, list []rows,
	torchvision func(index int, expands, squeezes bool) blockKeys) []Stage {
	stages, index := []Stage{{"stem", []Layer{stem}}}, 1
	for i, blocks := range list {
		stage := Stage{Name: fmt.Sprintf("stage%d", i+1)}
		for j, b := range blocks {
			b.pad = Padding(b.kernel / 2)
			expands := b.wide != in
			keys := []blockKeys{torchvision(index, expands, b.squeeze > 0), timmBlock(i, j, expands)}
			stage.Layers = append(stage.Layers, b.layers(fmt.Sprintf("%s.%d", stage.Name, j), in, keys...)...)
			in, index = b.out, index+1
		}
		stages = append(stages, stage)
	}
	return stages
}

// mobileStem is the first convolution.
func mobileStem(width int, act Activation) Layer {
	return Conv{Name: "stem", Keys: Keys{"features.0.0", "conv_stem"}, NormKeys: Keys{"features.0.1", "bn1"},
		Width: width, Kernel: 3, Stride: 2, Pad: 1, Act: act}
}

func mobileNetV2Stages(Spec) []Stage {
	var list []rows
	in := 32
	for _, g := range []Group{{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24}, {3, 3, 2, 6, 32}, {4, 3, 2, 6, 64}, {3, 3, 1, 6, 96},
		{3, 3, 2, 6, 160}, {1, 3, 1, 6, 320}} {
		var blocks rows
		for j := range g.Repeats {
			b := inverted{kernel: 3, stride: 1, wide: g.Expand * in, out: g.Width, act: ActReLU6}
			if j == 0 {
				b.stride = g.Stride
			}
			blocks, in = append(blocks, b), g.Width
		}
		list = append(list, blocks)
	}
	keys := func(index int, expands, _ bool) blockKeys {
		at := fmt.Sprintf("features.%d.conv", index)
		k := torchvisionBlock(at, expands, false)
		n := 1
		if expands {
			n = 2
		}
		k.project = [2]string{fmt.Sprintf("%s.%d", at, n), fmt.Sprintf("%s.%d", at, n+1)}
		return k
	}
	return append(mobileStages(mobileStem(32, ActReLU6), 32, list, keys), Stage{"top", []Layer{
		Conv{Name: "top", Keys: Keys{"features.18.0", "conv_head"}, NormKeys: Keys{"features.18.1", "bn2"}, Width: 1280,
			Act: ActReLU6}, Pool{}}})
}

// v3 is a block of MobileNetV3: kernel, stride, channels, squeeze-and-excitation, activation.
func v3(kernel, stride, wide, out, squeeze int, act Activation) inverted {
	return inverted{kernel: kernel, stride: stride, wide: wide, out: out, squeeze: squeeze, act: act, inner: ActReLU,
		gate: ActHardSigmoid}
}

const (
	re = ActReLU
	hs = ActHardSwish
)

var (
	v3Large = []rows{{v3(3, 1, 16, 16, 0, re)}, {v3(3, 2, 64, 24, 0, re), v3(3, 1, 72, 24, 0, re)},
		{v3(5, 2, 72, 40, 24, re), v3(5, 1, 120, 40, 32, re), v3(5, 1, 120, 40, 32, re)},
		{v3(3, 2, 240, 80, 0, hs), v3(3, 1, 200, 80, 0, hs), v3(3, 1, 184, 80, 0, hs), v3(3, 1, 184, 80, 0, hs)},
		{v3(3, 1, 480, 112, 120, hs), v3(3, 1, 672, 112, 168, hs)},
		{v3(5, 2, 672, 160, 168, hs), v3(5, 1, 960, 160, 240, hs), v3(5, 1, 960, 160, 240, hs)}}
	v3Small = []rows{{v3(3, 2, 16, 16, 8, re)}, {v3(3, 2, 72, 24, 0, re), v3(3, 1, 88, 24, 0, re)},
		{v3(5, 2, 96, 40, 24, hs), v3(5, 1, 240, 40, 64, hs), v3(5, 1, 240, 40, 64, hs)},
		{v3(5, 1, 120, 48, 32, hs), v3(5, 1, 144, 48, 40, hs)},
		{v3(5, 2, 288, 96, 72, hs), v3(5, 1, 576, 96, 144, hs), v3(5, 1, 576, 96, 144, hs)}}
)

func mobileNetV3Stages(s Spec) []Stage {
	list, top, last := v3Large, 960, "16"
	if s.Name == "mobilenet_v3_small" {
		list, top, last = v3Small, 576, "12"
	}
	keys := func(index int, expands, squeezes bool) blockKeys {
		return torchvisionBlock(fmt.Sprintf("features.%d.block", index), expands, squeezes)
	}
	timm := fmt.Sprintf("blocks.%d.0.", len(list))
	return append(mobileStages(mobileStem(16, hs), 16, list, keys), Stage{"top", []Layer{
		Conv{Name: "top", Keys: Keys{"features." + last + ".0", timm + "conv"}, NormKeys: Keys{"features." + last + ".1",
			timm + "bn1"}, Width: top, Act: hs}, Pool{},
		Conv{Name: "top.features", Keys: Keys{"classifier.0", "conv_head"}, Width: s.Features, Act: hs}}})
}

func mobileNet(name, family string, crop float64, features int, top1 float64, cut string) Spec {
	return Spec{Name: name, Family: family, License: "BSD-3-Clause", Size: 224, CenterCropFraction: crop, Filter: Bilinear,
		Mean: imageNetMean, Std: imageNetStd, Epsilon: 1e-5, Features: features, ImageNetTop1: top1, Cut: cut}
}
