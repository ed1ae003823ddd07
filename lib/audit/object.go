package audit

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"imagelab/lib/backbone"
	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/internal/network"
	"imagelab/lib/internal/safetensors"
	"imagelab/lib/metric"
	"imagelab/lib/recipe"
	"imagelab/lib/text"
)

const (
	mostObjects = 64   // photos whose maps are computed
	smallObject = 0.20 // share of the picture below which classification of whole photos gets hard
	shownMaps   = 12
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
	Photo string `json:"photo"`
	classifier.ActivationMap
}

// objects measures by class activation maps how much of the picture decides. A model without such
// maps, see [classifier.ErrNoMaps], leaves the question open.
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
	if errors.Is(err, classifier.ErrNoMaps) {
		return nil
	}
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

// maps computes the maps of photos for the class that each has. Photos of a class that the model
// does not know, and those in which nothing speaks for their class, have none.
func (a *auditor) maps(ctx context.Context, m *classifier.Model, of []int) ([]Map, error) {
	var images []dataset.Image
	var classes [][]int
	for _, i := range of {
		if at, known := slices.BinarySearch(m.Classes, a.images[i].Class); known {
			images, classes = append(images, a.images[i]), append(classes, []int{at})
		}
	}
	found, err := m.ActivationMaps(ctx, a.engine, a.set, images, classes, a.progress)
	var out []Map
	for k, one := range found {
		if one[0].Share > 0 {
			out = append(out, Map{Photo: images[k].Path, ActivationMap: one[0]})
		}
	}
	return out, err
}
