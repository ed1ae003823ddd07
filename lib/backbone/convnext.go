package backbone

import "fmt"

// ConvNeXt (Liu et al. 2022); Atto is timm's smallest.
var convNeXts = family{title: "ConvNeXt", layouts: []layout{{name: "timm", classifier: "head.fc"},
	{name: "torchvision", classifier: "classifier.2"}}, stages: convNeXtStages}

const convNeXtEpsilon = 1e-6 // of the layer norms

func convNeXtStages(s Spec) []Stage {
	repeats, width := [4]int{3, 3, 9, 3}, 96
	if s.Name == "convnext_atto" {
		repeats, width = [4]int{2, 2, 6, 2}, 40
	}
	norm := func(name string, keys ...string) Layer {
		return LayerNorm{Name: name, Keys: keys, Epsilon: convNeXtEpsilon}
	}
	stages := []Stage{{"stem", []Layer{
		Conv{Name: "stem", Keys: Keys{"stem.0", "features.0.0"}, Width: width, Kernel: 4, Stride: 4},
		norm("stem.norm", "stem.1", "features.0.1")}}}
	for i := range repeats {
		stage := Stage{Name: fmt.Sprintf("stage%d", i+1)}
		if i > 0 {
			width *= 2
			timm, torchvision := fmt.Sprintf("stages.%d.downsample.", i), fmt.Sprintf("features.%d.", 2*i)
			stage.Layers = append(stage.Layers, norm(stage.Name+".down.norm", timm+"0", torchvision+"0"),
				Conv{Name: stage.Name + ".down", Keys: Keys{timm + "1", torchvision + "1"}, Width: width, Kernel: 2, Stride: 2})
		}
		for j := range repeats[i] {
			name := fmt.Sprintf("%s.%d", stage.Name, j)
			timm, torchvision := fmt.Sprintf("stages.%d.blocks.%d.", i, j), fmt.Sprintf("features.%d.%d.", 2*i+1, j)
			stage.Layers = append(stage.Layers, Residual{Name: name, Body: []Layer{
				Conv{Name: name + ".depthwise", Keys: Keys{timm + "conv_dw", torchvision + "block.0"},
					Depthwise: true, Kernel: 7, Pad: 3},
				norm(name+".norm", timm+"norm", torchvision+"block.2"),
				Conv{Name: name + ".expand", Keys: Keys{timm + "mlp.fc1", torchvision + "block.3"}, Width: 4 * width, Act: ActGELU},
				Conv{Name: name + ".project", Keys: Keys{timm + "mlp.fc2", torchvision + "block.5"}, Width: width},
				LayerScale{Name: name + ".scale", Keys: Keys{timm + "gamma", torchvision + "layer_scale"}}}})
		}
		stages = append(stages, stage)
	}
	return append(stages, Stage{"top", []Layer{Pool{}, norm("top.norm", "head.norm", "classifier.0")}})
}

func convNeXt(name, license string, crop float64, filter Filter, features int, top1 float64) Spec {
	return Spec{Name: name, Family: "convnext", License: license, Size: 224, CenterCropFraction: crop, Filter: filter,
		Mean: imageNetMean, Std: imageNetStd, Epsilon: 1e-5, Features: features, ImageNetTop1: top1, Cut: "stage4"}
}
