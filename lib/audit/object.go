package audit

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/text"
)

const (
	mostObjects = 64   // photos whose maps are computed
	strong      = 0.5  // of the strongest evidence: cells with as much decide
	smallObject = 0.20 // share of the picture below which classification of whole photos gets hard
	shownMaps   = 12
	mapBatch    = 8
)

// Objects says how much of the picture decides.
type Objects struct {
	Photos int     `json:"photos"` // that were looked at
	Median float64 `json:"median"` // of the shares, in (0,1]
	Small  float64 `json:"small"`  // share of the photos whose share is below 20 %
	Maps   []Map   `json:"maps"`   // smallest shares first, at most 12
}

// Map is where the evidence for a photo's class lies.
type Map struct {
	Photo string      `json:"photo"`
	Share float64     `json:"share"` // of the picture with at least half of the strongest evidence for the class
	Cells [][]float64 `json:"cells"` // evidence, row by row, as a share of the largest; 0: none, or against
}

// objects computes class activation maps. With average pooling before the classifier, the logit is
// the mean over cells of what the classifier gives for a cell alone, so maps are exact (Zhou et
// al., Learning deep features for discriminative localization, 2016). They are coarse, 7 x 7 cells:
// of garments that fill the picture 28 % decides, of the same at 9 % of the picture 19 %.
func (a *auditor) objects(ctx context.Context) error {
	of := a.labelled()
	if a.result.Test > 0 {
		of = slices.DeleteFunc(of, func(i int) bool { return a.images[i].Split != dataset.Test })
	}
	if len(a.classes) < 2 || len(a.labelled()) < leastJudged || len(of) == 0 {
		return nil
	}
	of = spaced(of, mostObjects)
	m, err := a.looker(ctx)
	if err != nil {
		return err
	}
	all, err := a.maps(ctx, m, of)
	if err != nil || len(all) == 0 {
		return err
	}
	r := &Objects{Photos: len(all)}
	var shares []float64
	for _, m := range all {
		shares = append(shares, m.Share)
		if m.Share < smallObject {
			r.Small += 1 / float64(len(all))
		}
	}
	r.Median = metric.Median(shares)
	slices.SortStableFunc(all, func(x, y Map) int { return cmp.Compare(x.Share, y.Share) })
	r.Maps = spaced(all, shownMaps)
	a.result.Objects = r
	a.objectFinding(r)
	return nil
}

func (a *auditor) objectFinding(r *Objects) {
	severity, said := Note, "Classification of whole photos suits that."
	if r.Median < smallObject {
		severity, said = Warning, "Things that take less than a fifth of the picture are hard for a classifier of "+
			"whole photos: consider detection, or cut photos into tiles."
	} else if r.Small >= 0.25 {
		severity, said = Warning, "For many photos it is less than a fifth: consider detection, or cut photos into tiles."
	}
	f := a.find(KindObjectSize, severity,
		"%s of the picture decides (class activation of half of its maximum or more; median of %s; below 20 %% in "+
			"%s of them). %s",
		text.Percent(r.Median, 0), text.Count(r.Photos, "photo"), text.Percent(r.Small, 0), said)
	for _, m := range r.Maps {
		f.Photos = append(f.Photos, m.Photo)
	}
}

// looker is a model whose maps are computed: the run's, or else the pretrained backbone with a
// classifier that is fitted to the labelled photos.
func (a *auditor) looker(ctx context.Context) (*classifier.Model, error) {
	if len(a.Models) > 0 {
		return a.Models[0], nil
	}
	spec, err := backbone.Lookup(cmp.Or(a.Embed.Backbone, recipe.Default().Backbone))
	if err != nil {
		return nil, err
	}
	spec.CenterCropFraction = cmp.Or(a.Embed.CenterCropFraction, spec.CenterCropFraction)
	weights, err := backbone.Pretrained(ctx, spec, a.progress)
	if err != nil {
		return nil, err
	}
	of := a.labelled()
	if err := a.openFitter(of); err != nil {
		return nil, err
	}
	learn := make([]int, len(of))
	for n := range learn {
		learn[n] = n
	}
	kernel, err := a.fitter.Kernel(ctx, learn)
	if err != nil {
		return nil, err
	}
	weights = maps.Clone(weights)
	weights[network.HeadKernel] = safetensors.Tensor{Shape: []int{spec.Features, len(a.classes)}, Data: kernel}
	weights[network.HeadBias] = safetensors.Tensor{Shape: []int{len(a.classes)},
		Data: make([]float32, len(a.classes))}
	return &classifier.Model{Spec: spec, Size: cmp.Or(a.Embed.Size, spec.Size), Classes: a.classes,
		Weights: weights}, nil
}

// maps computes the maps of photos for the class that each has.
func (a *auditor) maps(ctx context.Context, m *classifier.Model, of []int) ([]Map, error) {
	last := len(m.Spec.Stages()) - 1
	infer := func(scope *model.Scope, x *graph.Node) *graph.Node {
		y := m.Spec.Infer(scope, graph.ConvertDType(x, network.Float32), 0, last)
		d := y.Shape().Dimensions
		cells := graph.Reshape(y, d[0]*d[1]*d[2], 1, 1, d[3]) // each a picture of its own
		return graph.Reshape(network.Classifier(scope, m.Spec.Infer(scope, cells, last, last+1)), d[0], d[1],
			d[2], len(m.Classes))
	}
	net, err := network.NewInference(a.engine.Backend, m.Spec, m.Weights, infer)
	if err != nil {
		return nil, err
	}
	defer net.Close()
	var out []Map
	const stage = "finding what decides"
	for from := 0; from < len(of); from += mapBatch {
		a.progress.Report(stage, int64(from), int64(len(of)))
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := of[from:min(from+mapBatch, len(of))]
		found, err := a.mapsOf(m, net, part)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	a.progress.Report(stage, int64(len(of)), int64(len(of)))
	return out, nil
}

func (a *auditor) mapsOf(m *classifier.Model, net *network.Inference, of []int) ([]Map, error) {
	x, err := network.Pixels(m.Size).Tensor(mapBatch, len(of), func(k int, dst []byte) error {
		img, _, err := a.set.DecodeScaled(a.images[of[k]], m.Spec.ResizeSide(m.Size))
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
	if len(d) != 4 || d[3] != len(m.Classes) {
		return nil, errors.New("class activation has another shape than expected")
	}
	var out []Map
	for k, i := range of {
		at, known := slices.BinarySearch(m.Classes, a.images[i].Class)
		if !known {
			continue
		}
		size := d[1] * d[2] * d[3]
		if one, ok := newMap(flat[k*size:(k+1)*size], d[1], d[2], d[3], at); ok {
			one.Photo = a.images[i].Path
			out = append(out, one)
		}
	}
	return out, nil
}

// newMap is the map of one class, from what the classifier gives for each cell, `[h][w][classes]`.
// What all classes have in common is no evidence. ok is false where nothing speaks for the class.
func newMap(logits []float32, h, w, classes, class int) (m Map, ok bool) {
	var evidence []float64
	top := 0.0
	for cell := range h * w {
		row := logits[cell*classes : (cell+1)*classes]
		mean := 0.0
		for _, v := range row {
			mean += float64(v) / float64(classes)
		}
		e := max(0, float64(row[class])-mean)
		evidence = append(evidence, e)
		top = max(top, e)
	}
	if !(top > 0) {
		return m, false
	}
	n := 0
	for _, e := range evidence {
		if e >= strong*top {
			n++
		}
	}
	m.Share = float64(n) / float64(h*w)
	for y := range h {
		row := make([]float64, w)
		for x := range row {
			row[x] = float64(int(100*evidence[y*w+x]/top+0.5)) / 100
		}
		m.Cells = append(m.Cells, row)
	}
	return m, true
}
