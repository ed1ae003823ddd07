package runlog

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"imagelab/lib/metric"
)

// Comparison is the difference between two configurations.
type Comparison struct {
	A Setting `json:"a"`
	B Setting `json:"b"`
	// number of seeds that both have; 0: the fits of Difference are not paired
	Seeds      int     `json:"seeds"`
	Difference float64 `json:"difference"` // mean top-1 of A minus that of B, on the seeds that both have
	// interval of Difference over seeds or splits, see [SplitsInterval]; nil for fewer than two
	Interval *metric.Interval `json:"interval,omitempty"`
	// interval of Difference over seeds and photos (or groups), see [metric.Difference]
	Judged *metric.Interval `json:"judged,omitempty"`
	Groups int              `json:"groups,omitempty"`  // number of groups of photos that Judged is over; 0: no groups
	Test   *PairedTest      `json:"test,omitempty"`    // paired test; nil: see NoTest
	NoTest string           `json:"no_test,omitempty"` // reason why there is no paired test
}

// PairedTest is a paired test of two configurations on the same photos, see [metric.SignFlip].
type PairedTest struct {
	Images int     `json:"images"`
	OnlyA  int     `json:"only_a"` // number of predictions that only A got right, over all seeds
	OnlyB  int     `json:"only_b"`
	MidP   float64 `json:"mid_p"` // mid-p value of the hypothesis that both are equally accurate
	Exact  float64 `json:"exact"` // exact p value, which is conservative

	Adjusted float64 `json:"adjusted,omitempty"` // MidP adjusted by Holm's method for the comparisons of one [CompareAll]
}

// Compare compares the finished fits of a and b. Each is the name of a configuration, or the first
// letters of a record's ID for that single fit. A name that matches nothing, or several
// configurations, is an error that lists the names there are.
func Compare(records []Record, a, b string) (Comparison, error) {
	first, err := find(records, a)
	if err != nil {
		return Comparison{}, err
	}
	second, err := find(records, b)
	if err != nil {
		return Comparison{}, err
	}
	if first.Side != second.Side {
		return Comparison{}, fmt.Errorf(
			"runlog: %s was measured on %s photos and %s on %s photos: evaluate both on the same side", a, first.Side,
			b, second.Side)
	}
	c := Comparison{A: first, B: second, Difference: first.Mean - second.Mean}
	pairs := pair(first.records, second.records)
	if c.Seeds = len(pairs); c.Seeds > 0 {
		var differences []float64
		var firsts []Record
		for _, p := range pairs {
			differences = append(differences, top1(p[0])-top1(p[1]))
			firsts = append(firsts, p[0])
		}
		mean, interval := SplitsInterval(firsts, differences)
		c.Difference = mean
		if c.Seeds > 1 && slices.Min(differences) < slices.Max(differences) {
			c.Interval = &interval
		}
	}
	if c.Test, err = testPairs(pairs); err != nil {
		c.NoTest = err.Error()
		return c, nil
	}
	c.judge(pairs)
	return c, nil
}

// judge sets the interval over seeds and photos; all pairs have the same photos. Pairs that repeat
// one result count once.
func (c *Comparison) judge(pairs [][2]Record) {
	var right [2][][]bool
	for _, p := range pairs {
		for side, r := range p {
			right[side] = append(right[side], r.Outcomes.Right())
		}
	}
	if repeated(right[0]) && repeated(right[1]) {
		right[0], right[1] = right[0][:1], right[1][:1]
	}
	groups := pairs[0][0].Outcomes.Groups
	_, interval := metric.Difference(right[0], right[1], groups)
	c.Judged = &interval
	if groups != nil {
		c.Groups = slices.Max(groups) + 1
	}
}

// CompareAll compares each of the names with one other, as [Compare] does, and adjusts the p values
// for the number of comparisons.
func CompareAll(records []Record, names []string, with string) ([]Comparison, error) {
	all := make([]Comparison, len(names))
	p := make([]float64, len(names))
	for i, name := range names {
		var err error
		if all[i], err = Compare(records, name, with); err != nil {
			return nil, err
		}
		if p[i] = math.NaN(); all[i].Test != nil {
			p[i] = all[i].Test.MidP
		}
	}
	for i, adjusted := range metric.Holm(p) {
		if all[i].Test != nil {
			all[i].Test.Adjusted = adjusted
		}
	}
	return all, nil
}

// repeated reports whether all rows are equal, as for fits that do not depend on the seed.
func repeated(rows [][]bool) bool {
	return !slices.ContainsFunc(rows, func(row []bool) bool { return !slices.Equal(row, rows[0]) })
}

func top1(r Record) float64 {
	_, s := Rows([]Record{r})[0].Judged()
	return s.Top1
}

// find returns the configuration of that name, or a single fit.
func find(records []Record, name string) (Setting, error) {
	var found []Setting
	var names []string
	for _, setting := range Settings(records) {
		names = append(names, fmt.Sprintf("%q", setting.Name))
		if setting.Name == name {
			found = append(found, setting)
		}
	}
	if len(found) == 0 && len(name) >= 4 {
		single := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return !strings.HasPrefix(r.ID, name) })
		for i := range single {
			found = append(found, Settings(single[i:i+1])...)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		slices.Sort(names)
		return Setting{}, fmt.Errorf("runlog: no finished configuration or record is called %q; there are %s", name,
			strings.Join(slices.Compact(names), ", "))
	}
	return Setting{}, fmt.Errorf("runlog: %q is the name of %d configurations, which differ in data set, side or "+
		"settings: name one fit by its ID, or a folder that has only one of them", name, len(found))
}

// pair joins fits of the same seed and split or, if there is no common split, of the same seed.
func pair(a, b []Record) [][2]Record {
	keys := []func(Record) string{
		func(r Record) string { return fmt.Sprint(r.Seed, " ", r.Split) },
		func(r Record) string { return fmt.Sprint(r.Seed) },
	}
	for _, key := range keys {
		second := map[string]Record{}
		for _, r := range b {
			second[key(r)] = r
		}
		var pairs [][2]Record
		for _, r := range a {
			if other, ok := second[key(r)]; ok {
				pairs = append(pairs, [2]Record{r, other})
				delete(second, key(r)) // each fit is in one pair
			}
		}
		if len(pairs) > 0 {
			return pairs
		}
	}
	return nil
}

// testPairs is, for each photo, the number of fits of A that are correct minus that of B; photos of
// a group are one, since they are right and wrong together. The error says why there is no such
// comparison.
func testPairs(pairs [][2]Record) (*PairedTest, error) {
	if len(pairs) == 0 {
		return nil, errors.New("the two have no seed in common")
	}
	reference := pairs[0][0]
	if reference.Outcomes == nil {
		return nil, errors.New("their records have no predictions of single photos; only fits of experiments do")
	}
	t := &PairedTest{Images: len(reference.Outcomes.Labels)}
	differences := make([]int, t.Images)
	for _, p := range pairs {
		for side, r := range p {
			if !sameImages(r, reference) {
				return nil, errors.New("they were not measured on the same photos")
			}
			for i, right := range r.Outcomes.Right() {
				if right {
					differences[i] += 1 - 2*side
				}
			}
		}
		a, b := onlyOne(p[0].Outcomes, p[1].Outcomes)
		t.OnlyA, t.OnlyB = t.OnlyA+a, t.OnlyB+b
	}
	t.Exact, t.MidP = metric.SignFlip(metric.ByGroup(differences, reference.Outcomes.Groups))
	return t, nil
}

func sameImages(a, b Record) bool {
	return a.Split == b.Split && a.Outcomes.SameImages(b.Outcomes) && len(a.Outcomes.Predicted) == len(a.Outcomes.Labels)
}

func onlyOne(a, b *Outcomes) (onlyA, onlyB int) {
	rightB := b.Right()
	for i, rightA := range a.Right() {
		switch {
		case rightA && !rightB[i]:
			onlyA++
		case rightB[i] && !rightA:
			onlyB++
		}
	}
	return onlyA, onlyB
}
