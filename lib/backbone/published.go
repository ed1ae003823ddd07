package backbone

import (
	"slices"
	"strings"
)

// architectures are the names that timm gives networks, and torchvision where timm has none.
var architectures = map[string]string{"squeezenet1_1": "squeezenet1_1", "resnet18": "resnet18", "resnet34": "resnet34",
	"resnet50": "resnet50", "mobilenet_v2": "mobilenetv2_100", "mobilenet_v3_small": "mobilenetv3_small_100",
	"mobilenet_v3_large": "mobilenetv3_large_100", "efficientnet_b0": "efficientnet_b0", "convnext_atto": "convnext_atto",
	"convnext_tiny": "convnext_tiny", "vit_tiny": "vit_tiny_patch16_224", "dinov2_small": "vit_small_patch14_dinov2"}

// Architecture is the library, "timm" or "torchvision", that has the network with the tensors of
// [Spec.Published], and its name there.
func (s Spec) Architecture() (library, name string) {
	library, name = "timm", architectures[s.Name]
	if s.Family == "" {
		name = "tf_" + s.Name
	}
	if s.Family == "squeezenet" {
		library = "torchvision"
	}
	return library, name
}

// Published lays weights out as [Spec.Architecture] has them: the reverse of [Load]. A classifier
// `[Features, classes]` becomes the network's own; SqueezeNet, which has no linear one, gets a
// layer "classifier" after the mean.
func (s Spec) Published(weights Weights, kernel, bias Tensor) map[string]Tensor {
	layouts := s.family().layouts
	at := max(slices.IndexFunc(layouts, func(l layout) bool { return strings.HasSuffix(l.name, "timm") }), 0)
	out := map[string]Tensor{}
	for _, p := range s.Params() {
		out[p.Keys[at]] = p.to(weights[p.Name], s.linear(p.Keys[at]))
	}
	classifier := layouts[at].classifier
	if classifier == "" {
		classifier = "classifier"
	}
	out[classifier+".weight"], out[classifier+".bias"] = kernel.Transposed(1, 0), bias
	return out
}

// linear reports whether a published kernel is that of a linear layer, and not of a 1x1
// convolution.
func (s Spec) linear(key string) bool {
	return s.Family == "vit" && !strings.HasPrefix(key, "patch_embed.") || s.Name == "convnext_tiny" &&
		strings.Contains(key, ".mlp.")
}

// to lays a tensor out as it is published: the reverse of [Param.from].
func (p Param) to(t Tensor, linear bool) Tensor {
	switch {
	case strings.HasSuffix(p.Name, ".class"), strings.HasSuffix(p.Name, ".places"):
		return Tensor{Shape: append([]int{1}, t.Shape...), Data: t.Data}
	case !strings.HasSuffix(p.Name, ".kernel"):
		return t
	}
	switch len(t.Shape) {
	case 4:
		return t.Transposed(3, 2, 0, 1)
	case 3:
		t = t.Transposed(2, 0, 1)
		return Tensor{Shape: []int{t.Shape[0], 1, t.Shape[1], t.Shape[2]}, Data: t.Data}
	}
	t = t.Transposed(1, 0)
	if !linear {
		t.Shape = append(t.Shape, 1, 1)
	}
	return t
}
