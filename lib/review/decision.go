// Package review keeps what people decide about the photos of a set: labels, photos that are left
// out, tags, and classes with new names.
//
// Decisions stand in a log, review.jsonl in the folder of the set. [Open] opens it, [Log.Append]
// adds decisions to it, and [Log.Since] reads what is new, also from other programs. [Fold] says
// what all decisions together mean. Nothing is ever deleted from the log: to undo is a decision
// too.
//
// Package dataset takes the decisions up whenever it loads a set, so no later stage can miss them.
package review

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what a decision is about.
type Kind string

// The kinds of decisions, and what Before and After are in each of them.
const (
	KindLabel  Kind = "label"        // the class of a photo; After empty: it has none
	KindState  Kind = "state"        // one of the states
	KindTag    Kind = "tag"          // After is put on the photo
	KindUntag  Kind = "untag"        // Before is taken off the photo
	KindSeen   Kind = "seen"         // somebody looked at the photo
	KindKeep   Kind = "keep"         // this photo is kept of its group of copies; Before is the hash of the other one
	KindRename Kind = "rename-class" // class Before is called After from now on
	KindMerge  Kind = "merge-class"  // photos of class Before belong to class After from now on
	KindUndo   Kind = "undo"         // Undoes is void; undoing an undo is a redo
)

var kinds = []Kind{KindLabel, KindState, KindTag, KindUntag, KindSeen, KindKeep, KindRename, KindMerge,
	KindUndo}

// States of a photo. A photo is in one of them.
const (
	StateNone      = ""          // nobody has decided
	StateKeep      = "keep"      // it is as it should be
	StateAmbiguous = "ambiguous" // its class cannot be told; it stays in the set
	StateDrop      = "drop"      // it is left out of the set
)

// States are the states that a person can choose, in the order in which they are shown.
var States = []string{StateKeep, StateAmbiguous, StateDrop}

// WhyNoCopy is the reason, for [StateKeep], of photos that are no copies of each other although
// they look alike: those of one batch.
const WhyNoCopy = "no copy"

// The usual tags. Others are free.
const (
	TagOccluded  = "occluded"
	TagTruncated = "truncated"
)

// Decision is one line of the log.
type Decision struct {
	ID     string    `json:"id"`               // unique; given by Append
	Set    string    `json:"set"`              // the set that it is about; given by Append
	Batch  string    `json:"batch,omitempty"`  // the same for what was decided at once; given by Append
	Time   time.Time `json:"time"`             // given by Append where it is zero
	Who    string    `json:"who"`              // the name of the person or program
	SHA256 string    `json:"sha256,omitempty"` // of the photo's bytes, 64 hex digits; empty for classes and undo
	Kind   Kind      `json:"kind"`
	Before string    `json:"before,omitempty"` // what the person saw before
	After  string    `json:"after,omitempty"`
	Why    string    `json:"why,omitempty"`
	Undoes string    `json:"undoes,omitempty"` // the ID or Batch that is void, for KindUndo
	Pass   string    `json:"pass,omitempty"`   // the blind second pass that it belongs to: then it changes nothing
}

// longest is the length of the longest text in a decision, bytes.
const longest = 4096

// Validate returns an error for a decision that says nothing, or that no reader would understand.
func (d Decision) Validate() error {
	if err := d.checkTexts(); err != nil {
		return err
	}
	switch ofPhoto := isHash(d.SHA256); {
	case !slices.Contains(kinds, d.Kind):
		return fmt.Errorf("%q is no kind of decision", d.Kind)
	case d.ofClass() && (d.Before == "" || d.After == "" || d.Before == d.After):
		return fmt.Errorf("%s: name two different classes", d.Kind)
	case d.Kind == KindUndo && d.Undoes == "":
		return errors.New("undo: name the decision that is void")
	case d.Kind != KindUndo && d.Undoes != "":
		return fmt.Errorf("%s: only undo can name a decision that is void", d.Kind)
	case (d.ofClass() || d.Kind == KindUndo) == (d.SHA256 != ""), d.SHA256 != "" && !ofPhoto:
		return fmt.Errorf("%s: sha256 is %q", d.Kind, d.SHA256)
	case d.Kind == KindState && d.After != StateNone && !slices.Contains(States, d.After):
		return fmt.Errorf("state %q is none of %s", d.After, strings.Join(States, ", "))
	case d.Kind == KindTag && d.After == "", d.Kind == KindUntag && d.Before == "":
		return fmt.Errorf("%s: the tag has no name", d.Kind)
	case d.Kind == KindTag && strings.ContainsAny(d.After, ";\r\n"):
		return fmt.Errorf("tag %q: a tag is one line without a semicolon", d.After)
	}
	return nil
}

func (d Decision) checkTexts() error {
	for _, s := range []string{d.ID, d.Set, d.Batch, d.Who, d.Before, d.After, d.Why, d.Undoes, d.Pass} {
		if len(s) > longest || !utf8.ValidString(s) {
			return fmt.Errorf("%s: a text has more than %d bytes, or is not UTF-8", d.Kind, longest)
		}
	}
	if strings.TrimSpace(d.Who) == "" {
		return fmt.Errorf("%s: nobody is named who decided", d.Kind)
	}
	return nil
}

func (d Decision) ofClass() bool { return d.Kind == KindRename || d.Kind == KindMerge }

func isHash(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
