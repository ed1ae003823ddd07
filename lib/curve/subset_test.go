package curve

import (
	"reflect"
	"slices"
	"testing"
)

// unequal has 3 images of class 0, 40 of class 1, 25 of class 2, in mixed order, and two without a
// class.
func unequal() []int {
	var labels []int
	for i := range 40 {
		labels = append(labels, 1)
		if i < 25 {
			labels = append(labels, 2)
		}
		if i >= 37 {
			labels = append(labels, 0)
		}
	}
	return append(labels, -1, -1)
}

func TestSubset(t *testing.T) {
	labels := unequal()
	tests := []struct {
		name     string
		reason   string
		perClass int
		want     [3]int
	}{
		{"one", "the smallest subset has an image of each class", 1, [3]int{1, 2, 1}},
		{"part", "each class gives the same share, 30 of 68", 10, [3]int{1, 18, 11}},
		{"large", "all but one or two", 22, [3]int{3, 39, 24}},
		{"beyond", "there are not so many", 1000, [3]int{3, 40, 25}},
		{"all", "0 stands for all", 0, [3]int{3, 40, 25}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := Subset(labels, tt.perClass, 1)
			var counts [3]int
			for _, i := range got {
				counts[labels[i]]++
			}
			if counts != tt.want {
				t.Errorf("%v images of the classes, want %v: %s", counts, tt.want, tt.reason)
			}
			if !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
				t.Error("indices should rise, each once")
			}
		})
	}
}

func TestSubsetNested(t *testing.T) {
	labels := unequal()
	for seed := range uint64(20) {
		var smaller []int
		for _, n := range []int{1, 2, 5, 10, 30, 0} {
			larger := Subset(labels, n, seed)
			for _, i := range smaller {
				if !slices.Contains(larger, i) {
					t.Fatalf("seed %d: image %d left when the subset grew to %d", seed, i, n)
				}
			}
			if !reflect.DeepEqual(larger, Subset(labels, n, seed)) {
				t.Fatalf("seed %d: two choices", seed)
			}
			smaller = larger
		}
	}
}

func TestSubsetSeeds(t *testing.T) {
	labels := unequal()
	seen := map[int]int{}
	for seed := range uint64(400) {
		for _, i := range Subset(labels, 4, seed) {
			if labels[i] == 1 {
				seen[i]++
			}
		}
	}
	for i, n := range seen { // each of 40 is expected 70 times, standard deviation 8
		if n < 35 || n > 105 {
			t.Errorf("image %d was chosen %d times of 400, expected about 70", i, n)
		}
	}
	if len(seen) != 40 {
		t.Errorf("%d of 40 images were ever chosen", len(seen))
	}
	if !reflect.DeepEqual(Subset(labels, 5, 3), Subset(labels[:len(labels)-2], 5, 3)) {
		t.Error("images without a class changed the choice")
	}
	if a, b := Subset(labels, 5, 1), Subset(labels, 5, 2); reflect.DeepEqual(a, b) {
		t.Error("two seeds chose the same images")
	}
	if got := Subset(nil, 5, 1); len(got) != 0 {
		t.Errorf("no labels gave %v", got)
	}
}

func TestDefaultSizes(t *testing.T) {
	tests := []struct {
		name, reason string
		classes      []int
		want         []int
	}{
		{"50 photos a class", "32 are left to train on: six sizes, so that there is a forecast", []int{32, 32},
			[]int{4, 6, 9, 14, 21, 0}},
		{"usual", "each size doubles the one before", []int{300, 300, 300}, []int{5, 10, 20, 39, 77, 150, 0}},
		{"unequal", "sizes are means: no size at which only the largest class grows", []int{20, 30, 400, 50},
			[]int{5, 10, 18, 34, 66, 0}},
		{"large", "the smallest size is not worth fitting where there are very many", []int{10000, 10000},
			[]int{78, 160, 310, 620, 1200, 2500, 5000, 0}},
		{"tiny", "fewer sizes, since there is nothing between", []int{4, 4}, []int{2, 3, 0}},
		{"one image", "all", []int{1}, []int{0}},
		{"none", "nothing to choose from", nil, []int{0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var labels []int
			for k, n := range tt.classes {
				labels = append(labels, slices.Repeat([]int{k}, n)...)
			}
			if got := DefaultSizes(append(labels, -1)); !slices.Equal(got, tt.want) {
				t.Errorf("%v, want %v: %s", got, tt.want, tt.reason)
			}
		})
	}
}
