package tradeoff

import (
	"cmp"
	"slices"

	"imagelab/lib/recipe"
)

// Published is the accuracy of a network that its authors state.
type Published struct {
	Top1   float64 `json:"top1"`   // percent of ImageNet's validation photos
	Size   int     `json:"size"`   // side of the input with which it was measured, pixels
	Source string  `json:"source"` // who published it
}

// Entrant is one network of the field on one machine.
type Entrant struct {
	Speed   Speed
	Preset  string // name of the preset with this network and size, see [recipe.Presets]; or empty
	Trained bool   // whether a model of the comparison has this backbone, so that its own accuracy is known
}

// Comparable reports whether the network was timed at the size for which its accuracy was
// published.
func (e Entrant) Comparable() bool { return e.Speed.Size == e.Speed.Published.Size }

// Field lists the networks of a machine whose accuracy is published, by latency: those that were
// timed at their own size, which are [Entrant.Comparable], and the presets. It is for networks that
// cannot be trained here, since their weights are not at hand: the values of weights do not change
// speed. The published accuracy says nothing certain of other photos, so no [Choice] looks at it.
func (t Result) Field(machine string) []Entrant {
	var field []Entrant
	for _, s := range t.Speeds {
		if s.Error != "" || s.Published == nil || Machine(s.Environment) != machine ||
			cmp.Or(s.Precision, recipe.Float32) != recipe.Float32 {
			continue
		}
		e := Entrant{Speed: s, Preset: presetOf(s), Trained: slices.ContainsFunc(t.Points, func(p Point) bool {
			return p.Backbone == s.Backbone
		})}
		if e.Comparable() || e.Preset != "" {
			field = append(field, e)
		}
	}
	slices.SortStableFunc(field, func(a, b Entrant) int {
		return cmp.Compare(a.Speed.Latency.Median, b.Speed.Latency.Median)
	})
	return field
}

// With is t with more speeds for [Result.Field], such as those of another machine; a network that t
// has on the same machine stays as it is. Nothing is compared anew.
func (t Result) With(speeds []Speed) Result {
	t.Speeds, t.Machines = slices.Clone(t.Speeds), slices.Clone(t.Machines)
	for _, s := range speeds {
		if slices.ContainsFunc(t.Speeds, func(have Speed) bool { return have.key() == s.key() }) {
			continue
		}
		t.Speeds = append(t.Speeds, s)
		if machine := Machine(s.Environment); !slices.Contains(t.Machines, machine) {
			t.Machines = append(t.Machines, machine)
		}
	}
	return t
}

// presetOf is the name of the preset that is a network at its size, or empty.
func presetOf(s Speed) string {
	for _, p := range recipe.Presets() {
		if p.Backbone == s.Backbone && p.Size == s.Size {
			return p.Name
		}
	}
	return ""
}

// Surveyed is the machine on which most networks of the field were timed, and these; of equal
// machines the first. The list is empty where all networks of the field are of the comparison
// itself: then its own accuracies say more.
func (t Result) Surveyed() (machine string, field []Entrant) {
	for _, m := range t.Machines {
		found := t.Field(m)
		if slices.ContainsFunc(found, func(e Entrant) bool { return !e.Trained }) && len(found) > len(field) {
			machine, field = m, found
		}
	}
	return machine, field
}
