package classifier

import (
	"fmt"
	"testing"

	"imagelab/lib/dataset"
)

func TestParts(t *testing.T) {
	images := []dataset.Image{{}, {Tags: []string{"ambiguous"}}, {Tags: []string{"occluded", "x"}}, {Tags: []string{"x"}}}
	labels := []int{0, 1, 0, 1}
	probs := [][]float64{{1, 0}, {1, 0}, {1, 0}, {0, 1}} // right, wrong, right, right
	var got []string
	for _, p := range parts(images, labels, probs, nil) {
		got = append(got, fmt.Sprintf("%s %d/%d", p.Name, p.Right, p.N))
	}
	want := "[not flagged 2/2 flagged 1/2 ambiguous 0/1 occluded 1/1 x 2/2]"
	if fmt.Sprint(got) != want {
		t.Errorf("%v, want %s", got, want)
	}
	if parts(images[:1], labels[:1], probs[:1], nil) != nil {
		t.Error("no tags, and there are parts")
	}
	grouped := parts(images, labels, probs, []int{0, 0, 1, 1})
	if grouped[0].N != 2 || grouped[0].Interval[0] > grouped[0].Interval[1] {
		t.Errorf("%+v", grouped[0])
	}
}
