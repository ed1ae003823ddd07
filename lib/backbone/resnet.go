package backbone

import "fmt"

// ResNet (He et al. 2016), with the stride of a bottleneck in its 3x3 convolution, as torchvision
// and timm have it.
var resnets = family{title: "ResNet", layouts: []layout{{name: "torchvision and timm", classifier: "fc"}},
	stages: resnetStages}

var resnetRepeats = map[string][4]int{"resnet18": {2, 2, 2, 2}, "resnet34": {3, 4, 6, 3}, "resnet50": {3, 4, 6, 3}}

func resnetStages(s Spec) []Stage {
	stages := []Stage{{"stem", []Layer{
		Conv{Name: "stem", Keys: Keys{"conv1"}, NormKeys: Keys{"bn1"}, Width: 64, Kernel: 7, Stride: 2, Pad: 3, Act: ActReLU},
		Pooling{Kernel: 3, Stride: 2, Pad: 1}}}}
	in := 64
	for i, repeats := range resnetRepeats[s.Name] {
		stage, width := Stage{Name: fmt.Sprintf("stage%d", i+1)}, 64<<i
		for j := range repeats {
			stride, out := 1, width
			if i > 0 && j == 0 {
				stride = 2
			}
			name, at := fmt.Sprintf("%s.%d", stage.Name, j), fmt.Sprintf("layer%d.%d.", i+1, j)
			r := Residual{Name: name, Act: ActReLU}
			if r.Body = basic(name, at, width, stride); s.Name == "resnet50" {
				r.Body, out = bottleneck(name, at, width, stride), 4*width
			}
			if stride != 1 || in != out {
				r.Shortcut = []Layer{normed(name+".shortcut", at+"downsample.0", at+"downsample.1", out, 1, stride, ActLinear)}
			}
			stage.Layers, in = append(stage.Layers, r), out
		}
		stages = append(stages, stage)
	}
	return append(stages, Stage{"top", []Layer{Pool{}}})
}

func basic(name, at string, width, stride int) []Layer {
	return []Layer{normed(name+".conv1", at+"conv1", at+"bn1", width, 3, stride, ActReLU),
		normed(name+".conv2", at+"conv2", at+"bn2", width, 3, 1, ActLinear)}
}

func bottleneck(name, at string, width, stride int) []Layer {
	return []Layer{normed(name+".conv1", at+"conv1", at+"bn1", width, 1, 1, ActReLU),
		normed(name+".conv2", at+"conv2", at+"bn2", width, 3, stride, ActReLU),
		normed(name+".conv3", at+"conv3", at+"bn3", 4*width, 1, 1, ActLinear)}
}

// normed is a convolution with batch norm, padded so that a stride of 1 keeps the size.
func normed(name, key, norm string, width, kernel, stride int, act Activation) Conv {
	return Conv{Name: name, Keys: Keys{key}, NormKeys: Keys{norm}, Width: width, Kernel: kernel, Stride: stride,
		Pad: Padding(kernel / 2), Act: act}
}

func resnet(name string, features int, top1 float64) Spec {
	return Spec{Name: name, Family: "resnet", License: "BSD-3-Clause", Size: 224, CenterCropFraction: 0.875,
		Filter: Bilinear, Mean: imageNetMean, Std: imageNetStd, Epsilon: 1e-5,
		Features: features, ImageNetTop1: top1, Cut: "stage4"}
}
