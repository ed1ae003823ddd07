package main

import (
	"fmt"
	"strings"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/runlog"
)

// leaveOutSeen drops the images that the model has learned from, unless they are asked for, and counts them. Who asks for
// validation images knows that the model was chosen by them. The count is nil for a model that does not say what it saw.
func leaveOutSeen(m *classifier.Model, s *dataset.Set, images []dataset.Image, o evalOptions) ([]dataset.Image, *runlog.Seen, error) {
	learned, err := m.Learned()
	if err != nil || learned == nil {
		return images, nil, err
	}
	seen := &runlog.Seen{Scored: o.includeSeen || learned.Leaky && m.Split == s.SplitDigest()}
	var fresh []dataset.Image
	for i, side := range learned.Seen(images) {
		switch {
		case side == dataset.Train:
			seen.Training++
		case side == dataset.Val && o.side != dataset.Val:
			seen.Validation++
		default:
			fresh = append(fresh, images[i])
		}
	}
	switch n := seen.Training + seen.Validation; {
	case n == 0:
		seen.Scored = false
	case seen.Scored:
		return images, seen, nil
	case len(fresh) == 0:
		return nil, nil, fmt.Errorf("there is nothing to test this model on: it has learned from %s (%d in training, %d in validation, as they are or as copies); name photos that are new to it, or add --include-seen to score them all the same",
			ofAll(n), seen.Training, seen.Validation)
	}
	return fresh, seen, nil
}

// ofAll is "all 24 photos", or "the one photo".
func ofAll(n int) string {
	if n == 1 {
		return "the one photo"
	}
	return fmt.Sprintf("all %d photos", n)
}

// describeSeen says what a result is worth, in a line, or nothing where all is as it should be.
func describeSeen(seen *runlog.Seen, side string) string {
	var parts []string
	switch {
	case seen == nil:
		parts = append(parts, "note: this model, of an older version, does not say what it learned from, so photos that it has seen count as new")
	case seen.Scored:
		parts = append(parts, fmt.Sprintf("NOT A TEST: %d of these photos are ones that the model learned from (%d in training, %d in validation), so the result is too good", seen.Training+seen.Validation, seen.Training, seen.Validation))
	case seen.Training+seen.Validation > 0:
		parts = append(parts, fmt.Sprintf("left out: %d photos that the model learned from, as they are or as copies (%d in training, %d in validation)", seen.Training+seen.Validation, seen.Training, seen.Validation))
	}
	if side == dataset.Val {
		parts = append(parts, "note: the model was chosen by validation images, so the result is a little too good")
	}
	return strings.Join(parts, "\n")
}
