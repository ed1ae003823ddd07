package collect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/text"
)

// Stages counts photos on their way. None is larger than the one before it.
type Stages struct {
	Planned   int  `json:"planned"`        // the budget
	Found     int  `json:"found"`          // addresses in answers
	Fetched   int  `json:"fetched"`        // of which something came
	Decodable int  `json:"decodable"`      // that is a photo
	Unique    int  `json:"unique"`         // whose content no earlier query found
	Kept      *int `json:"kept,omitempty"` // of these, what takes part after dedup and review; nil: not counted
}

// StageNames are the stages in order.
var StageNames = []string{"planned", "found", "fetched", "decodable", "unique", "kept"}

// Counts are the stages as a list, as [StageNames] has them; without the last where it was not
// counted.
func (s Stages) Counts() []int {
	out := []int{s.Planned, s.Found, s.Fetched, s.Decodable, s.Unique}
	if s.Kept != nil {
		out = append(out, *s.Kept)
	}
	return out
}

func (s Stages) plus(t Stages) Stages {
	s.Planned, s.Found, s.Fetched = s.Planned+t.Planned, s.Found+t.Found, s.Fetched+t.Fetched
	s.Decodable, s.Unique = s.Decodable+t.Decodable, s.Unique+t.Unique
	if t.Kept != nil {
		sum := *t.Kept
		if s.Kept != nil {
			sum += *s.Kept
		}
		s.Kept = &sum
	}
	return s
}

// ByQuery are the stages of one query. Copies are photos of it that an earlier query found too.
type ByQuery struct {
	Query  string `json:"query"`
	Class  string `json:"class"`
	Copies int    `json:"copies"`
	Stages
}

// ByClass are the stages of the queries of one class.
type ByClass struct {
	Class string `json:"class"`
	Stages
}

// Failed counts addresses of which there is no photo for one reason.
type Failed struct {
	Reason    string `json:"reason"`
	Addresses int    `json:"addresses"`
	Later     int    `json:"later"` // of these, those that the same command tries again
	Example   string `json:"example"`
	Detail    string `json:"detail"` // of the example
}

// Result says what became of a plan. ByQuery and ByClass stand in the plan's order, Failed by the
// number of addresses.
type Result struct {
	Dir       string `json:"dir"`
	Stages    Stages `json:"stages"`
	Copies    int    `json:"copies"`    // photos that an earlier query found too
	Conflicts int    `json:"conflicts"` // contents that queries of several classes found

	CopyShare float64   `json:"copy_share"` // of decodable photos, in [0,1]
	ByQuery   []ByQuery `json:"by_query"`
	ByClass   []ByClass `json:"by_class"`
	Failed    []Failed  `json:"failed"`
	Notes     []string  `json:"notes"`

	contents map[string]int // the query that a content counts for
}

// result counts.
func (r *run) result() Result {
	res := Result{Dir: r.Dir, Notes: append([]string{}, r.notes...), contents: map[string]int{}, Failed: []Failed{}}
	for _, q := range r.queries {
		res.ByQuery = append(res.ByQuery, ByQuery{Query: q.Text, Class: q.Class, Stages: Stages{Planned: q.Results}})
	}
	classes, failed := map[string][]string{}, map[string]bool{}
	for _, f := range r.found {
		q := &res.ByQuery[f.query]
		q.Found++
		o, _ := r.own.of(f.Address)
		if o.Fetched {
			q.Fetched++
		}
		if !o.good() {
			if !failed[f.Address] {
				res.fail(o)
			}
			failed[f.Address] = true
			continue
		}
		q.Decodable++
		first, known := res.contents[o.SHA256]
		if !known {
			q.Unique++
			res.contents[o.SHA256] = f.query
		} else if first != f.query {
			q.Copies++
		}
		if !slices.Contains(classes[o.SHA256], q.Class) {
			classes[o.SHA256] = append(classes[o.SHA256], q.Class)
		}
	}
	for _, names := range classes {
		if len(names) > 1 {
			res.Conflicts++
		}
	}
	slices.SortStableFunc(res.Failed, func(a, b Failed) int {
		return cmp.Or(cmp.Compare(b.Addresses, a.Addresses), cmp.Compare(a.Reason, b.Reason))
	})
	res.sum()
	return res
}

func (r *Result) fail(o outcome) {
	i := slices.IndexFunc(r.Failed, func(f Failed) bool { return f.Reason == o.Reason })
	if i < 0 {
		i = len(r.Failed)
		r.Failed = append(r.Failed, Failed{Reason: o.Reason, Example: o.Address, Detail: o.Detail})
	}
	r.Failed[i].Addresses++
	if o.Later {
		r.Failed[i].Later++
	}
}

// sum adds the queries up.
func (r *Result) sum() {
	r.Stages, r.ByClass, r.Copies = Stages{}, nil, 0
	for _, q := range r.ByQuery {
		i := slices.IndexFunc(r.ByClass, func(c ByClass) bool { return c.Class == q.Class })
		if i < 0 {
			i = len(r.ByClass)
			r.ByClass = append(r.ByClass, ByClass{Class: q.Class})
		}
		r.ByClass[i].Stages = r.ByClass[i].plus(q.Stages)
		r.Stages = r.Stages.plus(q.Stages)
		r.Copies += q.Copies
	}
	if r.CopyShare = 0; r.Stages.Decodable > 0 {
		r.CopyShare = float64(r.Copies) / float64(r.Stages.Decodable)
	}
}

// CountKept fills in Stages.Kept: which unique photos take part in the set that was made of the
// collection, after dedup and review.
func (r *Result) CountKept(s *dataset.Set) {
	used, kept := map[string]bool{}, make([]int, len(r.ByQuery))
	for _, im := range s.Images {
		used[im.SHA256] = used[im.SHA256] || im.Used()
	}
	for content, query := range r.contents {
		if used[content] {
			kept[query]++
		}
	}
	for i := range r.ByQuery {
		r.ByQuery[i].Kept = &kept[i]
	}
	r.sum()
}

// String tells the whole in a few lines.
func (r Result) String() string {
	s := r.Stages
	lines := []string{fmt.Sprintf("%s of at most %s: found %s, fetched %s, decodable %s, unique %s",
		text.Count(s.Unique, "photo"),
		text.Thousands(int64(s.Planned)), text.Thousands(int64(s.Found)), text.Thousands(int64(s.Fetched)),
		text.Thousands(int64(s.Decodable)), text.Thousands(int64(s.Unique)))}
	if s.Kept != nil {
		lines[0] += fmt.Sprintf(", kept after dedup and review %s", text.Thousands(int64(*s.Kept)))
	}
	if r.Copies > 0 {
		lines = append(lines, fmt.Sprintf("%s of the photos were found by an earlier query too", text.Percent(r.CopyShare,
			1)))
	}
	if r.Conflicts > 0 {
		lines = append(lines, fmt.Sprintf(
			"%s found for several classes and lie in the folder of each: dedup marks them as conflicts "+
				"and leaves them out until you choose a label", text.Count(r.Conflicts, "photo was", "photos were")))
	}
	return strings.Join(append(lines, r.Notes...), "\n")
}
