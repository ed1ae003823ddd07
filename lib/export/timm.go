package export

import (
	"fmt"

	"imagelab/lib/classifier"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
)

// Safetensors writes the weights, not folded, under the names that timm gives them in its model
// "tf_" + the backbone's name, with the classes and the preprocessing in the file's metadata.
func Safetensors(path string, m *classifier.Model) error {
	if m.Spec.Family != "" {
		return fmt.Errorf("export: safetensors are written of EfficientNet-Lite only, and not of %s: export it as ONNX", m.Spec.Name)
	}
	entries, err := Metadata(m)
	if err != nil {
		return err
	}
	meta := map[string]string{"producer": "imagelab", "timm": "tf_" + m.Spec.Name, "format": "pt"}
	for _, e := range entries {
		meta[e.Key] = e.Value
	}
	if err := safetensors.Write(path, safetensors.File{Tensors: timm(m), Metadata: meta}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}

// timm is the weights by timm's names and in PyTorch's layout, kernels `[out, in/groups, height,
// width]`.
func timm(m *classifier.Model) map[string]safetensors.Tensor {
	t := renamer{m.Weights, map[string]safetensors.Tensor{}}
	t.conv("stem", "conv_stem", "bn1", 3, 2, 0, 1)
	for i := range m.Spec.Groups {
		for j, b := range m.Spec.Blocks(i) {
			from, to := fmt.Sprintf("stage%d.%d.", i+1, j), fmt.Sprintf("blocks.%d.%d.", i, j)
			if b.Expand == 1 {
				t.conv(from+"depthwise", to+"conv_dw", to+"bn1", 2, 0, 1)
				t.conv(from+"project", to+"conv_pw", to+"bn2", 1, 0)
				continue
			}
			t.conv(from+"expand", to+"conv_pw", to+"bn1", 1, 0)
			t.conv(from+"depthwise", to+"conv_dw", to+"bn2", 2, 0, 1)
			t.conv(from+"project", to+"conv_pwl", to+"bn3", 1, 0)
		}
	}
	t.conv("top", "conv_head", "bn2", 1, 0)
	t.out["classifier.weight"] = m.Weights[network.HeadKernel].Transposed(1, 0)
	t.out["classifier.bias"] = m.Weights[network.HeadBias]
	return t.out
}

type renamer struct {
	from map[string]safetensors.Tensor
	out  map[string]safetensors.Tensor
}

// conv moves a convolution, its axes in this order, and its batch norm.
func (t renamer) conv(from, to, norm string, order ...int) {
	kernel := t.from[from+".kernel"].Transposed(order...)
	if len(order) == 3 { // depthwise: a kernel for each channel
		kernel.Shape = []int{kernel.Shape[0], 1, kernel.Shape[1], kernel.Shape[2]}
	}
	for len(kernel.Shape) < 4 {
		kernel.Shape = append(kernel.Shape, 1)
	}
	t.out[to+".weight"] = kernel
	for ours, theirs := range map[string]string{"gamma": "weight", "beta": "bias", "mean": "running_mean", "variance": "running_var"} {
		t.out[norm+"."+theirs] = t.from[from+"_bn."+ours]
	}
}
