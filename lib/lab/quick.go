package lab

import (
	"encoding/csv"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/internal/atomicfile"
)

// quickPhotos is how many photos of a class, on each side where the data set has sides, a quick
// run takes.
const quickPhotos = 20

// thin copies a few photos of each class of a data set to the folder target, taken at even steps,
// and returns target. A quick run is to pass through every stage, and reading thousands of photos
// would take most of its time.
func thin(source, target string) (string, error) {
	if _, err := os.Stat(filepath.Join(source, asset.CSVName)); err == nil {
		return target, thinCSV(source, target)
	}
	byFolder := map[string][]string{}
	err := filepath.WalkDir(source, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			byFolder[filepath.Dir(path)] = append(byFolder[filepath.Dir(path)], path)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	for folder, paths := range byFolder {
		rel, err := filepath.Rel(source, folder)
		if err != nil {
			return "", err
		}
		for i, path := range paths {
			if !taken(i, len(paths)) {
				continue
			}
			if err := atomicfile.Copy(path, filepath.Join(target, rel, filepath.Base(path))); err != nil {
				return "", err
			}
		}
	}
	return target, nil
}

// thinCSV does it for a data set whose labels are in a CSV file; the lines keep their order.
func thinCSV(source, target string) error {
	f, err := os.Open(filepath.Join(source, asset.CSVName))
	if err != nil {
		return err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return err
	}
	count, seen := map[string]int{}, map[string]int{}
	for _, line := range lines[min(1, len(lines)):] {
		count[line[1]]++
	}
	var kept [][]string
	for i, line := range lines {
		if i > 0 {
			n := seen[line[1]]
			if seen[line[1]]++; !taken(n, count[line[1]]) {
				continue
			}
			if err := atomicfile.Copy(filepath.Join(source, line[0]), filepath.Join(target, line[0])); err != nil {
				return err
			}
		}
		kept = append(kept, line)
	}
	return dataset.WriteFile(filepath.Join(target, asset.CSVName),
		func(w io.Writer) error { return csv.NewWriter(w).WriteAll(kept) })
}

// taken reports whether photo i of n is one of quickPhotos at even steps.
func taken(i, n int) bool {
	return n <= quickPhotos || i*quickPhotos/n != (i-1)*quickPhotos/n || i == 0
}
