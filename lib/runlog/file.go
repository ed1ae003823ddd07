package runlog

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// Append adds r to the file at path in one write, with the current [Version]. Processes may append to one file at the
// same time. A torn last line, left by a killed process, is ended first, so that it spoils no other.
func Append(path string, r Record) error {
	r.Version = Version
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("runlog: record %s: %w", r.ID, err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("runlog: %w; choose a folder that can be written", err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil { // the kernel drops it with the file
		return fmt.Errorf("runlog: lock %s: %w", path, err)
	}
	torn, err := endsTorn(f)
	if err != nil {
		return fmt.Errorf("runlog: %w", err)
	}
	if torn {
		line = slices.Insert(line, 0, '\n')
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("runlog: append to %s: %w; make room and run the same command again", path, err)
	}
	return nil
}

// endsTorn reports whether the file has a last line that is not ended.
func endsTorn(f *os.File) (bool, error) {
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return false, err
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil {
		return false, err
	}
	return last[0] != '\n', nil
}

// Read returns the records of a file in its order, which is that of their ends; none when there is no file. Lines that
// break off, which killed processes leave, are skipped and counted in torn. Any other line that is not a record, or is
// of a newer version, is an error that names the line.
func Read(path string) (records []Record, torn int, err error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("runlog: %w", err)
	}
	records, torn, err = parse(text)
	if err != nil {
		return nil, torn, fmt.Errorf("runlog: %s %w", path, err)
	}
	return records, torn, nil
}

func parse(text []byte) (records []Record, torn int, err error) {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if breaksOff(line) {
			torn++
			continue
		}
		r, err := parseRecord(line)
		if err != nil {
			return nil, torn, fmt.Errorf("line %d %w", n, err)
		}
		records = append(records, r)
	}
	return records, torn, nil
}

// breaksOff reports whether a line is an object without its end. A line that is wrong in another way was not torn.
func breaksOff(line []byte) bool {
	var v json.RawMessage
	err := json.NewDecoder(bytes.NewReader(line)).Decode(&v)
	return line[0] == '{' && errors.Is(err, io.ErrUnexpectedEOF)
}

func parseRecord(line []byte) (Record, error) {
	var head struct{ Version int }
	if err := json.Unmarshal(line, &head); err != nil {
		return Record{}, fmt.Errorf("is not a record: %w", err)
	}
	if head.Version > Version { // before the rest, whose layout may have changed
		return Record{}, fmt.Errorf("is of version %d; this imagelab reads up to %d: update it", head.Version, Version)
	}
	if head.Version < 1 {
		return Record{}, errors.New("is not a record: it has no version")
	}
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, fmt.Errorf("is not a record: %w", err)
	}
	return r, nil
}

// ReadDir returns the records of all files named records*.jsonl in dir and the folders below it, by time. Of records
// with the same ID one is returned: a finished one before one that was interrupted or failed, then the latest. torn
// counts the lines skipped as [Read] does.
func ReadDir(dir string) (records []Record, torn int, err error) {
	byID := map[string]int{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ok, _ := filepath.Match("records*.jsonl", d.Name()); !ok { // errors only for a bad pattern
			return nil
		}
		found, lost, err := Read(path)
		torn += lost
		for _, r := range found {
			if i, ok := byID[r.ID]; !ok || r.ID == "" {
				byID[r.ID] = len(records)
				records = append(records, r)
			} else if better(r, records[i]) {
				records[i] = r
			}
		}
		return err
	})
	if err != nil {
		return nil, torn, fmt.Errorf("runlog: read the records below %s: %w", dir, err)
	}
	slices.SortStableFunc(records, func(a, b Record) int { return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID)) })
	return records, torn, nil
}

func better(a, b Record) bool {
	if a.complete() != b.complete() {
		return a.complete()
	}
	return !a.Time.Before(b.Time)
}

func (r Record) complete() bool { return !r.Interrupted && r.Error == "" }
