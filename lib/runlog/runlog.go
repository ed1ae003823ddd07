// Package runlog keeps one record per fit, one JSON line each, so that every figure and statistic can be computed from
// files and traced back to the exact images. Start with [Append] and [Read].
package runlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"imagelab/lib/metric"
)

// Version of the record's layout. Records of a newer version are refused.
const Version = 1

// Record is everything that is kept of one fit.
type Record struct {
	Version     int             `json:"version"`
	ID          string          `json:"id"` // digest of config, data and seed
	Time        time.Time       `json:"time"`
	Command     string          `json:"command"`
	Dataset     string          `json:"dataset"`
	Backbone    string          `json:"backbone"`
	Size        int             `json:"size"` // pixels
	Cut         string          `json:"cut"`
	Seed        uint64          `json:"seed"`
	Config      json.RawMessage `json:"config"`
	Manifest    string          `json:"manifest"` // digest
	Split       string          `json:"split"`    // digest
	AllowLeak   bool            `json:"allow_leak,omitempty"`
	Counts      map[string]int  `json:"counts"` // images per split
	Epochs      []Epoch         `json:"epochs"`
	Val         metric.Result   `json:"val"`
	Timings     []Timing        `json:"timings"`
	PeakMemory  int64           `json:"peak_memory"` // bytes
	Environment Environment     `json:"environment"`
	Interrupted bool            `json:"interrupted,omitempty"`
}

// Epoch is one pass of a phase: "head" (one regularisation strength of the logistic regression, LR is then C) or "body".
type Epoch struct {
	Phase     string  `json:"phase"`
	Epoch     int     `json:"epoch"` // from 1
	LR        float64 `json:"lr"`    // of the last step
	TrainLoss float64 `json:"train_loss"`
	ValLoss   float64 `json:"val_loss"` // log loss, nats
	ValTop1   float64 `json:"val_top1"`
	Seconds   float64 `json:"seconds"`
}

// Timing is the wall time of one stage, in the order the stages began.
type Timing struct {
	Stage   string  `json:"stage"`
	Seconds float64 `json:"seconds"`
}

// Environment is where a fit ran.
type Environment struct {
	Engine    string `json:"engine"`
	EngineWhy string `json:"engine_why"`
	OS        string `json:"os"`
	Arch      string `json:"arch"`
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	Memory    int64  `json:"memory"` // bytes
	Go        string `json:"go"`
	Commit    string `json:"commit"`
}

// Append adds r to the file at path in one write. Processes may append to one file at the same time. A torn last line,
// left by a killed process, is closed first.
func Append(path string, r Record) error {
	r.Version = Version
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("runlog: lock %s: %w", path, err)
	}
	line = append(line, '\n')
	if info, err := f.Stat(); err == nil && info.Size() > 0 {
		last := make([]byte, 1)
		if _, err := f.ReadAt(last, info.Size()-1); err == nil && last[0] != '\n' {
			line = append([]byte{'\n'}, line...)
		}
	}
	if _, err := f.Write(line); err != nil {
		return fmt.Errorf("runlog: append to %s: %w", path, err)
	}
	return nil
}

// Read returns the records of a file, oldest first; none when there is no file. A torn line, which a killed process
// leaves, is skipped and counted in torn. A whole line that is not a record, or is of a newer version, is an error.
func Read(path string) (records []Record, torn int, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("runlog: %w", err)
	}
	for i, line := range bytes.Split(text, []byte{'\n'}) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var r Record
		if err := json.Unmarshal(line, &r); err != nil {
			if !json.Valid(line) && bytes.HasPrefix(line, []byte(`{"version":`)) {
				torn++
				continue
			}
			return nil, torn, fmt.Errorf("runlog: %s line %d is not a record: %w", path, i+1, err)
		}
		if r.Version > Version {
			return nil, torn, fmt.Errorf("runlog: %s line %d is of version %d; this imagelab reads up to %d: update it", path, i+1, r.Version, Version)
		}
		records = append(records, r)
	}
	return records, torn, nil
}
