package backbone

import (
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/asset"
	"imagelab/lib/text"
)

// family is what networks of one kind have in common.
type family struct {
	title   string
	layouts []layout
	stages  func(s Spec) []Stage
}

// layout is how published files name tensors; [Param] has a key for each.
type layout struct {
	name       string
	classifier string   // key of ImageNet's classifier; empty: there is no linear one
	epsilon    float64  // of the batch norm with which such weights were trained; 0: Spec.Epsilon
	ignored    []string // keys of tensors that inference does not need
}

var families = map[string]family{"": lites, "resnet": resnets, "squeezenet": squeezenets, "mobilenet_v2": mobileNetV2s,
	"mobilenet_v3": mobileNetV3s, "efficientnet": efficientNets, "convnext": convNeXts, "vit": vits}

// family is what s belongs to. A spec of unknown origin has no stage.
func (s Spec) family() family {
	f := families[s.Family]
	if f.stages == nil {
		f.stages = func(Spec) []Stage { return nil }
	}
	return f
}

// Filter resizes photos.
type Filter string

// Filters, both antialiased where a photo shrinks.
const (
	Bicubic  Filter = "" // a = -0.5, as Pillow's
	Bilinear Filter = "bilinear"
)

// Means and deviations of pixel values in [0,255] that weights were trained with.
var (
	imageNetMean = [3]float32{123.675, 116.28, 103.53}
	imageNetStd  = [3]float32{58.395, 57.12, 57.375}
	halfMean     = [3]float32{127.5, 127.5, 127.5}
)

// table holds every backbone, with the top-1 accuracies of the pinned weights: see
// [Spec.Top1Source].
var table = []Spec{
	lite("efficientnet_lite0", 1.0, 1.0, 224, 0.875, 75.1),
	lite("efficientnet_lite1", 1.0, 1.1, 240, 0.882, 76.7),
	lite("efficientnet_lite2", 1.1, 1.2, 260, 0.89, 77.6),
	timmLite("efficientnet_lite3", 1.2, 1.4, 300, 300.0/331, 79.8),
	timmLite("efficientnet_lite4", 1.4, 1.8, 380, 0.92, 81.5),
	resnet("resnet18", 512, 69.758),
	resnet("resnet34", 512, 73.314),
	resnet("resnet50", 2048, 76.13),
	squeezeNet("squeezenet1_1"),
	mobileNet("mobilenet_v2", "mobilenet_v2", 0.875, 1280, 71.878, "stage6"),
	mobileNet("mobilenet_v3_small", "mobilenet_v3", 0.875, 1024, 67.668, "stage5"),
	mobileNet("mobilenet_v3_large", "mobilenet_v3", 224.0/232, 1280, 75.274, "stage6"),
	efficientNet("efficientnet_b0"),
	convNeXt("convnext_atto", "Apache-2.0", 0.875, Bicubic, 320, 75.7),
	convNeXt("convnext_tiny", "BSD-3-Clause", 224.0/236, Bilinear, 768, 82.52),
	vitTiny("vit_tiny"),
	dinoV2("dinov2_small"),
}

// Names lists the backbones by family, those whose weights come with their package first.
func Names() []string {
	var names []string
	for _, s := range table {
		names = append(names, s.Name)
	}
	return names
}

// Ready lists the backbones whose weights are in the cache, and those that a package client brings.
func Ready() []string {
	return slices.DeleteFunc(Names(), func(name string) bool {
		ref, err := asset.Lookup(name)
		return err != nil || ref.Unseen && !asset.Placed(name)
	})
}

// Lookup returns the spec of a backbone by name; "lite0" is accepted for "efficientnet_lite0".
func Lookup(name string) (Spec, error) {
	full := name
	if strings.HasPrefix(name, "lite") {
		full = "efficientnet_" + name
	}
	for _, s := range table {
		if s.Name == full {
			s.Weights, s.Groups = s.Name, slices.Clone(s.Groups)
			return s, nil
		}
	}
	return Spec{}, fmt.Errorf("backbone: there is no %s; choose one of %s%s", text.Name(name),
		strings.Join(Names(), ", "), didYouMean(name))
}

// didYouMean looks among the full names and the short ones.
func didYouMean(name string) string {
	names := Names()
	for _, full := range Names() {
		if short, ok := strings.CutPrefix(full, "efficientnet_"); ok {
			names = append(names, short)
		}
	}
	return text.DidYouMean(name, names)
}

// FamilyName is the family as a person calls it.
func (s Spec) FamilyName() string { return s.family().title }

// Top1Source says who published ImageNetTop1, for the weights that are pinned.
func (s Spec) Top1Source() string {
	switch {
	case s.Name == "dinov2_small":
		return "Oquab et al. 2023: linear classifier on frozen features"
	case s.Filter == Bilinear && s.Family == "":
		return "timm, as converted from Google's"
	case s.Family == "":
		return "Google"
	case s.Family == "vit", s.Name == "convnext_atto":
		return "timm"
	}
	return "torchvision"
}
