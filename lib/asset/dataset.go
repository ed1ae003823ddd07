package asset

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// CSVName is the file that data sets with LayoutCSV have beside their images: a header
// `path,label`, then a line per image with its path relative to the folder, in the data set's own
// order.
const CSVName = "labels.csv"

// solarScores is the published label file of the solar data set, kept beside the one made from it.
const solarScores = "probabilities.txt"

// finish makes an unpacked data set ready to be ingested.
func (r Ref) finish(ctx context.Context, stage string) error {
	data := r.payload(stage)
	switch {
	case len(r.Folders) > 0:
		return r.verifyFolders(ctx, data)
	case r.Name == "solar":
		return labelSolar(data)
	case r.Name == "foods":
		return labelFoods(data)
	}
	return nil
}

// labelSolar turns defect probabilities into two classes: 0.5 and above is "defective" (the
// threshold of Deitsch et al. 2019), the rest "functional". Lines keep the published order, in
// which neighbours come from the same module.
func labelSolar(data string) error {
	scores := filepath.Join(data, solarScores)
	if err := os.Rename(filepath.Join(data, CSVName), scores); err != nil {
		return err
	}
	f, err := os.Open(scores)
	if err != nil {
		return err
	}
	defer f.Close()
	rows := [][]string{{"path", "label"}}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		row, err := solarRow(lines.Text())
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return writeCSV(filepath.Join(data, CSVName), rows)
}

// solarRow reads "images/cell0001.png  1.0  mono" as path and label.
func solarRow(line string) ([]string, error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return nil, fmt.Errorf("read the solar labels: %q has %d fields, want path, probability, type", line, len(fields))
	}
	p, err := strconv.ParseFloat(fields[1], 64)
	if err != nil || !(p >= 0 && p <= 1) {
		return nil, fmt.Errorf("read the solar labels: %q is no probability", fields[1])
	}
	if p >= 0.5 {
		return []string{fields[0], "defective"}, nil
	}
	return []string{fields[0], "functional"}, nil
}

// labelFoods labels "A001.jpeg" with the letter of its food group, in the order of the names.
func labelFoods(data string) error {
	entries, err := os.ReadDir(data)
	if err != nil {
		return err
	}
	rows := [][]string{{"path", "label"}}
	for _, e := range entries {
		if filepath.Ext(e.Name()) == ".jpeg" {
			rows = append(rows, []string{e.Name(), e.Name()[:1]})
		}
	}
	return writeCSV(filepath.Join(data, CSVName), rows)
}

func writeCSV(path string, rows [][]string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(csv.NewWriter(f).WriteAll(rows), f.Close())
}
