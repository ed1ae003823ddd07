package curve

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	minDefaultSizes = 6   // a forecast needs five sizes with wrong answers
	smallestSize    = 5   // photos per class, if there are enough
	largestFactor   = 128 // largest ratio of all photos to the smallest size
)

// DefaultSizes are the training-set sizes of a learning curve on photos with these labels, in
// photos per class (mean over classes), ascending; the last is 0, which means all photos. Each size
// is about twice the one before, or less if six sizes need smaller steps. The smallest size is 5
// photos a class, less if classes are small and more if they are very large. Labels are class
// indices; photos with a negative label have no class.
func DefaultSizes(labels []int) []int {
	mean := meanPerClass(labels)
	first := max(1, math.Floor(max(min(smallestSize, mean/8), 2, mean/largestFactor)))
	steps := max(minDefaultSizes-1, math.Round(math.Log2(mean/first)))
	var sizes []int
	for i := range int(steps) {
		if n := roundSize(first * math.Pow(mean/first, float64(i)/steps)); float64(n) < mean {
			sizes = append(sizes, n)
		}
	}
	return append(slices.Compact(sizes), 0)
}

// meanPerClass is the mean number of photos per class; 0 if no photo has a class.
func meanPerClass(labels []int) float64 {
	counts, all := map[int]int{}, 0
	for _, label := range labels {
		if label >= 0 {
			counts[label]++
			all++
		}
	}
	return float64(all) / float64(max(len(counts), 1))
}

// roundSize rounds to two digits.
func roundSize(n float64) int {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return int(math.Round(n/unit) * unit)
}

// Subset chooses `perClass` photos per class (mean over classes) and returns their indices into
// `labels` in ascending order. It takes the same share of each class, and at least one photo. With
// equal numbers instead of equal shares, the proportions of the classes would change between a
// subset and all photos, and the curve would show that as well as the effect of more photos.
// perClass 0, and sizes beyond the mean number of photos per class, take every photo. `labels` are
// class indices; photos with a negative label have no class and are never chosen.
//
// With one seed, every larger subset contains the smaller ones, so a curve shows the effect of
// adding photos. Each class is shuffled by itself, so the choice in one class does not depend on
// the others.
func Subset(labels []int, perClass int, seed uint64) []int {
	members := map[int][]int{}
	for i, label := range labels {
		if label >= 0 {
			members[label] = append(members[label], i)
		}
	}
	share := 1.0
	if perClass > 0 {
		share = min(1, float64(perClass)/meanPerClass(labels))
	}
	var chosen []int
	for _, label := range slices.Sorted(maps.Keys(members)) {
		images := members[label]
		rng := rand.New(rand.NewPCG(seed, uint64(label)))
		rng.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		chosen = append(chosen, images[:max(1, int(math.Round(share*float64(len(images)))))]...)
	}
	slices.Sort(chosen)
	return chosen
}
