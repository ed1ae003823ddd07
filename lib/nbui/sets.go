package nbui

import (
	"fmt"
	"path/filepath"
	"strconv"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// Set is the data set that a cell above made below the notebook's folder: dir/data, as nblab's
// Photos makes it, or one below that. It ends the cell where there is none, or more than one.
func Set(dir string) *dataset.Set {
	var found []string
	for _, below := range []string{"", "*", filepath.Join("*", "*")} {
		manifests, err := filepath.Glob(filepath.Join(dir, "data", below, "manifest.jsonl"))
		Check(err)
		found = append(found, manifests...)
	}
	switch len(found) {
	case 0:
		Check(fmt.Errorf("there is no data set in %s yet; run the cells above to their end first", dir))
	case 1:
		return Must(dataset.Load(filepath.Dir(found[0])))
	}
	Check(fmt.Errorf("there are %d data sets below %s; open one with dataset.Load(%q)",
		len(found), dir, filepath.Dir(found[0])))
	return nil
}

// Sides shows how many photos of each class are on each side of the split.
func Sides(s *dataset.Set) {
	sides := []string{dataset.Train, dataset.Val, dataset.Test}
	n := map[[2]string]int{}
	for _, im := range s.Kept() {
		n[[2]string{im.Class, im.Split}]++
	}
	var rows [][]string
	for _, class := range s.Classes() {
		row := []string{class}
		for _, side := range sides {
			row = append(row, strconv.Itoa(n[[2]string{class, side}]))
		}
		rows = append(rows, row)
	}
	Table([]string{"class", "train", "validation", "test"}, rows)
}

// Scores shows the main numbers of results, a row each: accuracy with its 95 % interval, the
// accuracy of always answering the commonest class, and the mean recall over classes.
func Scores(names []string, results ...metric.Result) {
	var rows [][]string
	for i, r := range results {
		commonest := 0
		for _, c := range r.PerClass {
			commonest = max(commonest, c.N)
		}
		rows = append(rows, []string{names[i], strconv.Itoa(r.N), text.Percent(r.Top1, 1),
			text.Percent(r.Interval[0], 1) + " to " + text.Percent(r.Interval[1], 1),
			text.Percent(float64(commonest)/float64(max(r.N, 1)), 1), text.Percent(r.Balanced, 1)})
	}
	Table([]string{"result", "photos", "accuracy", "95 % interval", "commonest class", "balanced accuracy"}, rows)
}
