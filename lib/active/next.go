package active

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"imagelab/lib/dataset"
	"imagelab/lib/embed"
	"imagelab/lib/engine"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Options are the choices of [Next].
type Options struct {
	Embed embed.Options
	Count int    // photos to choose, at least 1
	Seed  uint64 // seed for drawing photos
}

// Choice is a photo to label next.
type Choice struct {
	Path        string  `json:"path"`              // relative to the root of the set it is from
	Guess       string  `json:"guess,omitempty"`   // the most probable class; empty: nothing could be learned
	Probability float64 `json:"guess_probability"` // of the guess
	Uncertainty float64 `json:"uncertainty"`       // one minus the margin of the two most probable classes, in [0,1]
	Reason      string  `json:"reason"`
}

// Next chooses photos of pool that are worth a label, for the labelled photos of s. Photos of the
// pool that s has with a label or that were dropped there, whatever their names and also where s
// does not use them, and copies among the pool with the same pixels are passed over.
func Next(ctx context.Context, e *engine.Engine, s, pool *dataset.Set, o Options, p progress.Func) ([]Choice,
	error) {
	if o.Count < 1 {
		return nil, errors.New("active: the number of photos to choose must be at least 1")
	}
	labelled := slices.DeleteFunc(s.Kept(), func(im dataset.Image) bool { return im.Class == "" })
	fresh := unknown(s, pool)
	if len(fresh) == 0 {
		return nil, nil
	}
	if o.Embed.Cache == "" {
		o.Embed.Cache = embed.CacheOf(s)
	}
	features, err := embed.Images(ctx, e, pool, dataset.WithWindow(fresh, dataset.WindowOf(s.Images)), o.Embed, p)
	if err != nil {
		return nil, err
	}
	known := Known{}
	if known.Features, err = embed.Images(ctx, e, s, labelled, o.Embed, p); err != nil {
		return nil, err
	}
	classes := s.Classes()
	known.Classes = len(classes)
	if known.Labels, err = dataset.Labels(labelled, classes); err != nil {
		return nil, err
	}
	picks, err := Choose(ctx, e, known, features, o.Count, o.Seed, p)
	if err != nil {
		return nil, err
	}
	out := make([]Choice, len(picks))
	for i, pick := range picks {
		out[i] = choice(fresh[pick.Index], pick, classes)
	}
	return out, nil
}

// unknown are the photos of the pool about which s does not say anything, each content once. A
// photo with a label that s leaves out, such as a near copy, would not be used with another either.
func unknown(s, pool *dataset.Set) []dataset.Image {
	seen := map[string]bool{}
	for _, im := range s.Images {
		if im.Class != "" || im.Excluded != "" {
			seen[im.Pixels] = true
		}
	}
	var out []dataset.Image
	for _, im := range pool.Kept() {
		if !seen[im.Pixels] {
			seen[im.Pixels] = true
			out = append(out, im)
		}
	}
	return out
}

func choice(im dataset.Image, pick Pick, classes []string) Choice {
	c := Choice{Path: im.Path, Uncertainty: pick.Uncertainty, Reason: "differs from the other chosen photos"}
	if pick.Probabilities == nil {
		return c
	}
	first := metric.MostProbable(pick.Probabilities, -1)
	second := metric.MostProbable(pick.Probabilities, first)
	c.Guess, c.Probability = classes[first], pick.Probabilities[first]
	c.Reason = fmt.Sprintf("%s (%s) or %s (%s)?", text.Name(classes[first]), text.Percent(pick.Probabilities[first],
		0),
		text.Name(classes[second]), text.Percent(pick.Probabilities[second], 0))
	return c
}
