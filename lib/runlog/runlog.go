// Package runlog keeps one record per fit, one JSON line each, so that every figure and statistic can be computed from
// files and traced back to the exact images.
//
// A fit calls [Append]; figures and reports call [Read] for one file or [ReadDir] for a folder of runs.
package runlog

import (
	"encoding/json"
	"slices"
	"time"

	"imagelab/lib/metric"
)

// Version of the record's layout. Records of a newer version are refused.
const Version = 1

// Record is everything that is kept of one fit.
type Record struct {
	Version     int             `json:"version"`
	ID          string          `json:"id"`            // digest of config, data and seed
	Arm         string          `json:"arm,omitempty"` // name of the arm of an experiment: fits that differ in the seed only share it
	Time        time.Time       `json:"time"`
	Command     string          `json:"command"` // exact command line
	Dataset     string          `json:"dataset"` // name, or the folder's base name
	Backbone    string          `json:"backbone"`
	Size        int             `json:"size"` // side of the input, pixels
	Cut         string          `json:"cut"`  // training starts at this stage
	Seed        uint64          `json:"seed"`
	Config      json.RawMessage `json:"config"`
	Manifest    string          `json:"manifest"`             // digest
	Split       string          `json:"split"`                // digest
	AllowLeak   bool            `json:"allow_leak,omitempty"` // fitted although photos stand on both sides: results are too good
	NoDedup     bool            `json:"no_dedup,omitempty"`   // dedup had not looked for copies in the set as it was
	Counts      map[string]int  `json:"counts"`               // images in "train", "val" and "test"
	PerClass    int             `json:"per_class,omitempty"`  // learning curves: training images per class asked for, in the mean; 0: all there are. Trained says what was taken
	Regime      string          `json:"regime,omitempty"`     // "equal epochs" or "equal steps": how training grows with the images
	Trained     map[string]int  `json:"trained,omitempty"`    // training images that were used, by class
	Outcomes    *Outcomes       `json:"outcomes,omitempty"`   // experiments: every judged image's prediction
	Validated   *Outcomes       `json:"validated,omitempty"`  // experiments: every validation image's prediction, where Outcomes are of test images
	Epochs      []Epoch         `json:"epochs"`
	Candidates  []Candidate     `json:"candidates,omitempty"` // the weights that the fit chose from; none in records of earlier versions
	Val         metric.Result   `json:"val"`
	Test        *metric.Result  `json:"test,omitempty"`        // nil as long as nobody read the test split
	Seen        *Seen           `json:"seen,omitempty"`        // test images that the model had seen; nil: none, or not known
	Timings     []Timing        `json:"timings"`               // by first start; compiling is its own stage, [StageCompile]
	Shared      []Work          `json:"shared,omitempty"`      // what the fit needed and others need too; missing in old records
	Own         float64         `json:"own_seconds,omitempty"` // wall time of what the fit did by itself, seconds; known with Shared
	PeakMemory  int64           `json:"peak_memory"`           // bytes
	Environment Environment     `json:"environment"`
	Interrupted bool            `json:"interrupted,omitempty"` // stopped before the end: the model is the best so far
	Error       string          `json:"error,omitempty"`       // why the fit failed; results are then missing
}

// Seen counts images of an evaluation that the model was trained on or chosen by, as they are or as copies.
type Seen struct {
	Training   int  `json:"seen_in_training"`
	Validation int  `json:"seen_in_validation"`
	Scored     bool `json:"seen_scored,omitempty"` // they are in the result all the same, which is then no test; else they were left out
}

// Outcomes are the predictions on the images that an experiment judges by, in manifest order, so that fits can be
// compared image by image.
type Outcomes struct {
	Side      string `json:"side"`      // "test", or "val" where a set has no test images
	Labels    []int  `json:"labels"`    // true class of each image, an index into Classes of the result
	Predicted []int  `json:"predicted"` // predicted class of each image

	// Groups numbers the group of each image, such as a burst or a module: images of one group resemble each other, and
	// intervals count groups. It is nil where every image stands for itself.
	Groups []int `json:"groups,omitempty"`

	// Images is a digest of the images' contents in their order: photos that were renamed stand in another one, under the
	// same split. Older records lack it.
	Images string `json:"images,omitempty"`
}

// SameImages reports whether both are of the same images in the same order, as far as they say.
func (o *Outcomes) SameImages(p *Outcomes) bool {
	return o != nil && p != nil && o.Side == p.Side && slices.Equal(o.Labels, p.Labels) && (o.Images == "" || p.Images == "" || o.Images == p.Images)
}

// Validation are the predictions on the validation images; nil where the record keeps none.
func (r Record) Validation() *Outcomes {
	if r.Outcomes != nil && r.Outcomes.Side == "val" {
		return r.Outcomes
	}
	return r.Validated
}

// Phases of a fit, as they stand in Epoch.Phase.
const (
	PhaseHead = "head"
	PhaseBody = "body"
)

// StageCompile is the timing of compiling graphs, kept apart from running them.
const StageCompile = "compile"

// Epoch is one pass of a phase: "head" (one regularisation strength of the logistic regression, LR is then C) or "body".
type Epoch struct {
	Phase     string  `json:"phase"`
	Epoch     int     `json:"epoch"`      // from 1 in each phase
	LR        float64 `json:"lr"`         // of the last step
	TrainLoss float64 `json:"train_loss"` // mean, with whatever label smoothing the fit uses
	ValLoss   float64 `json:"val_loss"`   // log loss, nats
	ValTop1   float64 `json:"val_top1"`
	Seconds   float64 `json:"seconds"`
}

// Timing is the wall time of one stage.
type Timing struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
}

// Environment is where a fit ran.
type Environment struct {
	Engine    string `json:"engine"`
	EngineWhy string `json:"engine_why"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	Memory    int64  `json:"memory"` // bytes
	Go        string `json:"go"`
	Imagelab  string `json:"imagelab,omitempty"` // module version of the program, where it has one
	Commit    string `json:"commit"`             // of the program, where it was built in a checkout
}
