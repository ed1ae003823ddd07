package latency

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/engine"
	net "imagelab/lib/internal/network"
	"imagelab/lib/photo"
	"imagelab/lib/recipe"
	"imagelab/lib/tradeoff"
)

// network is a subject: a network on an engine, as a model whose classifier is made up.
type network struct {
	engine    *engine.Engine
	model     *classifier.Model
	sample    string // a photo whose pixels fill the batches
	library   library
	pixels    []byte // `[size, size, 3]`
	predictor *classifier.Predictor
	random    bool // weights
}

// library keeps the weights of backbones that were read.
type library map[string]backbone.Weights

func newNetwork(e *engine.Engine, asked tradeoff.Network, photos []string, weights library) (*network, error) {
	c := recipe.Default()
	c.Backbone, c.Size, c.Precision = asked.Backbone, asked.Size, asked.Precision
	c.CenterCropFraction = asked.CenterCropFraction
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	spec, err := backbone.Lookup(asked.Backbone)
	if err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	spec.CenterCropFraction = cmp.Or(asked.CenterCropFraction, spec.CenterCropFraction)
	if asked.Classes < 2 {
		return nil, fmt.Errorf("latency: %s with %d classes; there must be two", asked.Backbone, asked.Classes)
	}
	config, err := json.Marshal(recipe.Default())
	if err != nil {
		return nil, fmt.Errorf("latency: %w", err)
	}
	m := &classifier.Model{Version: classifier.BundleVersion, Spec: spec, Size: cmp.Or(asked.Size, spec.Size),
		Config: config, Precision: asked.Precision}
	for i := range asked.Classes {
		m.Classes = append(m.Classes, fmt.Sprintf("class %d", i+1))
	}
	return &network{engine: e, model: m, sample: photos[0], library: weights, random: asked.Random}, nil
}

// describe is what is known of the network without running it.
func (n *network) describe() tradeoff.Speed {
	spec, size, classes := n.model.Spec, n.model.Size, len(n.model.Classes)
	return tradeoff.Speed{Backbone: spec.Name, Size: size, Classes: classes,
		Precision:  cmp.Or(n.model.Precision, recipe.Float32),
		Parameters: Parameters(spec, classes), MultiplyAdds: MultiplyAdds(spec, size, classes),
		Int8Bytes: Int8Bytes(spec, classes), Published: published(spec.Name)}
}

// published is the accuracy that is published for a network, at its own size.
func published(name string) *tradeoff.Published {
	spec, err := backbone.Lookup(name)
	if err != nil {
		return nil
	}
	return &tradeoff.Published{Top1: spec.ImageNetTop1, Size: spec.Size, Source: spec.Top1Source()}
}

func (n *network) open(ctx context.Context) error {
	spec, classes := n.model.Spec, len(n.model.Classes)
	pretrained, err := n.pretrained(ctx)
	if err != nil {
		return err
	}
	n.model.Weights = net.WithBlankHead(pretrained, spec, classes)
	r := rand.New(rand.NewPCG(1, 0))
	kernel := n.model.Weights[net.HeadKernel].Data
	for i := range kernel {
		kernel[i] = float32(r.NormFloat64()) / 100
	}
	img, _, err := photo.DecodeScaled(n.sample, spec.ResizeSide(n.model.Size))
	if err != nil {
		return err
	}
	n.pixels = n.model.Pixels(img)
	n.predictor, err = n.model.Predictor(n.engine)
	return err
}

// pretrained are the weights, which are read once.
func (n *network) pretrained(ctx context.Context) (backbone.Weights, error) {
	spec := n.model.Spec
	if n.random {
		return backbone.Random(spec), nil
	}
	weights, ok := n.library[spec.Name]
	if !ok {
		var err error
		if weights, err = backbone.Pretrained(ctx, spec, nil); err != nil {
			return nil, err
		}
		n.library[spec.Name] = weights
	}
	return weights, nil
}

// close also lets go of the weights: they would count as memory of the networks that follow.
func (n *network) close() {
	n.predictor.Close()
	n.predictor, n.model.Weights = nil, nil
}

func (n *network) compile(batch int) error {
	if err := n.predictor.Compile(batch, nil); err != nil {
		return fmt.Errorf("batch %d: %w", batch, err)
	}
	return nil
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
	x, err := net.Pixels(n.model.Size).Tensor(batch, batch,
		func(_ int, dst []byte) error { copy(dst, pixels); return nil })
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
	y, err := engine.Call1(n.predictor.Network().Exec, x)
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
	img, _, err := photo.DecodeScaled(file, n.model.Spec.ResizeSide(n.model.Size))
	if err != nil {
		return err
	}
	lap()
	pixels := n.model.Pixels(img)
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

func (n *network) bundle() (int64, error) {
	dir, err := os.MkdirTemp("", "imagelab-*")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if err := n.model.Save(dir); err != nil {
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
func (n *network) memory() int64 { return 3 * 4 * Parameters(n.model.Spec, len(n.model.Classes)) }

// megapixels is the median size of photos. It reads each file whole, so that the system has them in
// memory afterwards.
func megapixels(photos []string) (float64, error) {
	var sizes []float64
	for _, file := range photos {
		data, err := os.ReadFile(file)
		if err != nil {
			return 0, fmt.Errorf("latency: %w", err)
		}
		header, err := photo.Open(data)
		if err != nil {
			return 0, fmt.Errorf("latency: %s is not a photo that can be timed: %w", file, err)
		}
		sizes = append(sizes, float64(header.Width)*float64(header.Height)/1e6)
		header.Close()
	}
	slices.Sort(sizes)
	return quantile(0.5, sizes), nil
}
