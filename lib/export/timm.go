package export

import (
	"fmt"

	"imagelab/lib/classifier"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
)

// Safetensors writes the weights, not folded, under the names of PyTorch's timm, or of torchvision
// for SqueezeNet, with the classes and the preprocessing in the file's metadata. The metadata's
// entry "timm" or "torchvision" names the network there.
func Safetensors(path string, m *classifier.Model) error {
	entries, err := entriesOf(m)
	if err != nil {
		return err
	}
	library, name := m.Spec.Architecture()
	meta := map[string]string{"producer": "imagelab", library: name, "format": "pt"}
	for _, e := range entries {
		meta[e.Key] = e.Value
	}
	state := m.Spec.Published(m.Weights, m.Weights[network.HeadKernel], m.Weights[network.HeadBias])
	if err := safetensors.Write(path, safetensors.File{Tensors: state, Metadata: meta}); err != nil {
		return fmt.Errorf("export: %w", err)
	}
	return nil
}
