package main

import (
	"github.com/spf13/pflag"

	"imagelab/lib/asset"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
)

// addJSON offers --json.
func addJSON(f *pflag.FlagSet, asJSON *bool) {
	f.BoolVar(asJSON, "json", false, "print one JSON object")
}

// runJSON is what train prints as JSON.
type runJSON struct {
	Run        string        `json:"run"`
	Page       string        `json:"page"`
	Record     string        `json:"record"` // ID of the fit in records.jsonl
	Backbone   string        `json:"backbone"`
	Cut        string        `json:"cut"`
	Kept       string        `json:"kept"` // which weights were kept, and why
	Validation metric.Result `json:"validation"`
}

func jsonRun(r lab.Run) runJSON {
	return runJSON{r.Dir, r.Page(), r.Record.ID, r.Record.Backbone, r.Record.Cut, r.Record.KeptText(), r.Record.Val}
}

// curvesJSON is what curve prints as JSON.
type curvesJSON struct {
	Page    string      `json:"page"`
	Missing int         `json:"missing"` // fits that failed, or that another process has still to do
	Curves  []curveJSON `json:"curves"`
}

type curveJSON struct {
	Name    string      `json:"name"`
	Answer  string      `json:"answer"` // whether more photos would help, in a sentence
	Points  []pointJSON `json:"points"`
	Classes []string    `json:"classes"`
}

type pointJSON struct {
	Train    float64         `json:"train_per_class"`
	Accuracy float64         `json:"accuracy"`
	Interval metric.Interval `json:"interval"` // 95 %
	Fits     []float64       `json:"fits"`     // accuracy of each
}

func jsonCurves(c lab.Curves) curvesJSON {
	d := curvesJSON{Missing: c.Missing}
	if len(c.Curves) > 0 { // or else there is no page
		d.Page = c.Page()
	}
	for _, r := range c.Curves {
		one := curveJSON{Name: r.Curve.Name, Answer: r.Forecast.Verdict().Text}
		for _, p := range r.Curve.Points {
			one.Points = append(one.Points, pointJSON{p.Train, p.Accuracy, p.Interval, p.Each})
		}
		for _, class := range r.Curve.Classes {
			one.Classes = append(one.Classes, class.Name)
		}
		d.Curves = append(d.Curves, one)
	}
	return d
}

// tradeoffJSON is what tradeoff prints as JSON.
type tradeoffJSON struct {
	Page    string        `json:"page"`
	Missing int           `json:"missing"`
	Side    string        `json:"side"` // of the photos that all models are measured on
	Images  int           `json:"images"`
	Models  []modelJSON   `json:"models"`
	Choices []choiceJSON  `json:"choices"`
	Field   []entrantJSON `json:"field,omitempty"` // networks with their published accuracy, see --field
	Notes   []string      `json:"notes,omitempty"`
}

type modelJSON struct {
	Machine    string          `json:"machine"`
	Name       string          `json:"name"`
	Backbone   string          `json:"backbone"`
	Size       int             `json:"size"`
	Cut        string          `json:"cut"`
	Precision  string          `json:"precision"` // of products and convolutions
	Validation float64         `json:"validation_top1"`
	Top1       float64         `json:"top1"`
	Interval   metric.Interval `json:"interval"`   // 95 %
	Latency    float64         `json:"latency_ms"` // median of one photo, network alone
	Train      float64         `json:"train_seconds,omitempty"`
	Front      bool            `json:"front"` // no other model is both faster and more accurate
}

type entrantJSON struct {
	Machine      string  `json:"machine"`
	Backbone     string  `json:"backbone"`
	Size         int     `json:"size"`
	Preset       string  `json:"preset,omitempty"`
	Top1         float64 `json:"imagenet_top1"`      // percent, as published
	Top1Size     int     `json:"imagenet_top1_size"` // of the input for which it was published
	Latency      float64 `json:"latency_ms"`
	MultiplyAdds int64   `json:"multiply_adds"`
	Parameters   int64   `json:"parameters"`
	Megabytes    float64 `json:"megabytes"`      // the saved model
	Int8         float64 `json:"int8_megabytes"` // about what an export takes
	PeakMemory   float64 `json:"peak_memory_megabytes"`
	Trained      bool    `json:"trained"` // whether a model of the comparison has this network
}

type choiceJSON struct {
	Machine  string `json:"machine"`
	Take     string `json:"take"`
	Best     string `json:"best"`
	Smallest string `json:"smallest"`
	Text     string `json:"text"`
}

func jsonTradeOff(t lab.TradeOff) tradeoffJSON {
	c := tradeoffJSON{Page: t.Page(), Missing: t.Missing, Side: t.Side, Images: t.Images, Notes: t.Notes}
	for _, p := range t.Points {
		c.Models = append(c.Models, modelJSON{p.Machine, p.Model, p.Backbone, p.Size, p.Cut, p.Precision, p.Val,
			p.Top1, p.Interval, 1000 * p.Speed.Latency.Median, p.Train, p.Front})
	}
	for _, x := range t.Choices {
		c.Choices = append(c.Choices, choiceJSON{x.Machine, x.Take.Model, x.Best.Model, x.Smallest.Model, x.Text})
	}
	machine, field := t.Surveyed()
	for _, e := range field {
		s := e.Speed
		c.Field = append(c.Field, entrantJSON{machine, s.Backbone, s.Size, e.Preset, s.Published.Top1, s.Published.Size,
			1000 * s.Latency.Median, s.MultiplyAdds, s.Parameters, float64(s.BundleBytes) / 1e6, float64(s.Int8Bytes) / 1e6,
			float64(s.PeakMemory) / 1e6, e.Trained})
	}
	return c
}

// assetJSON is a line of `fetch --json`.
type assetJSON struct {
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Bytes   int64  `json:"bytes"`
	License string `json:"licence"`
	From    string `json:"from"`
	About   string `json:"about"`
	Path    string `json:"path,omitempty"` // where it is, once it was fetched
}

func jsonAssets() []assetJSON {
	var list []assetJSON
	for _, ref := range asset.Catalogue() {
		path, _ := asset.Cached(ref.Name)
		list = append(list, assetJSON{ref.Name, ref.Kind, ref.Bytes, ref.License, ref.Client + " " + ref.Spec(),
			ref.About, path})
	}
	return list
}
