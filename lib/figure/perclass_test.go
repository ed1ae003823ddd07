package figure

import (
	"testing"

	"imagelab/lib/metric"
)

func TestRecallTitle(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		confusion    [][]int
		want         string
	}{
		{"apart", "the classes to look at are named", [][]int{{3, 1}, {0, 4}}, "Recall from 75 % (“a”) to 100 % (“b”)"},
		{"perfect", "“from 100 % to 100 %” would be no range", [][]int{{4, 0}, {0, 4}},
			"Every photo is classified correctly"},
		{"equal", "the same below 100 %", [][]int{{3, 1}, {1, 3}}, "Every class has a recall of 75 %"},
		{"equal as written", "a difference that the digits do not show", [][]int{{52, 39}, {40, 53}},
			"Every class has a recall of 57 %"},
		{"one class", "a folder of one class was scored", [][]int{{3, 1}, {0, 0}}, "Recall by class"},
		{"no images", "nothing to say", [][]int{{0, 0}, {0, 0}}, "Recall by class"},
	} {
		t.Run(c.name, func(t *testing.T) {
			res := metric.Result{Classes: []string{"a", "b"}, Confusion: c.confusion}
			for _, row := range c.confusion {
				res.N += row[0] + row[1]
			}
			if got := recallTitle(recalls(res), res.N); got != c.want {
				t.Errorf("title %q, want %q: %s", got, c.want, c.reason)
			}
		})
	}
}
