package reading

import (
	"fmt"
	"path/filepath"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/runlog"
)

// Forms in which photos are kept, in the order of figures and tables.
const (
	Original  = "original files"
	Downsized = "downsized by ingest" // above 4 megapixels, see dataset.DefaultIngest
	Small     = "small files"         // JPEG with a short side of SmallSide
	Packed    = "packed pixels"       // see feed.Pack
)

// Forms lists the forms in order.
func Forms() []string { return []string{Original, Downsized, Small, Packed} }

// Cost is the time that one epoch's reading takes, in one form and size.
type Cost struct {
	Format     string  `json:"form"`
	Megapixels float64 `json:"megapixels"` // of the original
	Bytes      int     `json:"bytes"`      // median of a photo on disk
	Seconds    float64 `json:"seconds"`    // for 1,000 photos on all cores: median of the rounds
	Low        float64 `json:"low"`        // lowest round
	High       float64 `json:"high"`       // highest round
}

// Baseline is what the network takes, whatever the form of the photos.
type Baseline struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"` // for 1,000 photos
}

// Report is everything that was measured on one machine.
type Report struct {
	Time        time.Time          `json:"time"`
	Environment runlog.Environment `json:"environment"`
	Photos      int                `json:"photos"` // different photos of each size
	Rounds      int                `json:"rounds"`
	Costs       []Cost             `json:"costs"`  // by form, then size
	Baselines   []Baseline         `json:"floors"` // the lower first
}

// File is the name of a report in the folder where it was measured.
const File = "decode.json"

// Read reads the report in dir. Where there is none yet the error is fs.ErrNotExist.
func Read(dir string) (Report, error) {
	path := filepath.Join(dir, File)
	var r Report
	if err := dataset.ReadJSON(path, &r); err != nil {
		return Report{}, fmt.Errorf("reading: %w; delete it to measure anew", err)
	}
	return r, nil
}
