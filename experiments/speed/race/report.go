package race

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/runlog"
)

// Ours is the side of this library.
const Ours = "ours"

// Parts of a contest, in the order of tables and figures.
const (
	Decode   = "decode"  // JPEG files to pixels of the network's input
	Hash     = "hash"    // JPEG files to difference hashes
	Forward  = "forward" // pixels to scores
	Step     = "step"    // training steps by cut
	Rates    = "rates"   // arithmetic rate of each stage of the network; ours alone
	EndToEnd = "whole"   // JPEG files to a validated model
)

// Parts lists the parts in order.
func Parts() []string { return []string{Decode, Hash, Forward, Step, Rates, EndToEnd} }

// Units of results.
const (
	ImagesPerSecond = "images/s"
	Seconds         = "s"
	GigaFLOPS       = "GFLOP/s"
)

// Result is what one side reached at one work, a value for each round.
type Result struct {
	Side   string    `json:"side"`
	Note   string    `json:"note,omitempty"` // such as the batch or the accuracy
	Values []float64 `json:"values"`
	Top1   []float64 `json:"top1,omitempty"` // of EndToEnd: validation top-1 by seed, in [0,1]
}

// Work is one thing that all sides did in turn. The first result is ours.
type Work struct {
	Name    string   `json:"name"`
	Unit    string   `json:"unit"`
	Results []Result `json:"results"`
}

// Part is what was measured in one go.
type Part struct {
	Name        string             `json:"name"`
	Time        time.Time          `json:"time"`
	Environment runlog.Environment `json:"environment"`
	Versions    map[string]string  `json:"versions,omitempty"` // of the peers' packages
	// share of the cores that other programs used while all sides rested, in [0,1]
	Interference float64   `json:"others"`
	Works        []Work    `json:"works"`
	Stages       []Stage   `json:"stages,omitempty"` // of Rates
	Peak         []float64 `json:"peak,omitempty"`   // of Rates: GFLOP/s of a large matrix product, by round
}

// Stage is the arithmetic of one stage of the network.
type Stage struct {
	Name   string    `json:"name"`
	Batch  int       `json:"batch"`
	MFLOP  float64   `json:"mflop"`  // millions of operations for one image; a multiply-add is two
	Values []float64 `json:"values"` // GFLOP/s by round
}

// Report is a folder's parts, in the order of [Parts].
type Report struct {
	Parts []Part `json:"parts"`
}

// File is the name of a report in the folder where it was measured.
const File = "speed.json"

// Read reads the report in dir; without one it is empty.
func Read(dir string) (Report, error) {
	path := filepath.Join(dir, File)
	var r Report
	err := dataset.ReadJSON(path, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return Report{}, nil
	}
	if err != nil {
		return Report{}, fmt.Errorf("race: %w; delete it to measure anew", err)
	}
	return r, nil
}

// Put takes a part into the report in dir in place of an earlier one of the same name, and returns
// the report.
func Put(dir string, p Part) (Report, error) {
	r, err := Read(dir)
	if err != nil {
		return r, err
	}
	r.Parts = append(slices.DeleteFunc(r.Parts, func(q Part) bool { return q.Name == p.Name }), p)
	slices.SortFunc(r.Parts, func(a, b Part) int { return slices.Index(Parts(), a.Name) - slices.Index(Parts(), b.Name) })
	return r, dataset.WriteJSON(filepath.Join(dir, File), r)
}

// ParseParts reads a list such as "decode,step".
func ParseParts(list string) ([]string, error) {
	parts := strings.Split(list, ",")
	for _, p := range parts {
		if !slices.Contains(Parts(), p) {
			return nil, fmt.Errorf("race: there is no part %q; choose of %s", p, strings.Join(Parts(), ","))
		}
	}
	return parts, nil
}
