package backbone

import (
	"fmt"
	"os"

	"github.com/nlpodyssey/gopickle/pytorch"
	"github.com/nlpodyssey/gopickle/types"

	"imagelab/lib/internal/safetensors"
)

// Weights are the parameters of a network by name. Kernels are `[height, width, in, out]`, of depthwise
// convolutions `[k, k, channels]`, and of 1x1 convolutions, linear layers and the ImageNet classifier
// ("classifier.kernel", "classifier.bias") `[in, out]`. A batch norm "x_bn" has gamma, beta, mean and
// variance, each `[channels]`.
type Weights map[string]safetensors.Tensor

// readState reads the tensors of a file by their names in it.
func readState(path string) (map[string]safetensors.Tensor, error) {
	if err := startsLikeCheckpoint(path); err == nil {
		return readCheckpoint(path)
	}
	f, err := safetensors.Read(path)
	return f.Tensors, err
}

func readCheckpoint(path string) (state map[string]safetensors.Tensor, err error) {
	if err := startsLikeCheckpoint(path); err != nil {
		return nil, err
	}
	// The pickle reader panics on some damaged files.
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("damaged checkpoint: %v", r)
		}
	}()
	loaded, err := pytorch.Load(path)
	if err != nil {
		return nil, err
	}
	dict, ok := loaded.(*types.OrderedDict)
	if !ok {
		return nil, fmt.Errorf("a checkpoint of type %T, not a state dict", loaded)
	}
	state = map[string]safetensors.Tensor{}
	for key, entry := range dict.Map {
		name, ok := key.(string)
		tensor, isTensor := entry.Value.(*pytorch.Tensor)
		if !ok || !isTensor {
			return nil, fmt.Errorf("entry %v is not a tensor", key)
		}
		values, ok := tensor.Source.(*pytorch.FloatStorage)
		if !ok {
			continue // num_batches_tracked, an integer
		}
		t, err := contiguous(tensor, values.Data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		state[name] = t
	}
	return state, nil
}

// startsLikeCheckpoint looks at the first byte of a pickle or a zip archive: the reader does not
// come to an end of a file that is empty or zeros.
func startsLikeCheckpoint(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	first := make([]byte, 1)
	if _, err := f.Read(first); err != nil || first[0] != 0x80 && first[0] != 'P' {
		return fmt.Errorf("%s is no checkpoint: it is empty or damaged", path)
	}
	return nil
}

// contiguous copies a tensor out of its storage in row-major order; the published kernels are
// stored transposed.
func contiguous(tensor *pytorch.Tensor, storage []float32) (safetensors.Tensor, error) {
	t := safetensors.Tensor{Shape: tensor.Size}
	if len(tensor.Stride) != len(t.Shape) {
		return t, fmt.Errorf("%d strides for shape %v", len(tensor.Stride), t.Shape)
	}
	n := 1
	for _, d := range t.Shape {
		if d < 0 || d > 0 && n > len(storage)/d {
			return t, fmt.Errorf("its storage is too short for shape %v", t.Shape)
		}
		n *= d
	}
	t.Data = make([]float32, n)
	for n := range t.Data {
		at, rest := tensor.StorageOffset, n
		for axis := len(t.Shape) - 1; axis >= 0; axis-- {
			at += rest % t.Shape[axis] * tensor.Stride[axis]
			rest /= t.Shape[axis]
		}
		if at < 0 || at >= len(storage) {
			return t, fmt.Errorf("its storage is too short")
		}
		t.Data[n] = storage[at]
	}
	return t, nil
}
