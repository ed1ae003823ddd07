package backbone

import (
	"fmt"
	"io"
	"os"

	"imagelab/lib/internal/checkpoint"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/text"
)

// Weights are the parameters of a network by name. Kernels are `[height, width, in, out]`, of
// depthwise convolutions `[k, k, channels]`, and of 1x1 convolutions, linear layers and the
// ImageNet classifier ("classifier.kernel", "classifier.bias") `[in, out]`. A batch norm "x_bn"
// has gamma, beta, mean and variance, each `[channels]`.
type Weights map[string]safetensors.Tensor

// readState reads the tensors of a file by their names in it. A checkpoint of PyTorch begins as a
// pickle or a zip archive does; safetensors begin with a length below 2^24.
func readState(path string) (map[string]safetensors.Tensor, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	first := make([]byte, 8)
	if _, err := io.ReadFull(f, first); err != nil {
		return nil, fmt.Errorf("%s is empty or damaged", text.Path(path))
	}
	if string(first[:2]) == "PK" || first[7] != 0 || first[0] == 0x80 && first[1] == 2 && first[2] == 0x8a {
		return checkpoint.Read(path)
	}
	file, err := safetensors.Read(path)
	return file.Tensors, err
}
