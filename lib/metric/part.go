package metric

import "fmt"

// Part is the accuracy on some of the photos of a result, such as those with a tag.
type Part struct {
	Name     string   `json:"name"`
	N        int      `json:"n"`
	Right    int      `json:"right"`
	Interval Interval `json:"interval"` // 95 % interval of Right / N, as that of Result.Top1
}

// NewPart counts the photos that member picks. labels, probs and groups are those of
// [EvaluateGroups].
func NewPart(name string, labels []int, probs [][]float64, groups []int, member func(i int) bool) Part {
	p := Part{Name: name}
	var right []bool
	var of []int
	for i, best := range Predicted(probs) {
		if !member(i) {
			continue
		}
		right = append(right, best == labels[i])
		if groups != nil {
			of = append(of, groups[i])
		}
		if p.N++; best == labels[i] {
			p.Right++
		}
	}
	if p.Interval = Wilson(p.Right, p.N); groups != nil && p.N > 0 {
		_, p.Interval = Accuracy([][]bool{right}, of)
	}
	return p
}

// Top1 is the share of the photos whose most probable class is correct; 0 for no photos.
func (p Part) Top1() float64 { return ratio(p.Right, p.N) }

func (p Part) validate(n int) error {
	if p.N < 0 || p.N > n || p.Right < 0 || p.Right > p.N || p.Interval[0] > p.Interval[1] {
		return fmt.Errorf("a result has %d of %d photos right in its part %q", p.Right, p.N, p.Name)
	}
	return nil
}
