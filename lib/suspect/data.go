package suspect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/dedup"
	"imagelab/lib/text"
)

// data is the photos at work. Slices over photos are in the order of images.
type data struct {
	images   []dataset.Image
	features [][]float32
	classes  []string // that can be judged, sorted
	labels   []int    // in classes; -1: cannot be judged
	learn    []bool   // a classifier may learn from the photo
	unit     []int    // photos of one unit stay in one fold, see [dedup.Units]
	notes    []string
}

func newData(ctx context.Context, s *dataset.Set, images []dataset.Image, features [][]float32) (*data, error) {
	if len(features) != len(images) {
		return nil, fmt.Errorf("suspect: %d rows of features for %d photos", len(features), len(images))
	}
	units, err := dedup.Units(ctx, images, dedup.DistanceOf(s))
	if err != nil {
		return nil, err
	}
	d := &data{images: images, features: features, unit: units}
	d.takeClasses()
	if len(d.classes) < 2 {
		d.classes = nil
		d.notes = append(d.notes,
			"labels were not judged: that takes two classes of two photos or more; photos unlike all others were looked for")
	}
	d.labels, d.learn = dataset.KnownLabels(images, d.classes), make([]bool, len(images))
	unlabelled := 0
	for i, im := range images {
		if im.Class == "" {
			unlabelled++
		}
		d.learn[i] = d.labels[i] >= 0 && !im.Conflict
	}
	if unlabelled > 0 {
		d.notes = append(d.notes, fmt.Sprintf("%s without a label: not judged", text.Count(unlabelled, "photo")))
	}
	return d, nil
}

// takeClasses finds the classes that can be judged: those with two photos that are not copies of
// each other or of one group. Of others, a classifier that has not seen the photo knows nothing.
func (d *data) takeClasses() {
	first, several := map[string]int{}, map[string]bool{}
	for i, im := range d.images {
		if im.Class == "" || im.Conflict {
			continue
		}
		if unit, seen := first[im.Class]; seen && unit != d.unit[i] {
			several[im.Class] = true
		} else if !seen {
			first[im.Class] = d.unit[i]
		}
	}
	var single []string
	for class := range first {
		if several[class] {
			d.classes = append(d.classes, class)
		} else {
			single = append(single, text.Name(class))
		}
	}
	slices.Sort(d.classes)
	slices.Sort(single)
	if len(single) > 0 {
		d.notes = append(d.notes,
			fmt.Sprintf("not judged, because all photos of the class are one photo or one group: %s",
				strings.Join(single, ", ")))
	}
}
