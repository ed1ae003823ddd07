// Package runlog saves one record for each fit, as a JSON line. Every figure and statistic is
// computed from these records, and can be traced back to the exact photos.
//
// A fit calls [Append]; figures and reports call [Read] for one file or [ReadDir] for a folder of
// runs.
//
// "Judged photos" in this project are the photos that a result is measured on: the test photos, or
// the validation photos of a set without a test side.
package runlog

import (
	"encoding/json"
	"slices"
	"time"

	"imagelab/lib/metric"
)

// Version is the layout version of a record. Records of a newer version are refused.
const Version = 1

// Record is everything that is saved about one fit.
type Record struct {
	Version int    `json:"version"`
	ID      string `json:"id"` // digest of config, data and seed
	// name of the configuration (a setting of an experiment); fits that differ only in the seed
	// share it
	Setting string    `json:"arm,omitempty"`
	Time    time.Time `json:"time"`
	Command string    `json:"command"` // exact command line
	Dataset string    `json:"dataset"` // name, or the folder's base name
	// folder of the set at the time of the fit, absolute; a hint, since folders move
	SetDir    string          `json:"set_dir,omitempty"`
	Backbone  string          `json:"backbone"`
	Size      int             `json:"size"` // side of the input, pixels
	Cut       string          `json:"cut"`  // first stage that is trained
	Seed      uint64          `json:"seed"`
	Config    json.RawMessage `json:"config"`
	Manifest  string          `json:"manifest"`             // digest of the manifest
	Split     string          `json:"split"`                // digest of the split
	AllowLeak bool            `json:"allow_leak,omitempty"` // photos are on two sides: the results are too good
	NoDedup   bool            `json:"no_dedup,omitempty"`   // dedup had not run on the set in this state
	Counts    map[string]int  `json:"counts"`               // number of photos in "train", "val" and "test"
	// learning curves: requested training photos per class (mean); 0: all
	PerClass int `json:"per_class,omitempty"`
	// how training grows with the photos: "equal epochs" or "equal steps"
	Regime   string         `json:"regime,omitempty"`
	Trained  map[string]int `json:"trained,omitempty"`  // number of training photos that were used, by class
	Outcomes *Outcomes      `json:"outcomes,omitempty"` // experiments: prediction of each judged photo
	// experiments: prediction of each validation photo, if Outcomes are of test photos
	Validated *Outcomes `json:"validated,omitempty"`
	Epochs    []Epoch   `json:"epochs"`
	// weights that the fit chose from; none in records of earlier versions
	Candidates []Candidate    `json:"candidates,omitempty"`
	Val        metric.Result  `json:"val"`
	Test       *metric.Result `json:"test,omitempty"` // nil: the test photos were not read
	// every evaluation on the test photos, in order; none in records of earlier versions
	Readings []Reading `json:"readings,omitempty"`
	// test photos that the model was trained on; nil: none, or not known
	Seen *Seen `json:"seen,omitempty"`
	// by first start; compiling is a separate stage, [StageCompile]
	Timings []Timing `json:"timings"`
	// work that the fit shares with other fits; missing in old records
	Shared []Work `json:"shared,omitempty"`
	// wall time of the work that is not shared, seconds; known with Shared
	Own         float64     `json:"own_seconds,omitempty"`
	PeakMemory  int64       `json:"peak_memory"` // peak memory of the process, bytes
	Environment Environment `json:"environment"`
	// the fit was stopped before its end: the model is that of the last epoch that ended, or the head
	// alone
	Interrupted bool   `json:"interrupted,omitempty"`
	Error       string `json:"error,omitempty"` // reason why the fit failed; there are then no results
}

// Seen counts photos of an evaluation that the model was trained on or chosen by, also as copies.
type Seen struct {
	Training   int `json:"seen_in_training"`
	Validation int `json:"seen_in_validation"`
	// true: they are part of the result, which is then not a test; false: they were left out
	Scored bool `json:"seen_scored,omitempty"`
}

// Outcomes are the predictions on the judged photos, in manifest order, so that fits can be
// compared photo by photo.
type Outcomes struct {
	Side      string `json:"side"`      // "test", or "val" where a set has no test images
	Labels    []int  `json:"labels"`    // true class of each image, an index into Classes of the result
	Predicted []int  `json:"predicted"` // predicted class of each image

	// Groups is the number of the group of each photo, such as a burst or a module. Photos of one
	// group resemble each other, so intervals are over groups. nil: no groups.
	Groups []int `json:"groups,omitempty"`

	// Images is a digest of the photos' contents in their order. Renamed photos have another order
	// in the same split, and so another digest. Older records do not have it.
	Images string `json:"images,omitempty"`
}

// Right says of each image whether its predicted class is the true one. There must be a prediction
// for each label.
func (o *Outcomes) Right() []bool {
	right := make([]bool, len(o.Labels))
	for i, label := range o.Labels {
		right[i] = o.Predicted[i] == label
	}
	return right
}

// SameImages reports whether both are of the same photos in the same order, as far as the records
// show.
func (o *Outcomes) SameImages(p *Outcomes) bool {
	return o != nil && p != nil && o.Side == p.Side && slices.Equal(o.Labels, p.Labels) &&
		(o.Images == "" || p.Images == "" || o.Images == p.Images)
}

// Validation are the predictions on the validation photos; nil if the record has none.
func (r Record) Validation() *Outcomes {
	if r.Outcomes != nil && r.Outcomes.Side == "val" {
		return r.Outcomes
	}
	return r.Validated
}

// Phases of a fit, the values of Epoch.Phase.
const (
	PhaseHead = "head"
	PhaseBody = "body"
)

// Stages of a fit, as they stand in Timing.Stage and Work.Stage.
const (
	StageDecode         = "decode"          // photos to pixels of one size
	StageFrozenFeatures = "frozen features" // output of the stages below the cut
	StageHeadFeatures   = "head features"   // pooled output of the whole pretrained network
	StageHead           = "head"            // logistic regression
	StageTrain          = "train"           // the stages above the cut
	StageCompile        = "compile"         // compiling graphs, which no other stage includes
)

// Epoch is one pass of a phase: "head" (one regularisation strength of the logistic regression, LR
// is then C) or "body".
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

// Environment describes where a fit ran.
type Environment struct {
	Engine    string `json:"engine"`
	EngineWhy string `json:"engine_why"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	Memory    int64  `json:"memory"`        // bytes
	GPU       string `json:"gpu,omitempty"` // that computed, with its driver
	Go        string `json:"go"`
	Imagelab  string `json:"imagelab,omitempty"` // module version of the program, where it has one
	Commit    string `json:"commit"`             // of the program, where it was built in a checkout
}
