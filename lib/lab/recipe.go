package lab

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/finetune"
	"imagelab/lib/recipe"
)

// Recipe says how a model is trained. The zero value is the default recipe, see [recipe.Default];
// each field that is not zero changes one setting of it.
type Recipe struct {
	Backbone string // network, see [backbone.Names]
	Cut      string // first stage that is trained: "head", "stem", "stage1" ... "stage7", "top", or "all"
	Size     int    // side of the network's input, pixels
	Epochs   int    // passes over the training photos
	Seed     uint64 // seed for shuffling and augmentation

	// Config holds all settings, for experts; the fields above still apply. The zero value is
	// [recipe.Default].
	Config recipe.Config
	// AllowLeak trains although photos stand on two sides; only to measure the inflation, and the
	// record says so.
	AllowLeak bool
	// Out is the folder for the result; empty: one below Lab.Dir that is named for the set and the
	// recipe.
	Out string
}

// Settings are all settings of the recipe, with those filled in that depend on the backbone. A
// setting outside its range is an error.
func (r Recipe) Settings() (recipe.Config, error) {
	c := r.Config
	if c == (recipe.Config{}) {
		c = recipe.Default()
	}
	c.Backbone, c.Cut = cmp.Or(r.Backbone, c.Backbone), cmp.Or(r.Cut, c.Cut)
	c.Size, c.Epochs, c.Seed = cmp.Or(r.Size, c.Size), cmp.Or(r.Epochs, c.Epochs), cmp.Or(r.Seed, c.Seed)
	return finetune.Resolve(c)
}

// data is what a fit learns from. A set made in memory has no folder for prepared photos, and
// gets one in the lab's.
func (l *Lab) data(s *dataset.Set, allowLeak bool) finetune.Data {
	d := finetune.Data{Set: s, AllowLeak: allowLeak}
	if s.Dir == "" {
		d.Cache = filepath.Join(l.Dir, "cache")
	}
	return d
}

// resultName is "garments-lite0-224-stage7", with a digest of what else is not as in the default
// recipe.
func resultName(s *dataset.Set, c recipe.Config) string {
	usual := recipe.Default()
	usual.Backbone, usual.Size, usual.Cut = c.Backbone, c.Size, c.Cut
	usual, _ = finetune.Resolve(usual)
	name := fmt.Sprintf("%s-%s-%d-%s", s.Name(), strings.TrimPrefix(c.Backbone, "efficientnet_"), c.Size, c.Cut)
	if c != usual {
		settings, _ := json.Marshal(c) // numbers, strings and booleans
		digest := sha256.Sum256(settings)
		name += fmt.Sprintf("-%x", digest[:3])
	}
	return name
}
