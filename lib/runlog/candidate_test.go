package runlog

import "testing"

func TestKeptText(t *testing.T) {
	epochs := []Epoch{{Phase: PhaseHead, Epoch: 1, LR: 0.001}, {Phase: PhaseHead, Epoch: 2, LR: 0.01},
		{Phase: PhaseBody, Epoch: 8, LR: 1e-6}}
	head, body := Candidate{Phase: PhaseHead, Epoch: 2, ValLoss: 0.3}, Candidate{Phase: PhaseBody, Epoch: 8, ValLoss: 0.3}
	kept := func(c Candidate) Candidate { c.Kept = true; return c }
	for _, row := range []struct {
		name, reason string
		candidates   []Candidate
		want         string
	}{
		{"earlier version", "it did not say, and equal numbers would be a guess", nil, ""},
		{"head alone", "there was no other choice", []Candidate{kept(head)},
			"Kept: the classifier on frozen features alone (C = 0.01), with a validation log loss of 0.300."},
		{"body", "the one that is marked, also where the losses are equal", []Candidate{head, kept(body)},
			"Kept: the weights after the last epoch (8), with a validation log loss of 0.300; the classifier on " +
				"frozen features alone (C = 0.01) 0.300."},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := (Record{Epochs: epochs, Candidates: row.candidates}).KeptText(); got != row.want {
				t.Errorf("got  %q\nwant %q: %s", got, row.want, row.reason)
			}
		})
	}
}
