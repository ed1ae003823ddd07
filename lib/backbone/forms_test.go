package backbone

import (
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
	"imagelab/lib/fulltest"
)

// forms have every operation that a network can be written with, for engines that are not at hand
// too.
var forms = []string{
	"depthwise=shifted,pointwise=product,conv=conv,shift=product",
	"depthwise=fused,pointwise=product,conv=patches,shift=plain",
	"depthwise=grouped,pointwise=conv,conv=conv,shift=plain",
}

// TestFormsAreOneNetwork: every form gives the same activations and gradients, within 1e-4 of the
// largest, for kernels of every size and stride, in the graph that is trained.
func TestFormsAreOneNetwork(t *testing.T) {
	fulltest.Needs(t, "XLA")
	be := backend(t)
	for name, c := range map[string]struct{ stages, forms int }{"lite0": {2, 3}, "vit_tiny": {1, 3}} {
		stages := c.stages
		spec, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		x := pixels(rand.New(rand.NewPCG(1, 2)), 2, 32)
		var want [][]float32
		for i, f := range forms[:c.forms] {
			t.Setenv(FormVar, f)
			got := formOutputs(t, be, spec, stages, x)
			if i == 0 {
				want = got
				continue
			}
			for k := range want {
				most, largest := 0.0, 0.0
				for n, v := range want[k] {
					most = max(most, math.Abs(float64(got[k][n]-v)))
					largest = max(largest, math.Abs(float64(v)))
				}
				if !(most <= 1e-4*largest) || largest == 0 {
					t.Errorf("%s, %s: output %d differs by %g of %g", name, f, k, most, largest)
				}
			}
		}
	}
}

// pixels are photos `[n, size, size, 3]` of noise in [0,255].
func pixels(r *rand.Rand, n, size int) *tensors.Tensor {
	data := make([]float32, n*size*size*3)
	for i := range data {
		data[i] = float32(r.IntN(256))
	}
	return tensors.FromFlatDataAndDimensions(data, n, size, size, 3)
}

// formOutputs are the activations of x after the first stages, and the gradients of their
// mean square by every kernel.
func formOutputs(t *testing.T, be compute.Backend, spec Spec, stages int, x *tensors.Tensor) [][]float32 {
	t.Helper()
	weights := randomWeights(spec)
	store := model.NewStore()
	for name, w := range weights {
		if _, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(w.Data, w.Shape...)); err != nil {
			t.Fatal(err)
		}
	}
	exec, err := model.NewExec(be, store, func(scope *model.Scope, x *Node) []*Node {
		y := spec.Forward(scope, x, 0, stages)
		var kernels []*Node
		for _, name := range slices.Sorted(maps.Keys(weights)) {
			if strings.HasSuffix(name, ".kernel") && !strings.HasPrefix(name, "classifier") &&
				scope.GetVariable(name).InUseByGraph(x.Graph()) {
				kernels = append(kernels, scope.GetVariable(name).NodeValue(x.Graph()))
			}
		}
		return append([]*Node{y}, Gradient(ReduceAllMean(Square(y)), kernels...)...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	outputs, err := engine.Call(exec, x)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for _, y := range outputs {
		values, err := tensors.CopyFlatData[float32](y)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values)
	}
	return all
}

// gpu stands in for an engine that is not at hand.
type gpu struct{ compute.Backend }

func (gpu) String() string     { return "xla" }
func (gpu) PluginName() string { return "/p/pjrt_c_api_cuda_plugin.so" }

func sameFunc(a, b any) bool { return reflect.ValueOf(a).Pointer() == reflect.ValueOf(b).Pointer() }

// TestExactFormHasNoConvolution: on a GPU a convolution is TF32 whatever is asked for, so the exact
// form is of products alone.
func TestExactFormHasNoConvolution(t *testing.T) {
	f := formOf(gpu{}, false, engine.Float32)
	for name, same := range map[string]bool{
		"depthwise": sameFunc(f.depthwise, depthwise), "pointwise": sameFunc(f.pointwise, product),
		"others": sameFunc(f.convolve, patches),
	} {
		if !same {
			t.Errorf("%s are not written as products", name)
		}
	}
	if f := formOf(gpu{}, false, engine.TF32); !sameFunc(f.convolve, convolve) {
		t.Error("tf32 is written as float32 is")
	}
}

func TestUnknownForm(t *testing.T) {
	t.Setenv(FormVar, "depthwise=quick")
	err := engine.Try(func() { formOf(gpu{}, true, "") })
	if err == nil || !strings.Contains(err.Error(), "depthwise=grouped|shifted|fused") {
		t.Errorf("got %v, want the known forms", err)
	}
}
