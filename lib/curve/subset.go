package curve

import (
	"maps"
	"math/rand/v2"
	"slices"
)

// DefaultSizes are the training-set sizes of a learning curve, in images per class; 0 stands for all there are.
func DefaultSizes() []int { return []int{5, 10, 20, 50, 100, 200, 0} }

// Subset chooses at most perClass images of each class and returns their indices into labels in ascending order. Classes
// with fewer images give all of theirs, and perClass 0 takes every image. labels are class indices; images with a
// negative label have no class and are never chosen.
//
// For one seed a smaller subset lies inside every larger one, so that a curve shows what adding images does. Each class
// is shuffled by itself, so a class that is added does not change the choice among the others.
func Subset(labels []int, perClass int, seed uint64) []int {
	members := map[int][]int{}
	for i, label := range labels {
		if label >= 0 {
			members[label] = append(members[label], i)
		}
	}
	var chosen []int
	for _, label := range slices.Sorted(maps.Keys(members)) {
		images := members[label]
		rng := rand.New(rand.NewPCG(seed, uint64(label)))
		rng.Shuffle(len(images), func(i, j int) { images[i], images[j] = images[j], images[i] })
		if perClass > 0 {
			images = images[:min(perClass, len(images))]
		}
		chosen = append(chosen, images...)
	}
	slices.Sort(chosen)
	return chosen
}
