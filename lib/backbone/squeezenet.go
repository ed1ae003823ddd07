package backbone

import "fmt"

// SqueezeNet 1.1 (Iandola et al. 2016). ImageNet's classes come from a convolution with ReLU
// before the mean, which is no linear classifier of features, so the features here are the mean
// of what that convolution sees.
var squeezenets = family{title: "SqueezeNet", layouts: []layout{{name: "torchvision"}}, stages: squeezeNetStages}

func squeezeNetStages(Spec) []Stage {
	pool := Pooling{Kernel: 3, Stride: 2, Ceil: true}
	conv := Conv{Name: "stem", Keys: Keys{"features.0"}, Width: 64, Kernel: 3, Stride: 2, Act: ActReLU}
	stages := []Stage{{"stem", []Layer{conv, pool}}}
	fires := [][]struct{ key, squeeze int }{{{3, 16}, {4, 16}}, {{6, 32}, {7, 32}},
		{{9, 48}, {10, 48}, {11, 64}, {12, 64}}}
	for i, list := range fires {
		stage := Stage{Name: fmt.Sprintf("stage%d", i+1)}
		for j, f := range list {
			name := fmt.Sprintf("%s.%d", stage.Name, j)
			stage.Layers = append(stage.Layers, fire(name, fmt.Sprintf("features.%d.", f.key), f.squeeze)...)
		}
		if i < len(fires)-1 {
			stage.Layers = append(stage.Layers, pool)
		}
		stages = append(stages, stage)
	}
	return append(stages, Stage{"top", []Layer{Pool{}}})
}

// fire is a 1x1 convolution to few channels and then a 1x1 and a 3x3 convolution beside each other.
func fire(name, at string, squeeze int) []Layer {
	conv := func(part, key string, width, kernel int) Conv {
		return Conv{Name: name + part, Keys: Keys{at + key}, Width: width, Kernel: kernel, Pad: Padding(kernel / 2),
			Act: ActReLU}
	}
	return []Layer{conv(".squeeze", "squeeze", squeeze, 1), Parallel{Name: name, Branches: [][]Layer{
		{conv(".expand1", "expand1x1", 4*squeeze, 1)}, {conv(".expand3", "expand3x3", 4*squeeze, 3)}}}}
}

func squeezeNet(name string) Spec {
	return Spec{Name: name, Family: "squeezenet", License: "BSD-3-Clause", Size: 224, CenterCropFraction: 0.875,
		Filter: Bilinear, Mean: imageNetMean, Std: imageNetStd, Epsilon: 1e-5,
		Features: 512, ImageNetTop1: 58.178, Cut: "stage3"}
}
