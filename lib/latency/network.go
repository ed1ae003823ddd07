package latency

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/finetune"
	"imagelab/lib/photo"
	"imagelab/lib/tradeoff"
)

// network is a subject: an arm on an engine.
type network struct {
	engine  *engine.Engine
	spec    backbone.Spec
	size    int
	classes int
	sample  string // a photo whose pixels fill the batches
	library library
	weights backbone.Weights
	pixels  []byte // `[size, size, 3]`
	store   *model.Store
	exec    *model.Exec
}

// library keeps the weights of backbones that were read.
type library map[string]backbone.Weights

func newNetwork(e *engine.Engine, arm tradeoff.Network, photos []string, weights library) (*network, error) {
	c := finetune.Default()
	c.Backbone, c.Size, c.CropFraction = arm.Backbone, arm.Size, arm.CropFraction
	c, spec, err := c.Resolve()
	if err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	if arm.Classes < 2 {
		return nil, fmt.Errorf("latency: %s with %d classes; there must be two", arm.Backbone, arm.Classes)
	}
	return &network{engine: e, spec: spec, size: c.Size, classes: arm.Classes, sample: photos[0], library: weights}, nil
}

// describe is what is known of the network without running it.
func (n *network) describe() tradeoff.Speed {
	return tradeoff.Speed{Backbone: n.spec.Name, Size: n.size, Classes: n.classes, Precision: "float32",
		Parameters: Parameters(n.spec, n.classes), MultiplyAdds: MultiplyAdds(n.spec, n.size, n.classes)}
}

func (n *network) open(ctx context.Context) error {
	pretrained, ok := n.library[n.spec.Name]
	if !ok {
		var err error
		if pretrained, err = finetune.LoadBackbone(ctx, n.spec, nil); err != nil {
			return err
		}
		n.library[n.spec.Name] = pretrained
	}
	n.weights = maps.Clone(pretrained)
	r := rand.New(rand.NewPCG(1, 0))
	kernel := finetune.Tensor{Shape: []int{n.spec.Features, n.classes}, Data: make([]float32, n.spec.Features*n.classes)}
	for i := range kernel.Data {
		kernel.Data[i] = float32(r.NormFloat64()) / 100
	}
	n.weights["head.kernel"], n.weights["head.bias"] = kernel, finetune.Tensor{Shape: []int{n.classes}, Data: make([]float32, n.classes)}
	img, _, err := photo.DecodeScaled(n.sample, n.spec.ResizeSide(n.size))
	if err != nil {
		return err
	}
	n.pixels = n.crop(img)
	return n.build()
}

// build makes the graph that a [finetune.Predictor] runs, for any batch.
func (n *network) build() error {
	n.store = model.NewStore()
	folded := n.spec.Folded(n.weights)
	for _, name := range slices.Sorted(maps.Keys(folded)) {
		t := folded[name]
		if _, err := n.store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(slices.Clone(t.Data), t.Shape...)); err != nil {
			return fmt.Errorf("variable %s: %w", name, err)
		}
	}
	var err error
	n.exec, err = model.NewExec(n.engine.Backend, n.store, func(scope *model.Scope, x *Node) *Node {
		features := n.spec.Infer(scope, ConvertDType(x, dtypes.Float32), 0, len(n.spec.Stages()))
		kernel, bias := scope.GetVariable("head.kernel").NodeValue(x.Graph()), scope.GetVariable("head.bias").NodeValue(x.Graph())
		return Add(Dot(features, kernel).Product(), ExpandLeftToRank(bias, 2))
	})
	return err
}

func (n *network) close() {
	n.exec.Finalize()
	n.store.Finalize()
}

func (n *network) compile(batch int) error {
	var err error
	if tryErr := engine.Try(func() { _, err = n.exec.Compile(n.shape(batch)) }); tryErr != nil {
		err = tryErr
	}
	if err != nil {
		return fmt.Errorf("compile batch %d: %w", batch, err)
	}
	return nil
}

func (n *network) shape(batch int) shapes.Shape {
	return shapes.Make(dtypes.Uint8, batch, n.size, n.size, 3)
}

func (n *network) predict(batch int) error {
	x, err := n.transfer(batch, n.pixels)
	if err != nil {
		return err
	}
	return n.forward(x)
}

// transfer brings a batch of copies of one image to the engine.
func (n *network) transfer(batch int, pixels []byte) (*tensors.Tensor, error) {
	x := tensors.FromShape(n.shape(batch))
	err := x.MutableBytes(func(data []byte) {
		for i := range batch {
			copy(data[i*len(pixels):], pixels)
		}
	})
	if err == nil {
		err = x.MaterializeOnDevice(n.engine.Backend, false, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("transfer: %w", err)
	}
	return x, nil
}

// forward brings the scores to the program's memory, which waits for the engine.
func (n *network) forward(x *tensors.Tensor) error {
	defer x.FinalizeAll()
	y, err := engine.Call1(n.exec, x)
	if err != nil {
		return fmt.Errorf("forward: %w", err)
	}
	defer y.FinalizeAll()
	if _, err := tensors.CopyFlatData[float32](y); err != nil {
		return fmt.Errorf("forward: %w", err)
	}
	return nil
}

// photo predicts as `imagelab predict` does.
func (n *network) photo(file string, lap func()) error {
	if _, err := os.ReadFile(file); err != nil {
		return err
	}
	lap()
	img, _, err := photo.DecodeScaled(file, n.spec.ResizeSide(n.size))
	if err != nil {
		return err
	}
	lap()
	pixels := n.crop(img)
	lap()
	x, err := n.transfer(1, pixels)
	if err != nil {
		return err
	}
	lap()
	err = n.forward(x)
	lap()
	return err
}

func (n *network) crop(img image.Image) []byte {
	side := n.spec.ResizeSide(n.size)
	square, out := make([]byte, side*side*3), make([]byte, n.size*n.size*3)
	feed.Square(square, img, side)
	feed.CentreCrop(out, square, side, n.size)
	return out
}

func (n *network) bundle() (int64, error) {
	dir, err := os.MkdirTemp("", "imagelab-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	names := make([]string, n.classes)
	for i := range names {
		names[i] = fmt.Sprintf("class %d", i+1)
	}
	m := finetune.Model{Version: finetune.BundleVersion, Spec: n.spec, Size: n.size, Classes: names, Config: finetune.Default(), Weights: n.weights}
	if err := m.Save(dir); err != nil {
		return 0, err
	}
	sum := int64(0)
	for _, name := range []string{"model.json", "weights.safetensors"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			return 0, err
		}
		sum += info.Size()
	}
	return sum, nil
}

// memory counts the weights in the program, as they are and folded, and in the store.
func (n *network) memory() int64 { return 3 * 4 * Parameters(n.spec, n.classes) }

// megapixels is the median size of photos. It reads each file whole, so that the system has them in memory afterwards.
func megapixels(photos []string) (float64, error) {
	var sizes []float64
	for _, file := range photos {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, fmt.Errorf("latency: %w", err)
		}
		config, _, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			return 0, fmt.Errorf("latency: %s is not a photo that can be timed: %w", file, err)
		}
		sizes = append(sizes, float64(config.Width)*float64(config.Height)/1e6)
	}
	slices.Sort(sizes)
	return quantile(0.5, sizes), nil
}
