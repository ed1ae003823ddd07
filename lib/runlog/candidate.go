package runlog

import (
	"fmt"
	"strings"
)

// Candidate is one set of weights that a fit may keep, with its validation loss. A fit has a
// candidate of the phase "head" (the classifier on the frozen network) and, unless the cut is
// "head", one of the phase "body".
type Candidate struct {
	Phase       string  `json:"phase"`
	Epoch       int     `json:"epoch"`       // epoch of the phase after which the weights were taken
	Temperature float64 `json:"temperature"` // temperature by which logits are divided (temperature scaling)
	ValLoss     float64 `json:"val_loss"`    // log loss on validation photos after temperature scaling, nats
	ValTop1     float64 `json:"val_top1"`
	Kept        bool    `json:"kept,omitempty"`
}

// Kept is the candidate that was kept; false if the record is of an earlier version or of a failed
// fit.
func (r Record) Kept() (Candidate, bool) {
	for _, c := range r.Candidates {
		if c.Kept {
			return c, true
		}
	}
	return Candidate{}, false
}

// KeptText says which weights were kept, and the loss of the others; empty if the record does not
// say.
func (r Record) KeptText() string {
	kept, ok := r.Kept()
	if !ok {
		return ""
	}
	var others []string
	for _, c := range r.Candidates {
		if !c.Kept {
			others = append(others, fmt.Sprintf("%s %.3f", r.weights(c), c.ValLoss))
		}
	}
	text := fmt.Sprintf("Kept: %s, with a validation log loss of %.3f", r.weights(kept), kept.ValLoss)
	if len(others) > 0 {
		text += "; " + strings.Join(others, ", ")
	}
	return text + "."
}

// weights describes the weights of a candidate.
func (r Record) weights(c Candidate) string {
	if c.Phase == PhaseBody {
		return fmt.Sprintf("the weights after the last epoch (%d)", c.Epoch)
	}
	for _, e := range r.Epochs {
		if e.Phase == c.Phase && e.Epoch == c.Epoch {
			return fmt.Sprintf("the classifier on frozen features alone (C = %g)", e.LR)
		}
	}
	return "the classifier on frozen features alone"
}
