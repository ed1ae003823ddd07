package backbone

import "fmt"

// Vision transformers: ViT-Tiny/16 (Dosovitskiy et al. 2021; Steiner et al. 2022) and DINOv2
// ViT-S/14 (Oquab et al. 2023), which scales its branches and has no classifier. Twelve blocks
// make four stages.
var vits = family{title: "Vision transformer",
	layouts: []layout{{name: "timm", classifier: "head", ignored: []string{"mask_token"}}}, stages: vitStages}

// vit is what the two differ in.
type vit struct {
	patch, grid  int // pixels, patches
	width, heads int
	scaled       bool // branches have layer scale
}

func vitOf(name string) vit {
	if name == "dinov2_small" {
		return vit{14, 37, 384, 6, true}
	}
	return vit{16, 14, 192, 3, false}
}

const vitEpsilon = 1e-6 // of the layer norms

func vitStages(s Spec) []Stage {
	v := vitOf(s.Name)
	stages := []Stage{{"stem", []Layer{
		Conv{Name: "stem", Keys: Keys{"patch_embed.proj"}, Width: v.width, Kernel: v.patch, Stride: v.patch},
		Tokens{Name: "stem.tokens", ClassKeys: Keys{"cls_token"}, PlaceKeys: Keys{"pos_embed"}, Grid: v.grid}}}}
	for i := range 4 {
		stage := Stage{Name: fmt.Sprintf("stage%d", i+1)}
		for j := range 3 {
			stage.Layers = append(stage.Layers, v.block(fmt.Sprintf("%s.%d", stage.Name, j),
				fmt.Sprintf("blocks.%d.", 3*i+j))...)
		}
		stages = append(stages, stage)
	}
	return append(stages, Stage{"top", []Layer{LayerNorm{Name: "top.norm", Keys: Keys{"norm"}, Epsilon: vitEpsilon},
		Pool{ClassToken: true}}})
}

func (v vit) block(name, at string) []Layer {
	branch := func(name, norm, scale string, layers ...Layer) Layer {
		body := append([]Layer{LayerNorm{Name: name + ".norm", Keys: Keys{at + norm}, Epsilon: vitEpsilon}}, layers...)
		if v.scaled {
			body = append(body, LayerScale{Name: name + ".scale", Keys: Keys{at + scale + ".gamma"}})
		}
		return Residual{Name: name, Body: body}
	}
	linear := func(name, key string, width int, act Activation) Conv {
		return Conv{Name: name, Keys: Keys{at + key}, Width: width, Act: act}
	}
	attention, mlp := name+".attention", name+".mlp"
	return []Layer{
		branch(attention, "norm1", "ls1", Attention{Name: attention + ".heads", Heads: v.heads,
			QKV:        linear(attention+".qkv", "attn.qkv", 3*v.width, ActLinear),
			Projection: linear(attention+".projection", "attn.proj", v.width, ActLinear)}),
		branch(mlp, "norm2", "ls2", linear(mlp+".expand", "mlp.fc1", 4*v.width, ActGELU),
			linear(mlp+".project", "mlp.fc2", v.width, ActLinear))}
}

func vitTiny(name string) Spec {
	return Spec{Name: name, Family: "vit", License: "Apache-2.0", Size: 224, CenterCropFraction: 224.0 / 248,
		Mean: halfMean, Std: halfMean, Epsilon: 1e-5, Features: 192, ImageNetTop1: 75.462, Cut: "stage4"}
}

func dinoV2(name string) Spec {
	return Spec{Name: name, Family: "vit", License: "Apache-2.0", Size: 224, CenterCropFraction: 0.875, Mean: imageNetMean,
		Std: imageNetStd, Epsilon: 1e-5, Features: 384, ImageNetTop1: 81.1, Cut: CutHead}
}
