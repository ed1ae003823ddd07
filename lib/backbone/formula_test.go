package backbone

import (
	"encoding/json"
	"fmt"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// noise are values in [-1, 1) by a hash of the name and the index, as in testdata/formula.py.
func noise(name string, n int) []float64 {
	v, sum := make([]float64, n), crc32.ChecksumIEEE([]byte(name))
	for i := range v {
		x := uint32(i)*2654435761 + sum
		x = (x ^ x>>16) * 0x7feb352d
		x = (x ^ x>>15) * 0x846ca68b
		v[i] = float64(x^x>>16)/(1<<31) - 1
	}
	return v
}

// formula is the published tensor of a name, with out output channels where it is a kernel.
func formula(key string, shape []int, kernel bool, out int) Tensor {
	n := int(size(shape))
	scale, offset := 0.1, 0.0
	switch {
	case strings.HasSuffix(key, "running_var"):
		scale, offset = 0.5, 1
	case strings.HasSuffix(key, "gamma"), strings.HasSuffix(key, "layer_scale"):
		scale, offset = 0.25, 0.5
	case key == "cls_token", key == "pos_embed":
		scale = 0.5
	case kernel:
		scale = math.Sqrt(4 / float64(n/out))
	case strings.HasSuffix(key, ".weight"):
		scale, offset = 0.25, 1
	}
	t := Tensor{Shape: shape, Data: make([]float32, n)}
	for i, v := range noise(key, n) {
		t.Data[i] = float32(offset + scale*v)
	}
	return t
}

// published is a file of a network with weights by formula, in one of its layouts.
func published(s Spec, layout int) map[string]Tensor {
	state := map[string]Tensor{}
	for _, p := range s.Params() {
		shape, isKernel := p.Shape, strings.HasSuffix(p.Name, ".kernel")
		if isKernel {
			shape, _ = p.published()
		}
		state[p.Keys[layout]] = formula(p.Keys[layout], shape, isKernel, shape[0])
	}
	if key := s.family().layouts[layout].classifier; key != "" && s.Name != "dinov2_small" {
		state[key+".weight"] = formula(key+".weight", []int{imageNetClasses, s.Features}, true, imageNetClasses)
		state[key+".bias"] = formula(key+".bias", []int{imageNetClasses}, false, 0)
	}
	return state
}

// keptValues is what the reference kept of one tensor.
type keptValues struct {
	Size   int
	Values []float64
	RMS    float64
}

// difference is the largest one of the kept values, as a share of the root mean square where that
// is above 1.
func (k keptValues) difference(y []float32) float64 {
	if len(y) != k.Size {
		return math.Inf(1)
	}
	most, sum := 0.0, 0.0
	for i, want := range k.Values {
		most = max(most, math.Abs(float64(y[i*(len(y)-1)/(len(k.Values)-1)])-want))
	}
	for _, v := range y {
		sum += float64(v) * float64(v)
	}
	most = max(most, math.Abs(math.Sqrt(sum/float64(len(y)))-k.RMS))
	return most / max(1, k.RMS)
}

type formulaCase struct {
	Backbone, Layout string
	Size             int
	Stages           map[string]keptValues
	Logits           keptValues
}

func readFormula(t *testing.T) (cases []formulaCase) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "formula.json"))
	if err != nil {
		t.Fatal(err)
	}
	var reference struct {
		Check struct {
			Key    string
			Values []float32
		}
		Cases []formulaCase
	}
	if err := json.Unmarshal(text, &reference); err != nil {
		t.Fatal(err)
	}
	key := reference.Check.Key
	if got := formula(key, []int{64, 64, 3, 3}, true, 64); !slices.Equal(got.Data[:len(reference.Check.Values)],
		reference.Check.Values) {
		t.Fatalf("%s is %v by our formula, not %v", key, got.Data[:8], reference.Check.Values)
	}
	return reference.Cases
}

// both are the networks whose graphs for inference are compared as well as the trained ones. With
// the environment variable everyGraph those of all are, which takes minutes.
var both = []string{"efficientnet_lite0", "resnet18"}

const everyGraph = "IMAGELAB_TEST_EVERY_GRAPH"

// TestNetworksEqualReference holds graphs, layouts of files, padding, epsilons and all else that
// may differ against timm and torchvision, with weights by formula: every stage's output and the
// logits, in the graph that is trained and in the one for inference.
func TestNetworksEqualReference(t *testing.T) {
	const tolerance = 1e-4
	be, seen := backend(t), map[string]bool{}
	for _, c := range readFormula(t) {
		t.Run(fmt.Sprintf("%s as in %s at %d", c.Backbone, c.Layout, c.Size), func(t *testing.T) {
			graphs := 1
			if all := os.Getenv(everyGraph) != ""; all || slices.Contains(both, c.Backbone) && !seen[c.Backbone] {
				graphs = 2
			}
			seen[c.Backbone] = true
			s, err := Lookup(c.Backbone)
			if err != nil {
				t.Fatal(err)
			}
			layout := slices.IndexFunc(s.family().layouts, func(l layout) bool { return l.name == c.Layout })
			state := published(s, layout)
			weights, err := s.arrange(state)
			if err != nil {
				t.Fatal(err)
			}
			pixels := make([]float32, c.Size*c.Size*3)
			for i, v := range noise("pixels", len(pixels)) {
				pixels[i] = float32(math.Floor((v + 1) * 128))
			}
			for _, inference := range []bool{false, true}[:graphs] {
				w := weights
				if inference {
					w = s.Folded(weights)
				}
				store := model.NewStore()
				for name, v := range w {
					if _, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(v.Data, v.Shape...)); err != nil {
						t.Fatal(err)
					}
				}
				exec, err := model.NewExec(be, store,
					func(scope *model.Scope, x *Node) []*Node { return everyStage(s, scope, x, inference, state) })
				if err != nil {
					t.Fatal(err)
				}
				outputs := exec.MustCall(tensors.FromFlatDataAndDimensions(pixels, 1, c.Size, c.Size, 3))
				c.compare(t, s, outputs, tolerance, inference)
				exec.Finalize()
				store.Finalize()
			}
		})
	}
}

// TestEveryNetworkHasReference: each is compared with timm's or torchvision's, here by formula or
// in TestLogitsEqualPyTorch with real weights.
func TestEveryNetworkHasReference(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "logits.json"))
	if err != nil {
		t.Fatal(err)
	}
	var real struct{ Cases []struct{ Backbone string } }
	if err := json.Unmarshal(text, &real); err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{}
	for _, c := range real.Cases {
		compared[c.Backbone] = true
	}
	for _, c := range readFormula(t) {
		compared[c.Backbone] = true
	}
	for _, name := range Names() {
		if !compared[name] {
			t.Errorf("there is no reference of %s", name)
		}
	}
}

// everyStage returns the output of each stage, and logits.
func everyStage(s Spec, scope *model.Scope, x *Node, inference bool, state map[string]Tensor) []*Node {
	run := s.Forward
	if inference {
		run = s.Infer
	}
	var outputs []*Node
	for i := range s.Stages() {
		x = run(scope, x, i, i+1)
		outputs = append(outputs, x)
	}
	g := x.Graph()
	if s.Family == "squeezenet" { // its classes come from a convolution with ReLU before the mean
		k := formula("classifier.1.weight", []int{imageNetClasses, s.Features}, true, imageNetClasses).Transposed(1, 0)
		b := formula("classifier.1.bias", []int{imageNetClasses}, false, 0)
		y := product(outputs[len(outputs)-2], ConstTensor(g, tensors.FromFlatDataAndDimensions(k.Data, k.Shape...)))
		y = MaxScalar(plainAddShift(y, ConstTensor(g, tensors.FromFlatDataAndDimensions(b.Data, b.Shape...))), 0)
		return append(outputs, meanPool(y))
	}
	if v := scope.GetVariable(ClassifierKernel); v != nil {
		x = Add(Dot(x, v.NodeValue(g)).Product(), ExpandLeftToRank(scope.GetVariable(ClassifierBias).NodeValue(g), 2))
	}
	return append(outputs, x)
}

func (c formulaCase) compare(t *testing.T, s Spec, outputs []*tensors.Tensor, tolerance float64, inference bool) {
	t.Helper()
	most, compared := 0.0, 0
	for i, stage := range append(s.Stages(), "logits") {
		want, ok := c.Stages[stage]
		if stage == "logits" {
			want, ok = c.Logits, true
		}
		if !ok {
			continue
		}
		y, err := tensors.CopyFlatData[float32](outputs[i])
		if err != nil {
			t.Fatal(err)
		}
		compared++
		d := want.difference(y)
		most = max(most, d)
		if !(d <= tolerance) {
			t.Errorf("%s, inference %v: %d values differ by %.3g, and the reference has %d", stage, inference, len(y),
				d, want.Size)
		}
		if i < len(s.Stages()) && int(size(s.Shape(i+1, c.Size))) != len(y) {
			t.Errorf("%s: Shape says %v of %d values", stage, s.Shape(i+1, c.Size), len(y))
		}
	}
	if compared != len(c.Stages)+1 {
		t.Errorf("%d outputs were compared, and the reference has %d stages and the logits", compared, len(c.Stages))
	}
	t.Logf("inference %v: largest difference %.2g", inference, most)
}
