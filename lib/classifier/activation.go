package classifier

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/internal/network"
	"imagelab/lib/progress"
)

const (
	strong   = 0.5 // of the strongest evidence: cells with as much decide
	mapBatch = 8   // photos
)

// ActivationMap is where in a photo the evidence for a class lies.
type ActivationMap struct {
	Share float64 `json:"share"` // of the picture with at least half of the strongest evidence; 0: there is no evidence

	// Cells hold the evidence, row by row, as a share of the largest; 0: none, or against. There are
	// no cells where nothing speaks for the class.
	Cells  [][]float64 `json:"cells"`
	Margin float64     `json:"margin,omitempty"` // of the photo's centre square at each side that the network does not see
}

// ErrNoMaps says that a network has no activation maps, since its classifier does not look at the
// mean over the picture.
var ErrNoMaps = errors.New("classifier: a network that ends in a class token has no activation maps")

// ActivationMaps computes a class activation map of each photo for each of its classes, which are
// indices into the model's Classes: `[photo][class]`. With average pooling before the classifier,
// the logit is the mean over cells of what the classifier gives for a cell alone, so maps are exact
// (Zhou et al., Learning deep features for discriminative localization, 2016). Where a network has
// a norm or an activation function behind the pooling they are close to that. Maps are coarse, such
// as 7 x 7 cells: of garments that fill the picture 28 % decides, of the same at 9 % of the picture
// 19 %. Networks without pooling give [ErrNoMaps].
func (m *Model) ActivationMaps(ctx context.Context, e *engine.Engine, s *dataset.Set, images []dataset.Image,
	classes [][]int, p progress.Func) ([][]ActivationMap, error) {
	if !m.pools() {
		return nil, ErrNoMaps
	}
	net, err := network.NewInference(e.Backend, m.Spec, m.Weights, m.cellLogits)
	if err != nil {
		return nil, err
	}
	defer net.Close()
	images = m.seen(images)
	var out [][]ActivationMap
	const stage = "finding what decides"
	for from := 0; from < len(images); from += mapBatch {
		p.Report(stage, int64(from), int64(len(images)))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+mapBatch, len(images))
		found, err := m.mapsOf(net, s, images[from:to], classes[from:to])
		if err != nil {
			return nil, fmt.Errorf("classifier: activation maps: %w", err)
		}
		out = append(out, found...)
	}
	p.Report(stage, int64(len(images)), int64(len(images)))
	return out, nil
}

// pools reports whether the network takes the mean over the picture before the classifier.
func (m *Model) pools() bool {
	stages := m.Spec.Network()
	return slices.ContainsFunc(stages[len(stages)-1].Layers, func(l backbone.Layer) bool {
		pool, ok := l.(backbone.Pool)
		return ok && !pool.ClassToken
	})
}

// cellLogits are the logits of each cell alone, `[batch, height, width, classes]`, of pixels
// `[batch, size, size, 3]`.
func (m *Model) cellLogits(scope *model.Scope, x *graph.Node) *graph.Node {
	last := len(m.Spec.Stages()) - 1
	y := m.Spec.Infer(scope, graph.ConvertDType(x, network.Float32), 0, last)
	d := y.Shape().Dimensions
	cells := graph.Reshape(y, d[0]*d[1]*d[2], 1, 1, d[3]) // each a picture of its own
	logits := network.Classifier(scope, m.Spec.Infer(scope, cells, last, last+1))
	return graph.Reshape(logits, d[0], d[1], d[2], len(m.Classes))
}

// mapsOf computes the maps of one batch.
func (m *Model) mapsOf(net *network.Inference, s *dataset.Set, images []dataset.Image,
	classes [][]int) ([][]ActivationMap, error) {
	side := m.Spec.ResizeSide(m.Size)
	x, err := network.Pixels(m.Size).Tensor(mapBatch, len(images), func(k int, dst []byte) error {
		img, _, err := s.DecodeScaled(images[k], side)
		if err == nil {
			copy(dst, m.Pixels(img))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	defer x.FinalizeAll()
	y, err := engine.Call1(net.Exec, x)
	if err != nil {
		return nil, err
	}
	defer y.FinalizeAll()
	flat, err := tensors.CopyFlatData[float32](y)
	if err != nil {
		return nil, err
	}
	d := y.Shape().Dimensions
	size, margin := d[1]*d[2]*d[3], math.Round(1000*float64(side-m.Size)/float64(2*side))/1000
	out := make([][]ActivationMap, len(images))
	for k := range images {
		for _, class := range classes[k] {
			one := newActivationMap(flat[k*size:(k+1)*size], d[1], d[2], d[3], class)
			one.Margin = margin
			out[k] = append(out[k], one)
		}
	}
	return out, nil
}

// newActivationMap is the map of one class, from what the classifier gives for each cell,
// `[h][w][classes]`. What all classes have in common is no evidence.
func newActivationMap(logits []float32, h, w, classes, class int) (m ActivationMap) {
	evidence := make([]float64, h*w)
	top := 0.0
	for cell := range evidence {
		row := logits[cell*classes : (cell+1)*classes]
		mean := 0.0
		for _, v := range row {
			mean += float64(v) / float64(classes)
		}
		evidence[cell] = max(0, float64(row[class])-mean)
		top = max(top, evidence[cell])
	}
	if !(top > 0) || math.IsInf(top, 1) {
		return ActivationMap{}
	}
	n := 0
	for y := range h {
		row := make([]float64, w)
		for x := range row {
			share := evidence[y*w+x] / top
			row[x] = math.Round(100*share) / 100
			if share >= strong {
				n++
			}
		}
		m.Cells = append(m.Cells, row)
	}
	m.Share = float64(n) / float64(h*w)
	return m
}
