package dataset

import "fmt"

// Labels are the classes of images as indices into classes. Another class is an error.
func Labels(images []Image, classes []string) ([]int, error) {
	index := map[string]int{}
	for i, c := range classes {
		index[c] = i
	}
	labels := make([]int, len(images))
	for i, im := range images {
		k, ok := index[im.Class]
		if !ok {
			return nil, fmt.Errorf("dataset: %s is of class %q, which the model does not know; it knows %q", im.Path,
				im.Class, classes)
		}
		labels[i] = k
	}
	return labels, nil
}
