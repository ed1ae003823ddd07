package dataset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/text"
)

// Reading says how to read folders and CSV files that can be understood in several ways. It is
// saved with the set, and a later ingest into the same folder uses it unless told otherwise.
type Reading struct {
	// Which folders are the classes: 1 for those in the source; 0: as before, or found out; -1:
	// found out.
	ClassDepth int `json:"class_depth,omitempty"`
	// The folder that a CSV's paths are relative to; empty: as before, or the CSV's own.
	Photos string `json:"photos,omitempty"`
	// The columns of a CSV, where they do not bear names that people use; empty: as before, or
	// found out.
	Columns labelcsv.Columns `json:"columns,omitzero"`
	// A file that names the photos of a folder, a path in each line, relative to the folder; others
	// are passed over, and the folder is not searched. Empty: as before, or all.
	List string `json:"list,omitempty"`
}

// asBefore fills the empty fields of r from header h, if that was made from a source of the same
// name.
func (r Reading) asBefore(h header, src string) (Reading, string) {
	var told []string
	if h.Reading != nil && r.ClassDepth == 0 && h.Reading.ClassDepth > 0 {
		r.ClassDepth = h.Reading.ClassDepth
		told = append(told, fmt.Sprintf("IngestOptions.ClassDepth %d (-1 finds out again)", r.ClassDepth))
	}
	r.ClassDepth = max(0, r.ClassDepth)
	if h.Reading == nil || filepath.Base(h.From) != filepath.Base(src) {
		return r, asBefore(told)
	}
	if _, err := os.Stat(h.Reading.Photos); r.Photos == "" && h.Reading.Photos != "" && err == nil {
		r.Photos = h.Reading.Photos
		told = append(told, "IngestOptions.Photos "+text.Path(r.Photos))
	}
	if _, err := os.Stat(h.Reading.List); r.List == "" && h.Reading.List != "" && err == nil {
		r.List = h.Reading.List
		told = append(told, "IngestOptions.List "+text.Path(r.List))
	}
	if none := (labelcsv.Columns{}); r.Columns == none && h.Reading.Columns != none {
		r.Columns = h.Reading.Columns
		told = append(told, "the same columns")
	}
	return r, asBefore(told)
}

// fits returns an error if r has an option that does not apply to the kind of source that was
// listed.
func (r Reading) fits(l *listing) error {
	switch {
	case l.kind != SourceCSV && (r.Photos != "" || r.Columns != labelcsv.Columns{}):
		return fmt.Errorf("dataset: no CSV file was read from %s, so that neither IngestOptions.Photos nor a column has a "+
			"meaning: name the CSV file in place of the folder", l.from)
	case l.kind == SourceCSV && r.ClassDepth > 0:
		return fmt.Errorf("dataset: the classes are read from a CSV file, for which IngestOptions.ClassDepth %d has no "+
			"meaning: leave it away, or ingest the folder", r.ClassDepth)
	case l.kind == SourceCSV && r.List != "":
		return errors.New("dataset: the photos are listed in a CSV file, beside which IngestOptions.List has no " +
			"meaning: leave it away")
	}
	return nil
}

func asBefore(told []string) string {
	if len(told) == 0 {
		return ""
	}
	return "read as before, with " + strings.Join(told, " and ")
}

// kept is the form of r that is saved in set.json.
func (r Reading) kept() *Reading {
	if r == (Reading{}) {
		return nil
	}
	if abs, err := filepath.Abs(r.Photos); r.Photos != "" && err == nil {
		r.Photos = abs
	}
	if abs, err := filepath.Abs(r.List); r.List != "" && err == nil {
		r.List = abs
	}
	return &r
}
