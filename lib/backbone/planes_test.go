package backbone

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/engine"
	"imagelab/lib/internal/safetensors"
)

// pureGo opens the pure Go engine.
func pureGo(t testing.TB) compute.Backend {
	t.Helper()
	be, err := compute.NewWithConfig(engine.Go)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(be.Finalize)
	return be
}

// randomWeights are small enough for activations to stay below 6.
func randomWeights(spec Spec) Weights {
	r := rand.New(rand.NewPCG(3, 4))
	shapes, weights := spec.Shapes(), Weights{}
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		t := safetensors.Tensor{Shape: shapes[name]}
		for range t.Size() {
			v := float32(r.NormFloat64())
			if strings.HasSuffix(name, ".variance") {
				t.Data = append(t.Data, 0.5+v*v)
			} else {
				t.Data = append(t.Data, 0.1*v)
			}
		}
		weights[name] = t
	}
	return weights
}

// stages is the executor of stages [from, to) of a network with random weights.
func stages(t testing.TB, be compute.Backend, spec Spec, from, to int, inference bool) *model.Exec {
	t.Helper()
	weights, run := randomWeights(spec), spec.Forward
	if inference {
		weights, run = spec.Folded(weights), spec.Infer
	}
	store := model.NewStore()
	for name, w := range weights {
		if _, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(w.Data, w.Shape...)); err != nil {
			t.Fatal(err)
		}
	}
	exec, err := model.NewExec(be, store, func(scope *model.Scope, x *Node) *Node { return run(scope, x, from, to) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return exec
}

// TestInferenceEqualsTraining compares each engine's graph for inference with the one that is
// trained, stage by stage.
func TestInferenceEqualsTraining(t *testing.T) {
	spec, err := Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	last := len(spec.Stages())
	for _, be := range []compute.Backend{pureGo(t), backend(t)} {
		for _, c := range []struct {
			reason                string
			batch, size, from, to int
		}{
			{"the stem, from pixels", 1, 64, 0, 1},
			{"no expansion; several images", 3, 32, 1, 2},
			{"stride 2", 2, 32, 2, 3},
			{"stride 2 of an odd side, large kernel", 1, 72, 3, 4},
			{"as many groups as a large map needs", 1, 224, 2, 3},
			{"a map as small as the kernel", 2, 64, 6, last},
			{"the whole network", 2, 96, 0, last},
			{"nothing to do: the cut at the head", 2, 64, last, last},
		} {
			t.Run(fmt.Sprintf("%s, %dx%d from %d to %d", be.Name(), c.batch, c.size, c.from, c.to), func(t *testing.T) {
				x := random(rand.New(rand.NewPCG(1, 2)), append([]int{c.batch}, spec.Shape(c.from, c.size)...)...)
				got := stages(t, be, spec, c.from, c.to, true).MustCall1(x)
				want := stages(t, be, spec, c.from, c.to, false).MustCall1(x)
				if !got.Shape().Equal(want.Shape()) {
					t.Fatalf("%s: shape %s, want %s", c.reason, got.Shape(), want.Shape())
				}
				if d := distance(got, want); d > 1e-4 {
					t.Errorf("%s: results differ by %g", c.reason, d)
				}
			})
		}
	}
}

// BenchmarkForwardPureGo is one call of the whole network at 224 pixels on the pure Go engine, in
// the form that is trained and in that of inference.
func BenchmarkForwardPureGo(b *testing.B) {
	spec, err := Lookup("lite0")
	if err != nil {
		b.Fatal(err)
	}
	be := pureGo(b)
	for _, batch := range []int{1, 8} {
		x := random(rand.New(rand.NewPCG(1, 2)), batch, spec.Size, spec.Size, 3)
		for _, form := range []string{"trained", "inference"} {
			b.Run(fmt.Sprintf("%s/batch=%d", form, batch), func(b *testing.B) {
				exec := stages(b, be, spec, 0, len(spec.Stages()), form == "inference")
				exec.MustCall1(x).FinalizeAll()
				for b.Loop() {
					exec.MustCall1(x).FinalizeAll()
				}
				b.ReportMetric(float64(batch*b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}

// TestGroupedEqualsShifted holds the form for GPUs against the other, with its gradients.
func TestGroupedEqualsShifted(t *testing.T) {
	be := backend(t)
	r := rand.New(rand.NewPCG(1, 2))
	for _, c := range []struct {
		reason               string
		side, kernel, stride int
		pad                  Padding
	}{
		{"the common block", 7, 5, 1, Same},
		{"odd side at stride 2", 15, 5, 2, Same},
		{"PyTorch's padding", 14, 3, 2, 1},
	} {
		x, kernel, shift := random(r, 2, c.side, c.side, 6), random(r, c.kernel, c.kernel, 6), random(r, 6)
		outputs := func(conv func(x, k *Node, s int, pad Padding) *Node, add func(x, s *Node) *Node) []*tensors.Tensor {
			exec := MustNewExec(be, func(x, k, s *Node) []*Node {
				y := add(conv(x, k, c.stride, c.pad), s)
				return append([]*Node{y}, Gradient(ReduceAllSum(Square(y)), x, k, s)...)
			})
			defer exec.Finalize()
			return exec.MustCall(x, kernel, shift)
		}
		want := outputs(plainDepthwise, plainAddShift)
		for i, got := range outputs(groupedDepthwise, plainAddShift) {
			if d := distance(got, want[i]); d > 1e-3 {
				t.Errorf("%s: output %d differs by %g", c.reason, i, d)
			}
		}
	}
}
