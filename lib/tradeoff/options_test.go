package tradeoff

import "testing"

func TestValidate(t *testing.T) {
	for _, o := range []Options{Default(), Quick()} {
		if err := o.Validate(); err != nil {
			t.Error(err)
		}
	}
	for _, c := range []struct {
		name, reason string
		change       func(*Options)
	}{
		{"none", "nothing to time", func(o *Options) { o.Batches = nil }},
		{"no 1", "latency is of batch 1", func(o *Options) { o.Batches = []int{2, 4} }},
		{"falling", "a record lists them by size", func(o *Options) { o.Batches = []int{1, 8, 4} }},
		{"twice", "one value for each", func(o *Options) { o.Batches = []int{1, 4, 4} }},
		{"rounds", "none", func(o *Options) { o.Rounds = 0 }},
		{"cold", "the first call would be timed", func(o *Options) { o.WarmUp = 0 }},
		{"no time", "no call would fit", func(o *Options) { o.Limit = 0 }},
	} {
		o := Default()
		if c.change(&o); o.Validate() == nil {
			t.Errorf("%s: no error: %s", c.name, c.reason)
		}
	}
}
