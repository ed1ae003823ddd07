package backbone

import "fmt"

// EfficientNet-B0 (Tan and Le 2019), with PyTorch's padding, as torchvision and timm have it.
var efficientNets = family{title: "EfficientNet", layouts: []layout{{name: "torchvision", classifier: "classifier.1"},
	{name: "timm", classifier: "classifier"}}, stages: efficientNetStages}

func efficientNetStages(s Spec) []Stage {
	var list []rows
	var at [][2]int // stage and block of each block in torchvision
	in := 32
	for i, g := range []Group{{1, 3, 1, 1, 16}, {2, 3, 2, 6, 24}, {2, 5, 2, 6, 40}, {3, 3, 2, 6, 80}, {3, 5, 1, 6, 112},
		{4, 5, 2, 6, 192}, {1, 3, 1, 6, 320}} {
		var blocks rows
		for j := range g.Repeats {
			b := inverted{kernel: g.Kernel, stride: 1, wide: g.Expand * in, out: g.Width, squeeze: in / 4, act: ActSwish,
				inner: ActSwish, gate: ActSigmoid}
			if j == 0 {
				b.stride = g.Stride
			}
			blocks, in, at = append(blocks, b), g.Width, append(at, [2]int{i + 1, j})
		}
		list = append(list, blocks)
	}
	keys := func(index int, expands, squeezes bool) blockKeys {
		where := at[index-1]
		return torchvisionBlock(fmt.Sprintf("features.%d.%d.block", where[0], where[1]), expands, squeezes)
	}
	return append(mobileStages(mobileStem(32, ActSwish), 32, list, keys), Stage{"top", []Layer{
		Conv{Name: "top", Keys: Keys{"features.8.0", "conv_head"}, NormKeys: Keys{"features.8.1", "bn2"}, Width: s.Features,
			Act: ActSwish}, Pool{}}})
}

func efficientNet(name string) Spec {
	return Spec{Name: name, Family: "efficientnet", License: "Apache-2.0", Size: 224, CenterCropFraction: 0.875,
		Mean: imageNetMean, Std: imageNetStd, Epsilon: 1e-5, Features: 1280, ImageNetTop1: 77.692, Cut: "stage6"}
}
