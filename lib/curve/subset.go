package curve

import (
	"maps"
	"math"
	"math/rand/v2"
	"slices"
)

const (
	fewestSizes   = 6   // of a curve: a forecast needs five with errors
	smallestSize  = 5   // images per class, where there are enough
	largestFactor = 128 // from the smallest size to all
)

// DefaultSizes are the training-set sizes of a learning curve on images with these labels, in images per class (mean over
// classes) by rising size; 0, the last, stands for all there are. Each takes about twice as many images as the one before,
// or fewer where six sizes need smaller steps. The smallest is 5 a class, less where classes are small, more where they are
// very large. Labels are class indices; images with a negative label have no class.
func DefaultSizes(labels []int) []int {
	mean := meanPerClass(labels)
	first := max(1, math.Floor(max(min(smallestSize, mean/8), 2, mean/largestFactor)))
	steps := max(fewestSizes-1, math.Round(math.Log2(mean/first)))
	var sizes []int
	for i := range int(steps) {
		if n := roundSize(first * math.Pow(mean/first, float64(i)/steps)); float64(n) < mean {
			sizes = append(sizes, n)
		}
	}
	return append(slices.Compact(sizes), 0)
}

// meanPerClass is the mean number of images per class; 0 where no image has one.
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

// roundSize keeps two digits.
func roundSize(n float64) int {
	unit := 1.0
	for n/unit >= 100 {
		unit *= 10
	}
	return int(math.Round(n/unit) * unit)
}

// Subset chooses perClass images of each class in the mean and returns their indices into labels in ascending order. Every
// class gives the same share of its images, at least one: were there as many of each, accuracy would change with the
// proportions of the classes when all images are taken, and the curve would not show what more images do. perClass 0,
// and sizes beyond the mean number of images per class, take every image. labels are class indices; images with a
// negative label have no class and are never chosen.
//
// For one seed a smaller subset lies inside every larger one, so that a curve shows what adding images does. Each class
// is shuffled by itself, so the choice in one does not depend on the names of the others.
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
