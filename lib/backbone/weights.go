package backbone

import (
	"fmt"
	"os"
	"strings"

	"github.com/nlpodyssey/gopickle/pytorch"
	"github.com/nlpodyssey/gopickle/types"

	"imagelab/lib/internal/safetensors"
)

// Weights are the parameters of a network by name. Kernels are `[height, width, in, out]` for the
// stem, `[k, k, channels]` for depthwise and `[in, out]` for 1x1 convolutions and the ImageNet
// classifier ("classifier.kernel", "classifier.bias"). A batch norm "x_bn" has gamma, beta, mean
// and variance, each `[channels]`.
type Weights map[string]safetensors.Tensor

// Load reads the published PyTorch checkpoint of the spec at path and lays it out for
// [Spec.Forward]. Missing, extra or misshapen tensors are an error.
func Load(s Spec, path string) (Weights, error) {
	state, err := readCheckpoint(path)
	if err != nil {
		return nil, fmt.Errorf("backbone: weights of %s: %w; remove the file and run `imagelab fetch %s`", s.Name, err, s.Weights)
	}
	l := loader{state: state, out: Weights{}}
	l.conv("_conv_stem", "stem", []int{3, 3, 3, s.StemWidth}, stemLayout)
	l.norm("_bn0", "stem_bn", s.StemWidth)
	index := 0
	for i := range s.Groups {
		for j, b := range s.Blocks(i) {
			l.block(fmt.Sprintf("_blocks.%d.", index), fmt.Sprintf("stage%d.%d.", i+1, j), b)
			index++
		}
	}
	last := s.Groups[len(s.Groups)-1].Width
	l.conv("_conv_head", "top", []int{last, s.Features}, pointwiseLayout)
	l.norm("_bn1", "top_bn", s.Features)
	l.conv("_fc", "classifier", []int{s.Features, 1000}, pointwiseLayout)
	l.vector("_fc.bias", "classifier.bias", 1000)
	if l.err == nil {
		l.err = l.unused()
	}
	if l.err != nil {
		return nil, fmt.Errorf("backbone: weights of %s: %w", s.Name, l.err)
	}
	return l.out, nil
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

// loader moves tensors from the published layout to ours and remembers the first error.
type loader struct {
	state map[string]safetensors.Tensor
	out   Weights
	err   error
}

func (l *loader) block(from, to string, b Block) {
	wide := b.In * b.Expand
	if b.Expand != 1 {
		l.conv(from+"_expand_conv", to+"expand", []int{b.In, wide}, pointwiseLayout)
		l.norm(from+"_bn0", to+"expand_bn", wide)
	}
	l.conv(from+"_depthwise_conv", to+"depthwise", []int{b.Kernel, b.Kernel, wide}, depthwiseLayout)
	l.norm(from+"_bn1", to+"depthwise_bn", wide)
	l.conv(from+"_project_conv", to+"project", []int{wide, b.Out}, pointwiseLayout)
	l.norm(from+"_bn2", to+"project_bn", b.Out)
}

// layout gives the position in a published kernel `[out, in, height, width]` of dims d for position
// i of ours.
type layout func(ours, i []int) int

func stemLayout(d, i []int) int      { return ((i[3]*d[2]+i[2])*d[0]+i[0])*d[1] + i[1] }
func pointwiseLayout(d, i []int) int { return i[1]*d[0] + i[0] }
func depthwiseLayout(d, i []int) int { return (i[2]*d[0]+i[0])*d[1] + i[1] }

func (l *loader) conv(from, to string, shape []int, at layout) {
	source := l.take(from+".weight", safetensors.Tensor{Shape: shape}.Size())
	if l.err != nil {
		return
	}
	t := safetensors.Tensor{Shape: shape, Data: make([]float32, len(source))}
	index := make([]int, len(shape))
	for n := range t.Data {
		rest := n
		for axis := len(shape) - 1; axis >= 0; axis-- {
			index[axis] = rest % shape[axis]
			rest /= shape[axis]
		}
		t.Data[n] = source[at(shape, index)]
	}
	l.out[to+".kernel"] = t
}

func (l *loader) norm(from, to string, n int) {
	l.vector(from+".weight", to+".gamma", n)
	l.vector(from+".bias", to+".beta", n)
	l.vector(from+".running_mean", to+".mean", n)
	l.vector(from+".running_var", to+".variance", n)
}

func (l *loader) vector(from, to string, n int) {
	if data := l.take(from, n); l.err == nil {
		l.out[to] = safetensors.Tensor{Shape: []int{n}, Data: data}
	}
}

func (l *loader) take(name string, size int) []float32 {
	t, ok := l.state[name]
	switch {
	case l.err != nil:
	case !ok:
		l.err = fmt.Errorf("no tensor %s", name)
	case len(t.Data) != size:
		l.err = fmt.Errorf("%s has %d values, not %d", name, len(t.Data), size)
	}
	delete(l.state, name)
	return t.Data
}

func (l *loader) unused() error {
	for name := range l.state {
		if !strings.HasSuffix(name, "num_batches_tracked") {
			return fmt.Errorf("unexpected tensor %s", name)
		}
	}
	return nil
}
