package dataset

import (
	"fmt"
	"slices"
)

// Labels are the classes of images as indices into classes. Another class is an error.
func Labels(images []Image, classes []string) ([]int, error) {
	labels := KnownLabels(images, classes)
	if i := slices.Index(labels, -1); i >= 0 {
		return nil, fmt.Errorf("dataset: %s is of class %q, which the model does not know; it knows %q", images[i].Path,
			images[i].Class, classes)
	}
	return labels, nil
}

// KnownLabels are the classes of images as indices into classes; -1 for another class, or none.
func KnownLabels(images []Image, classes []string) []int {
	index := map[string]int{}
	for i, c := range classes {
		index[c] = i
	}
	labels := make([]int, len(images))
	for i, im := range images {
		k, ok := index[im.Class]
		if labels[i] = k; !ok {
			labels[i] = -1
		}
	}
	return labels
}
