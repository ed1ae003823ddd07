package runlog

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"imagelab/lib/metric"
)

// Comparison says how two arms differ.
type Comparison struct {
	A          Arm              `json:"a"`
	B          Arm              `json:"b"`
	Seeds      int              `json:"seeds"`              // that both arms have; 0: Difference is that of unrelated fits
	Difference float64          `json:"difference"`         // of the mean top-1, A less B, on the seeds both have
	Interval   *metric.Interval `json:"interval,omitempty"` // of Difference: over seeds or splits, see [SplitsInterval]; nil below two
	Judged     *metric.Interval `json:"judged,omitempty"`   // of Difference over seeds and images, or groups of images, see [metric.Difference]
	Groups     int              `json:"groups,omitempty"`   // of images that Judged is over; 0: every image counts for itself
	Test       *PairedTest      `json:"test,omitempty"`     // nil: see NoTest
	NoTest     string           `json:"no_test,omitempty"`  // why the arms cannot be compared image by image
}

// PairedTest compares two arms on the same images; see [metric.SignFlip].
type PairedTest struct {
	Images int     `json:"images"`
	OnlyA  int     `json:"only_a"` // predictions that A alone got right, all seeds together
	OnlyB  int     `json:"only_b"`
	MidP   float64 `json:"mid_p"` // p value of "both are equally good"
	Exact  float64 `json:"exact"` // the same, conservative

	Adjusted float64 `json:"adjusted,omitempty"` // MidP by Holm's method over the comparisons of one [CompareAll]
}

// Compare compares the finished fits of a and b. Each is the name of an arm, or the first letters of a record's ID for
// that fit alone. Names that fit nothing, or several arms, are errors that list what there is.
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
		return Comparison{}, fmt.Errorf("runlog: %s was judged on %s images and %s on %s images: evaluate both on the same side", a, first.Side, b, second.Side)
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

// judge sets the interval over seeds and images, which all pairs share. Pairs that repeat one result count once.
func (c *Comparison) judge(pairs [][2]Record) {
	var right [2][][]bool
	for _, p := range pairs {
		for side, r := range p {
			row := make([]bool, len(r.Outcomes.Labels))
			for i, label := range r.Outcomes.Labels {
				row[i] = r.Outcomes.Predicted[i] == label
			}
			right[side] = append(right[side], row)
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

// CompareAll compares each of the names with one other, as [Compare] does, and adjusts the p values for their number.
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

// repeated reports whether all rows are the same: fits on one set of images that leave nothing to the seed.
func repeated(rows [][]bool) bool {
	return !slices.ContainsFunc(rows, func(row []bool) bool { return !slices.Equal(row, rows[0]) })
}

func top1(r Record) float64 {
	_, s := Rows([]Record{r})[0].Judged()
	return s.Top1
}

// find returns the arm of that name, or a single fit as an arm.
func find(records []Record, name string) (Arm, error) {
	var found []Arm
	var names []string
	for _, arm := range Arms(records) {
		names = append(names, fmt.Sprintf("%q", arm.Name))
		if arm.Name == name {
			found = append(found, arm)
		}
	}
	if len(found) == 0 && len(name) >= 4 {
		single := slices.DeleteFunc(slices.Clone(records), func(r Record) bool { return !strings.HasPrefix(r.ID, name) })
		for i := range single {
			found = append(found, Arms(single[i:i+1])...)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		slices.Sort(names)
		return Arm{}, fmt.Errorf("runlog: no finished arm or record is called %q; there are %s", name, strings.Join(slices.Compact(names), ", "))
	}
	return Arm{}, fmt.Errorf("runlog: %q names %d arms, of other data sets, sides or settings: name one fit by its ID, or a folder that holds one of them", name, len(found))
}

// pair joins fits of the same seed and split or, where the arms share no split, of the same seed.
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

// testPairs adds up, image by image, how many more fits of A than of B are right. The error says why that cannot be done.
func testPairs(pairs [][2]Record) (*PairedTest, error) {
	if len(pairs) == 0 {
		return nil, errors.New("the arms have no seed in common")
	}
	reference := pairs[0][0]
	if reference.Outcomes == nil {
		return nil, errors.New("their records hold no predictions of single images; fits of experiments keep them")
	}
	t := &PairedTest{Images: len(reference.Outcomes.Labels)}
	differences := make([]int, t.Images)
	for _, p := range pairs {
		for side, r := range p {
			if !sameImages(r, reference) {
				return nil, errors.New("they were not judged on the same images")
			}
			for i, label := range r.Outcomes.Labels {
				if r.Outcomes.Predicted[i] == label {
					differences[i] += 1 - 2*side
				}
			}
		}
		a, b := onlyOne(p[0].Outcomes, p[1].Outcomes)
		t.OnlyA, t.OnlyB = t.OnlyA+a, t.OnlyB+b
	}
	t.Exact, t.MidP = metric.SignFlip(differences)
	return t, nil
}

func sameImages(a, b Record) bool {
	return a.Split == b.Split && a.Outcomes.SameImages(b.Outcomes) && len(a.Outcomes.Predicted) == len(a.Outcomes.Labels)
}

func onlyOne(a, b *Outcomes) (onlyA, onlyB int) {
	for i, label := range a.Labels {
		switch rightA, rightB := a.Predicted[i] == label, b.Predicted[i] == label; {
		case rightA && !rightB:
			onlyA++
		case rightB && !rightA:
			onlyB++
		}
	}
	return onlyA, onlyB
}
