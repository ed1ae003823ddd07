package backbone

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"imagelab/lib/internal/safetensors"
	"imagelab/lib/text"
)

// Names of the tensors of ImageNet's classifier.
const (
	ClassifierKernel = "classifier.kernel"
	ClassifierBias   = "classifier.bias"
)

// imageNetClasses is how many classes the published classifiers know.
const imageNetClasses = 1000

// Load reads a file of published weights, a checkpoint of PyTorch or safetensors, and lays it out
// for [Spec.Forward]. The names of its tensors tell which of the family's layouts it has.
// Missing, extra and misshapen tensors are an error that lists them. A classifier of
// [imageNetClasses] classes is kept, and one of other classes is left out.
func Load(s Spec, path string) (Weights, error) {
	state, err := readState(path)
	if err != nil {
		return nil, fmt.Errorf("backbone: weights of %s: %w", s.Name, err)
	}
	weights, err := s.arrange(state)
	if err != nil {
		return nil, fmt.Errorf("backbone: %s does not hold weights of %s: %w", text.Path(path), s.Name, err)
	}
	return weights, nil
}

// arrange lays out published tensors.
func (s Spec) arrange(state map[string]Tensor) (Weights, error) {
	params, f := s.Params(), s.family()
	state = unwrapped(state)
	best := bestLayout(params, len(f.layouts), state)
	l, out := f.layouts[best], Weights{}
	var wrong, extra []string
	known := map[string]bool{}
	for _, p := range params {
		key := p.Keys[best]
		known[key] = true
		t, ok := state[key]
		if !ok {
			wrong = append(wrong, key+" is missing")
			continue
		}
		if out[p.Name], ok = p.from(t); !ok {
			wrong = append(wrong, fmt.Sprintf("%s has shape %v, which does not make %v", key, t.Shape, p.Shape))
		} else if !possible(p.Name, t) {
			wrong = append(wrong, key+" has values that no training leaves: NaN, infinite, or a negative variance")
		}
	}
	if l.classifier != "" {
		known[l.classifier+".weight"], known[l.classifier+".bias"] = true, true
		s.takeClassifier(state[l.classifier+".weight"], state[l.classifier+".bias"], out)
	}
	for _, key := range slices.Sorted(maps.Keys(state)) {
		if !known[key] && !l.leavesOut(key, s) {
			extra = append(extra, key+" is extra")
		}
	}
	if len(wrong)+len(extra) > 0 {
		return nil, mismatch(l.name, len(params), wrong, extra)
	}
	s.adapt(out, l.epsilon)
	return out, nil
}

// mismatch lists what does not fit, a few of many.
func mismatch(layout string, tensors int, wrong, extra []string) error {
	const shown = 6
	all := slices.Concat(wrong, extra)
	list := strings.Join(all[:min(shown, len(all))], "; ")
	if len(all) > shown {
		list += fmt.Sprintf("; and %d more", len(all)-shown)
	}
	return fmt.Errorf("of the %d tensors of the layout of %s, %d do not fit, and %d are extra: %s; is it a file of "+
		"another network?", tensors, layout, len(wrong), len(extra), list)
}

// possible reports whether a trained network can have the values of t as its parameter.
func possible(name string, t Tensor) bool {
	return t.Finite() && !(strings.HasSuffix(name, "_bn.variance") &&
		slices.ContainsFunc(t.Data, func(v float32) bool { return v < 0 }))
}

// wrappings are what training programs put before each name: those of data parallel and compiled
// modules, and the attribute that holds the network in a larger one.
var wrappings = []string{"module.", "_orig_mod.", "model.", "backbone.", "net."}

// unwrapped takes off what training programs put before all names, one around the other.
func unwrapped(state map[string]Tensor) map[string]Tensor {
	for _, prefix := range wrappings {
		all := len(state) > 0
		for name := range state {
			all = all && strings.HasPrefix(name, prefix)
		}
		if !all {
			continue
		}
		inner := map[string]Tensor{}
		for name, t := range state {
			inner[strings.TrimPrefix(name, prefix)] = t
		}
		return unwrapped(inner)
	}
	return state
}

// bestLayout is the layout most of whose keys the file has.
func bestLayout(params []Param, layouts int, state map[string]Tensor) int {
	best, most := 0, -1
	for i := range layouts {
		found := 0
		for _, p := range params {
			if _, ok := state[p.Keys[i]]; ok {
				found++
			}
		}
		if found > most {
			best, most = i, found
		}
	}
	return best
}

// leavesOut reports whether a tensor of a file is not needed.
func (l layout) leavesOut(key string, s Spec) bool {
	return strings.HasSuffix(key, "num_batches_tracked") || slices.Contains(l.ignored, key) ||
		s.Family == "squeezenet" && strings.HasPrefix(key, "classifier.")
}

// from lays out a published tensor. Kernels are published as `[out, in, height, width]`.
func (p Param) from(t Tensor) (Tensor, bool) {
	out := Tensor{Shape: p.Shape, Data: t.Data}
	if len(t.Data) != out.Size() {
		return out, false
	}
	if !strings.HasSuffix(p.Name, ".kernel") {
		return out, slices.Equal(squeezed(t.Shape), squeezed(p.Shape))
	}
	published, order := p.published()
	if !slices.Equal(squeezed(t.Shape), squeezed(published)) {
		return out, false
	}
	return safetensors.Tensor{Shape: published, Data: t.Data}.Transposed(order...), true
}

// published is the shape of a kernel in files, without axes of length 1 that ours has not, and
// for each of our axes the one of theirs.
func (p Param) published() (shape, order []int) {
	d := p.Shape
	switch len(d) {
	case 4:
		return []int{d[3], d[2], d[0], d[1]}, []int{2, 3, 1, 0}
	case 3:
		return []int{d[2], d[0], d[1]}, []int{1, 2, 0}
	}
	return []int{d[1], d[0]}, []int{1, 0}
}

// squeezed is a shape without its axes of length 1.
func squeezed(shape []int) []int {
	return slices.DeleteFunc(slices.Clone(shape), func(d int) bool { return d == 1 })
}

func (s Spec) takeClassifier(kernel, bias Tensor, out Weights) {
	p := Param{Name: ClassifierKernel, Shape: []int{s.Features, imageNetClasses}}
	if ours, ok := p.from(kernel); ok && len(bias.Data) == imageNetClasses {
		out[ClassifierKernel], out[ClassifierBias] = ours, Tensor{Shape: []int{imageNetClasses}, Data: bias.Data}
	}
}

// adapt makes weights that were trained with another epsilon give the same answers with ours: the
// batch norm adds it to the variance.
func (s Spec) adapt(weights Weights, epsilon float64) {
	if epsilon == 0 || epsilon == s.Epsilon {
		return
	}
	for name, t := range weights {
		if strings.HasSuffix(name, "_bn.variance") {
			data := slices.Clone(t.Data)
			for i := range data {
				data[i] += float32(epsilon - s.Epsilon)
			}
			weights[name] = Tensor{Shape: t.Shape, Data: data}
		}
	}
}
