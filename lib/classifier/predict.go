package classifier

import (
	"context"
	"fmt"
	"image"

	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/metric"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
)

// Predictor classifies images with a model on an engine. It compiles at the first call, for one
// photo apart from several; Close frees it.
type Predictor struct {
	m     *Model
	net   *network.Inference
	flips feed.Augment // that predictions are means over
	views int          // how many
	batch int          // of several photos
}

// In is the model with another precision of its predictions, see [backbone.Spec]. The two share
// their weights.
func (m *Model) In(precision string) *Model {
	other := *m
	other.Precision = precision
	return &other
}

// Predictor prepares the model for inference.
func (m *Model) Predictor(e *engine.Engine) (*Predictor, error) {
	flips, views, err := m.views()
	if err != nil {
		return nil, fmt.Errorf("classifier: %w", err)
	}
	spec := m.Spec
	spec.Precision = m.Precision
	net, err := network.NewClassifier(e.Backend, spec, m.Weights)
	if err != nil {
		return nil, err
	}
	return &Predictor{m, net, flips, views, network.PhotoBatch(e.Backend)}, nil
}

// Close frees the compiled graph and the weights on the device.
func (p *Predictor) Close() { p.net.Close() }

// Network is the graph that predictions come from, without the softmax, for those who time its
// parts.
func (p *Predictor) Network() *network.Inference { return p.net }

// Compile makes the graph for calls of the given number of photos, unless it was made. Predictions
// do so by themselves.
func (p *Predictor) Compile(batch int, obs progress.Func) error {
	_, err := network.Compile(obs, p.net.Exec, network.Pixels(p.m.Size).Batch(batch))
	return err
}

// Probabilities classifies n images; fill writes image i to dst, RGB `[size, size, 3]` uint8. The
// result is `[n][classes]`.
func (p *Predictor) Probabilities(ctx context.Context, n int, obs progress.Func,
	fill func(i int, dst []byte) error) ([][]float64, error) {
	size := p.m.Size
	if n == 0 {
		return nil, nil
	}
	batch := p.batchOf(n)
	if err := p.Compile(batch, obs); err != nil {
		return nil, err
	}
	const stage = "classifying photos"
	obs.Report(stage, 0, int64(n))
	out := make([][]float64, 0, n)
	for from := 0; from < n; from += batch {
		count := min(batch, n-from)
		var views [][][]float64
		for view := range p.views {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			x, err := network.Pixels(size).Tensor(batch, count, func(i int, dst []byte) error {
				if view == 0 {
					return fill(from+i, dst)
				}
				plain := make([]byte, len(dst))
				err := fill(from+i, plain)
				p.flips.Orient(dst, plain, size, view)
				return err
			})
			if err != nil {
				return nil, err
			}
			rows, err := network.Probabilities(p.net.Exec, x, count)
			if err != nil {
				return nil, err
			}
			views = append(views, rows)
		}
		out = append(out, network.Mean(views)...)
		obs.Report(stage, int64(len(out)), int64(n))
	}
	return out, nil
}

// batchOf is the batch for n photos. There are two graphs at most: compiling one takes longer than
// the rows with which fewer photos are padded. A photo alone is not padded.
func (p *Predictor) batchOf(n int) int {
	if n == 1 {
		return 1
	}
	return p.batch
}

// Image returns the probabilities `[classes]` of one decoded photo.
func (p *Predictor) Image(ctx context.Context, img image.Image) ([]float64, error) {
	pixels := p.m.Pixels(img)
	probs, err := p.Probabilities(ctx, 1, nil, func(_ int, dst []byte) error { copy(dst, pixels); return nil })
	if err != nil {
		return nil, err
	}
	return probs[0], nil
}

// Pixels are what the network sees of a decoded photo, `[size, size, 3]`: its centre.
func (m *Model) Pixels(img image.Image) []byte {
	side := m.Spec.ResizeSide(m.Size)
	square, out := make([]byte, side*side*3), make([]byte, m.Size*m.Size*3)
	feed.Square(square, img, side)
	feed.CentreCrop(out, square, side, m.Size)
	return out
}

// File names the photo in a file: its k most probable classes, see [Model.Top].
func (p *Predictor) File(ctx context.Context, path string, k int) ([]Guess, error) {
	decode := p.m.Window.DecodeScaled
	if p.m.Window == (photo.Window{}) {
		decode = photo.DecodeScaled // it learned no window: a photo's own is as good as any
	}
	img, _, err := decode(path, p.m.Spec.ResizeSide(p.m.Size))
	if err != nil {
		return nil, err
	}
	probs, err := p.Image(ctx, img)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p.m.Top(probs, k), nil
}

// seen are the images as the model sees those with 16 bits a sample: through its window. A model
// without one learned from photos of 8 bits, or of counts that use the whole range; it sees them
// through the window of their own set.
func (m *Model) seen(images []dataset.Image) []dataset.Image {
	if m.Window == (photo.Window{}) {
		return images
	}
	return dataset.WithWindow(images, m.Window)
}

// Evaluate scores images of a set against their classes, as [Predictor.Classify] names them. If
// people gave some of the images tags, the result has parts: [PartClear] without the images that
// are ambiguous, occluded or truncated, [PartFlagged] with these alone, and a part for each tag.
func (p *Predictor) Evaluate(ctx context.Context, s *dataset.Set, images []dataset.Image,
	obs progress.Func) (metric.Result, error) {
	labels, probs, err := p.Classify(ctx, s, images, obs)
	if err != nil {
		return metric.Result{}, err
	}
	return p.Score(s, images, labels, probs)
}

// Score is [Predictor.Evaluate] of labels and probabilities that [Predictor.Classify] returned.
func (p *Predictor) Score(s *dataset.Set, images []dataset.Image, labels []int,
	probs [][]float64) (metric.Result, error) {
	groups := dataset.Groups(images)
	r, err := metric.EvaluateGroups(p.m.Classes, labels, probs, s.Files(images), groups)
	if err == nil {
		r.Parts = parts(images, labels, probs, groups)
	}
	return r, err
}

// Classify returns the labels `[n]` and probabilities `[n][classes]` of images of a set, both by
// the index of the class in the model's Classes. A class that the model does not know is an error.
func (p *Predictor) Classify(ctx context.Context, s *dataset.Set, images []dataset.Image,
	obs progress.Func) (labels []int, probs [][]float64, err error) {
	labels, err = dataset.Labels(images, p.m.Classes)
	if err != nil {
		return nil, nil, err
	}
	px, err := feed.PackTemporary(ctx, s, p.m.seen(images), p.m.Spec.ResizeSide(p.m.Size), obs)
	if err != nil {
		return nil, nil, err
	}
	defer px.Close()
	probs, err = p.Probabilities(ctx, len(images), obs,
		func(i int, dst []byte) error { px.Plain(dst, i, p.m.Size); return nil })
	return labels, probs, err
}
