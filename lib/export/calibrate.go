package export

import (
	"context"
	"fmt"
	"maps"
	"math"
	"strings"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/xslices"

	"imagelab/lib/classifier"
	"imagelab/lib/engine"
	"imagelab/lib/feed"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/progress"
)

const calibrationBatch = 8

// Calibrate takes the ranges of all activations that int8 files round, over these photos, of which
// it needs no labels. The model's views do not matter: a flipped photo has the same levels.
func Calibrate(ctx context.Context, backend compute.Backend, m *classifier.Model, px *feed.Pixels,
	obs progress.Func) (map[string]Range, error) {
	weights := maps.Clone(m.Weights)
	maps.DeleteFunc(weights, func(name string, _ safetensors.Tensor) bool { return strings.HasPrefix(name, "head.") })
	var names []string
	var channels []int
	net, err := network.NewInference(backend, m.Spec, weights, func(scope *model.Scope, x *Node) *Node {
		names, channels = nil, nil
		var ends []*Node
		m.Spec.Observe(scope, ConvertDType(x, network.Float32), func(name string, y *Node) {
			names = append(names, name)
			last := y.Rank() - 1
			channels = append(channels, y.Shape().Dimensions[last])
			ends = append(ends, Reshape(ReduceAllMin(y), 1), Reshape(ReduceAllMax(y), 1),
				ReduceMean(y, xslices.Iota(0, last)...))
		})
		return Concatenate(ends, 0)
	})
	if err != nil {
		return nil, err
	}
	defer net.Close()
	ranges := map[string]Range{}
	const stage = "taking ranges of activations"
	n := len(px.Images)
	batches := (n + calibrationBatch - 1) / calibrationBatch
	for from := 0; from < n; from += calibrationBatch {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		obs.Report(stage, int64(from), int64(n))
		ends, err := endsOf(net, px, from, m.Size)
		if err != nil {
			return nil, err
		}
		for i, name := range names {
			r := ranges[name]
			r.Low, r.High = math.Min(r.Low, float64(ends[0])), math.Max(r.High, float64(ends[1]))
			if r.Means == nil {
				r.Means = make([]float64, channels[i])
			}
			for c, mean := range ends[2 : 2+channels[i]] {
				r.Means[c] += float64(mean) / float64(batches)
			}
			ranges[name], ends = r, ends[2+channels[i]:]
		}
	}
	obs.Report(stage, int64(n), int64(n))
	pixels := pixelRange(m)
	pixels.Means = ranges["pixels"].Means
	ranges["pixels"] = pixels
	return ranges, nil
}

// endsOf runs a batch; the last one is filled up with photos from before.
func endsOf(net *network.Inference, px *feed.Pixels, from, size int) ([]float32, error) {
	x, err := network.Pixels(size).Tensor(calibrationBatch, calibrationBatch, func(i int, dst []byte) error {
		px.Plain(dst, (from+i)%len(px.Images), size)
		return nil
	})
	if err != nil {
		return nil, err
	}
	defer x.FinalizeAll()
	y, err := engine.Call1(net.Exec, x)
	if err != nil {
		return nil, fmt.Errorf("export: take ranges: %w", err)
	}
	defer y.FinalizeAll()
	return tensors.CopyFlatData[float32](y)
}

// pixelRange is the range of normalised levels 0 to 255 of all channels. Where mean and deviation
// are the same in each, rounding to 8 bits loses nothing.
func pixelRange(m *classifier.Model) (r Range) {
	for c := range 3 {
		r.Low = min(r.Low, float64(-m.Spec.Mean[c]/m.Spec.Std[c]))
		r.High = max(r.High, float64((255-m.Spec.Mean[c])/m.Spec.Std[c]))
	}
	return r
}
