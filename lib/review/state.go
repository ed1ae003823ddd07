package review

import (
	"slices"
	"time"
)

// Photo is what the decisions say about one photo.
type Photo struct {
	Labelled bool       `json:"labelled,omitempty"` // Label is in force, whatever the folder says
	Label    string     `json:"label,omitempty"`    // class, under its name of today; empty: it has none
	State    string     `json:"state,omitempty"`    // one of the states
	Why      string     `json:"why,omitempty"`      // the reason that was given for State
	Tags     []string   `json:"tags,omitempty"`     // sorted
	Seen     time.Time  `json:"seen,omitzero"`      // when somebody last looked at it or decided about it; zero: never
	Keep     bool       `json:"keep,omitempty"`     // it was chosen from its group of copies
	Apart    []string   `json:"apart,omitempty"`    // batches of decisions that say: these photos are no copies of each other
	History  []Decision `json:"history,omitempty"`  // all decisions about it, also void ones, in the order of the log
}

// Conflict is a decision that was made without knowing of another one: its Before is not what was
// in force. The later one in the log counts.
type Conflict struct {
	SHA256 string   `json:"sha256"`
	First  Decision `json:"first"`
	Last   Decision `json:"last"`
}

// State is what a log of decisions means.
type State struct {
	Photos    map[string]*Photo // by content hash
	Conflicts []Conflict        // in the order of the log

	order []Decision          // all that count, each once
	at    map[string]int      // id -> place in order
	void  map[string]bool     // ids of decisions that were undone
	undos map[string]bool     // ids of undos
	names map[string]string   // class that the folders tell -> its name of today
	away  map[string]string   // name that is not in use any more -> the name in its place
	last  map[field]*Decision // the decision that is in force
}

// field is one thing that is decided about one photo.
type field struct {
	sha256 string
	kind   Kind
}

// Fold returns what decisions mean, in the order in which they stand in the log: the order decides,
// never the time. A decision that stands there twice counts once. Decisions of a second pass do not
// count, see [Pass].
func Fold(decisions []Decision) *State {
	s := &State{Photos: map[string]*Photo{}, at: map[string]int{}, undos: map[string]bool{},
		names: map[string]string{}, away: map[string]string{}, last: map[field]*Decision{}}
	s.fresh(decisions)
	s.void = voided(s.order)
	for _, d := range s.order {
		s.take(d)
	}
	return s
}

// Pass returns the decisions of the second pass of this name, as if they were the log.
func Pass(decisions []Decision, name string) []Decision {
	var out []Decision
	for _, d := range decisions {
		if d.Pass == name && name != "" {
			d.Pass = ""
			out = append(out, d)
		}
	}
	return out
}

// passes returns the names of the second passes, sorted.
func passes(decisions []Decision) []string {
	var names []string
	for _, d := range decisions {
		if d.Pass != "" {
			names = append(names, d.Pass)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// voided returns the ids that were undone. An undo that was undone itself does not count. It goes
// backwards, since only later decisions can undo one.
func voided(decisions []Decision) map[string]bool {
	named := map[string]bool{} // ids and batches that an undo in force names
	void := map[string]bool{}
	for _, d := range slices.Backward(decisions) {
		switch {
		case named[d.ID] || d.Batch != "" && named[d.Batch]:
			void[d.ID] = true
		case d.Kind == KindUndo:
			named[d.Undoes] = true
		}
	}
	return void
}

func (s *State) take(d Decision) {
	switch {
	case d.Kind == KindUndo:
		return
	case d.ofClass():
		if !s.void[d.ID] {
			s.rename(d.Before, d.After)
		}
		return
	}
	p := s.Photos[d.SHA256]
	if p == nil {
		p = &Photo{}
		s.Photos[d.SHA256] = p
	}
	p.History = append(p.History, d)
	if s.void[d.ID] {
		return
	}
	p.Seen = d.Time
	switch d.Kind {
	case KindLabel:
		now := s.current(d.After)
		s.compare(d, s.current(d.Before) == p.Label || now == p.Label)
		p.Label, p.Labelled = now, true
	case KindState:
		s.compare(d, d.Before == p.State || d.After == p.State)
		p.State, p.Why = d.After, d.Why
		if d.After == StateKeep && d.Why == WhyNoCopy && d.Batch != "" {
			p.Apart = append(p.Apart, d.Batch)
		}
	case KindTag:
		if i, there := slices.BinarySearch(p.Tags, d.After); !there {
			p.Tags = slices.Insert(p.Tags, i, d.After)
		}
	case KindUntag:
		p.Tags = slices.DeleteFunc(p.Tags, func(t string) bool { return t == d.Before })
	case KindKeep:
		p.Keep = true
		if other := s.Photos[d.Before]; other != nil && other != p {
			other.Keep = false
		}
	}
}

// compare notes a conflict if d was decided without knowing of the decision in force.
func (s *State) compare(d Decision, knew bool) {
	f := field{d.SHA256, d.Kind}
	if first := s.last[f]; first != nil && !knew {
		s.Conflicts = append(s.Conflicts, Conflict{d.SHA256, *first, d})
	}
	s.last[f] = &d
}

// rename gives all photos of class `from` to class `to`.
func (s *State) rename(from, to string) {
	from = s.current(from)
	if from == to {
		return
	}
	_, gone := s.names[from]
	for name, now := range s.names {
		if now == from {
			s.names[name] = to
		}
	}
	if !gone {
		s.names[from] = to
	}
	for _, p := range s.Photos {
		if p.Labelled && p.Label == from {
			p.Label = to
		}
	}
	s.away[from] = to
	delete(s.away, to)
}

// current is the name of today of a class that somebody calls name: a page that was not told of a
// new name still sends the old one.
func (s *State) current(name string) string {
	for range len(s.away) + 1 {
		to, ok := s.away[name]
		if !ok {
			return name
		}
		name = to
	}
	return name
}

// Class is the class of a photo that the folder or the CSV file calls folderClass.
func (s *State) Class(sha256, folderClass string) string {
	if p := s.Photos[sha256]; p != nil && p.Labelled {
		return p.Label
	}
	if now, ok := s.names[folderClass]; ok {
		return now
	}
	return folderClass
}

// Name is the name of today of a class. It is name itself where the class was never renamed.
func (s *State) Name(name string) string { return s.current(name) }

// Void reports whether the decision of this id was undone.
func (s *State) Void(id string) bool { return s.void[id] }

// LabelsGiven are the classes that decisions in force gave to photos, under their names of today,
// each once, in the order of the log.
func (s *State) LabelsGiven() []string {
	var out []string
	for _, d := range s.order {
		if d.Kind != KindLabel || s.void[d.ID] {
			continue
		}
		if name := s.current(d.After); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
