package review

import (
	"cmp"
	"slices"
)

// Add returns what decisions mean that stand in the log behind those of s. It takes up s, which
// may not be used any more. photos are the content hashes of the photos that may have changed, if
// whole is false; else any photo may have. The time does not grow with the log as long as photos
// are labelled and marked; only where copies or names of classes are undone, all is folded anew.
func (s *State) Add(decisions []Decision) (now *State, photos []string, whole bool) {
	fresh := s.fresh(decisions)
	undone := slices.ContainsFunc(fresh, func(d Decision) bool { return d.Kind == KindUndo })
	if undone {
		var ok bool
		if photos, ok = s.revoid(); !ok {
			return Fold(s.order), nil, true
		}
	}
	for _, d := range fresh {
		s.take(d)
		switch {
		case d.ofClass():
			whole = true
		case d.Kind == KindKeep:
			photos = append(photos, d.SHA256, d.Before)
		case d.Kind != KindUndo:
			photos = append(photos, d.SHA256)
		}
	}
	return s, photos, whole
}

// fresh puts decisions in order, and returns those that were not there and count.
func (s *State) fresh(decisions []Decision) []Decision {
	before := len(s.order)
	for _, d := range decisions {
		if _, there := s.at[d.ID]; d.Pass == "" && !there {
			s.at[d.ID], s.undos[d.ID] = len(s.order), d.Kind == KindUndo
			s.order = append(s.order, d)
		}
	}
	return s.order[before:]
}

// revoid finds what is void now, and decides anew about the photos of which something became void
// or is not void any more. It returns their content hashes, or false where photos depend on each
// other.
func (s *State) revoid() (photos []string, ok bool) {
	before := s.void
	s.void = voided(s.order)
	if len(s.away) > 0 || slices.ContainsFunc(s.order, Decision.ofClass) {
		return nil, false
	}
	for _, one := range []map[string]bool{before, s.void} {
		for id := range one {
			if before[id] != s.void[id] {
				photos = append(photos, s.order[s.at[id]].SHA256)
			}
		}
	}
	slices.Sort(photos)
	photos = slices.DeleteFunc(slices.Compact(photos), func(sha string) bool { return s.Photos[sha] == nil })
	for _, sha := range photos {
		if slices.ContainsFunc(s.Photos[sha].History, func(d Decision) bool { return d.Kind == KindKeep }) {
			return nil, false
		}
	}
	s.replay(photos)
	return photos, true
}

// replay decides anew about some photos from what is known of them.
func (s *State) replay(photos []string) {
	s.Conflicts = slices.DeleteFunc(s.Conflicts, func(c Conflict) bool {
		_, found := slices.BinarySearch(photos, c.SHA256)
		return found
	})
	for _, sha := range photos {
		history := s.Photos[sha].History
		delete(s.Photos, sha)
		delete(s.last, field{sha, KindLabel})
		delete(s.last, field{sha, KindState})
		for _, d := range history {
			s.take(d)
		}
	}
	slices.SortFunc(s.Conflicts, func(a, b Conflict) int { return cmp.Compare(s.at[a.Last.ID], s.at[b.Last.ID]) })
	if len(s.Conflicts) == 0 {
		s.Conflicts = nil
	}
}
