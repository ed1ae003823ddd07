package recipe

import (
	"encoding/json"
	"testing"
)

// TestKeys: a fit's ID is a digest of this text, and bundles and records hold it. Fields may be
// renamed; keys and their order stay.
func TestKeys(t *testing.T) {
	const want = `{"backbone":"efficientnet_lite0","size":0,"crop_fraction":0,"cut":"stage6","views":2,"epochs":8,` +
		`"batch":32,"lr":0.0005,"head_lr":5,"warm_up":0.2,"weight_decay":0.01,"label_smoothing":0.1,"balance":0,` +
		`"augment":{"crop":0.6,"flip":true,"flip_v":false,"rotate90":false,"color":0,"erase":0},"seed":0}`
	got, err := json.Marshal(Default())
	if err != nil || string(got) != want {
		t.Errorf("the default is written as\n%s, %v; want\n%s", got, err, want)
	}
	var again Config
	if err := json.Unmarshal(got, &again); err != nil || again != Default() {
		t.Errorf("it is read as %+v, %v", again, err)
	}
}

func TestValidate(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		change       func(c *Config)
		valid        bool
	}{
		{"default", "nothing is changed", func(*Config) {}, true},
		{"cells", "the other recipe", func(c *Config) { *c = Cells() }, true},
		{"multiplier", "a head that does not move", func(c *Config) { c.HeadLRMultiplier = 0 }, false},
		{"views", "fewer than none", func(c *Config) { c.CachedViews = -1 }, false},
		{"centre crop", "less than half of the photo", func(c *Config) { c.CenterCropFraction = 0.4 }, false},
		{"random crop", "larger than the photo", func(c *Config) { c.Augment.MinScale = 1.5 }, false},
		{"steps", "no step in an epoch", func(c *Config) { c.Steps = c.Epochs - 1 }, false},
	} {
		c := Default()
		tt.change(&c)
		if err := c.Validate(); (err == nil) != tt.valid {
			t.Errorf("%s (%s): %v", tt.name, tt.reason, err)
		}
	}
}
