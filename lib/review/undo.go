package review

import "slices"

// Undoable returns the last decision of a person that is in force, which is what [Undo] should make
// void next. Decisions that only say that a photo was seen do not count.
func (s *State) Undoable(who string) (Decision, bool) {
	for _, d := range slices.Backward(s.order) {
		if d.Who == who && d.Kind != KindUndo && d.Kind != KindSeen && !s.void[d.ID] {
			return d, true
		}
	}
	return Decision{}, false
}

// Redoable returns the last undo of a person, as long as that person decided nothing since: an
// [Undo] of it brings back what it made void.
func (s *State) Redoable(who string) (Decision, bool) {
	for _, d := range slices.Backward(s.order) {
		switch {
		case d.Who != who || d.Kind == KindSeen:
		case d.Kind != KindUndo:
			return Decision{}, false
		case !s.void[d.ID] && !s.undos[d.Undoes]:
			return d, true
		}
	}
	return Decision{}, false
}

// Undo is the decision that makes d void, with all that was decided in one batch with it.
func Undo(d Decision, who string) Decision {
	target := d.ID
	if d.Batch != "" {
		target = d.Batch
	}
	return Decision{Who: who, Kind: KindUndo, Undoes: target}
}
