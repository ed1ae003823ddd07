package race

import (
	"flag"
	"slices"
)

// Options are what a person chooses on a command line.
type Options struct {
	Venv     string // Python environment of the peers; empty: ours alone
	JSON     string // file for the ratios; empty: none
	Only     string // parts, with commas between
	EndToEnd bool   // the whole way too
	FastAI   int    // epochs of fastai on the whole way
}

// Flags adds the options to a command line.
func (o *Options) Flags(f *flag.FlagSet) {
	f.StringVar(&o.Venv, "peers", "", "`folder` of the peers' Python environment, with "+
		"experiments/speed/peer/requirements.txt; without it imagelab is timed alone")
	f.StringVar(&o.JSON, "json", "", "`file` to write the ratios to")
	f.StringVar(&o.Only, "only", "decode,hash,forward,step,rates",
		"`parts` to measure, of these and whole; others are kept from an earlier run in the same folder")
	f.BoolVar(&o.EndToEnd, "whole", false,
		"measure the whole way from files to a validated model too, with three seeds, which takes fastai more "+
			"than an hour on two cores")
	f.IntVar(&o.FastAI, "epochs", 8, "`number` of epochs of fastai's fine_tune on the whole way")
}

// Plan is what to measure, in which parts. A quick run takes the whole way too, on few photos and
// ours alone unless Whole is set.
func (o Options) Plan(quick bool) (Plan, []string, error) {
	p, err := Default(), error(nil)
	if quick {
		p = Quick()
	}
	parts, err := ParseParts(o.Only)
	if (quick || o.EndToEnd) && !slices.Contains(parts, EndToEnd) {
		parts = append(parts, EndToEnd)
	}
	if o.EndToEnd {
		p.FastAI = o.FastAI
	}
	return p, parts, err
}
