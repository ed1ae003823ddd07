package lab

import (
	"context"
	"errors"
	"fmt"

	"imagelab/lib/classifier"
	"imagelab/lib/engine"
)

// Predict names the k most probable classes of a photo, the most probable first. The photo is
// oriented, resized and cropped as in training. A file that is no photo is an error.
func (l *Lab) Predict(ctx context.Context, run Run, file string, k int) ([]classifier.Guess, error) {
	if k < 1 {
		return nil, fmt.Errorf("lab: the number of classes to name is %d; it must be at least 1", k)
	}
	guesses, err := Compute(ctx, l, func(e *engine.Engine) ([]classifier.Guess, error) {
		p, err := l.predictor(e, run.Model)
		if err != nil {
			return nil, err
		}
		return p.File(ctx, file, min(k, len(run.Model.Classes)))
	})
	if err == nil && !(guesses[0].Probability >= 0) { // not a number
		err = errors.New("the model gives no probabilities: its weights are damaged, train it again")
	}
	return guesses, err
}

// Ready makes the model of a run ready, which Predict does at its first call: opening an engine
// takes seconds.
func (l *Lab) Ready(ctx context.Context, run Run) error {
	_, err := Compute(ctx, l, func(e *engine.Engine) (*classifier.Predictor, error) { return l.predictor(e, run.Model) })
	return err
}

// predictor makes a model ready, and keeps it so until another one is asked for.
func (l *Lab) predictor(e *engine.Engine, m *classifier.Model) (*classifier.Predictor, error) {
	if l.ready == m {
		return l.predicts, nil
	}
	l.notePrecision(e, m.Precision)
	p, err := m.Predictor(e)
	if err != nil {
		return nil, err
	}
	l.closePredictor()
	l.ready, l.predicts = m, p
	return p, nil
}

func (l *Lab) closePredictor() {
	if l.predicts != nil {
		l.predicts.Close()
	}
	l.ready, l.predicts = nil, nil
}
