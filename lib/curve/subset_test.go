package curve

import (
	"reflect"
	"slices"
	"testing"
)

// unequal has 3 images of class 0, 40 of class 1, 25 of class 2, in mixed order, and two without a class.
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
		{"one", "the smallest subset", 1, [3]int{1, 1, 1}},
		{"small class", "a class with 3 images gives all of them", 10, [3]int{3, 10, 10}},
		{"large", "two classes are used up", 30, [3]int{3, 30, 25}},
		{"beyond", "no class has so many", 1000, [3]int{3, 40, 25}},
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
	for i, n := range seen { // each of 40 is expected 40 times, standard deviation 6
		if n < 10 || n > 70 {
			t.Errorf("image %d was chosen %d times of 400, expected about 40", i, n)
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
