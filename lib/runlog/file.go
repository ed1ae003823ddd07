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

	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/linefile"
	"imagelab/lib/internal/seal"
)

// Append adds r to the file at path with the current [Version], as [AppendLine] does.
func Append(path string, r Record) error {
	r.Version = Version
	return AppendLine(path, r)
}

// AppendLine adds v, an object with a "version", to the file at path as one JSON line, in one
// write. Several processes may append to one file at the same time. If a killed process left an
// incomplete last line, AppendLine ends that line first.
func AppendLine(path string, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("runlog: a line for %s: %w", path, err)
	}
	line = seal.Object(line)
	if err := CheckFile(path); err != nil {
		return err
	}
	lock, err := filelock.Data(path)
	if err != nil {
		return fmt.Errorf("runlog: %w; make the folder writable or choose another", err)
	}
	defer lock.Close()
	if err := linefile.Append(path, line); err != nil {
		return fmt.Errorf("runlog: append to %s: %w; make room and run the same command again, or choose another folder "+
			"where this one cannot be written", path, err)
	}
	return nil
}

// CheckFile returns an error if path is not a regular file: a link, which could lead out of the
// folder, a folder or a device. It is nil if nothing is there.
func CheckFile(path string) error {
	info, err := os.Lstat(path)
	switch {
	case err != nil: // opening the file gives a better error
		return nil
	case info.Mode().Type() == fs.ModeSymlink:
		return fmt.Errorf("runlog: %s is a link, and imagelab does not follow links here: put the file itself "+
			"there, or choose another folder", path)
	case !info.Mode().IsRegular():
		return fmt.Errorf("runlog: %s is not a file: choose another folder", path)
	}
	return nil
}

// Read returns the records of a file as [ReadLines] does.
func Read(path string) (records []Record, torn int, err error) {
	return ReadLines[Record](path, Version)
}

// ReadLines returns the lines of a file that [AppendLine] wrote, in the order of the file; none if
// there is no file. It skips lines that are incomplete or contain zero bytes, which killed
// processes and power failures leave, and counts them in `torn`. Any other line that is not a T,
// was changed or damaged, has values that cannot have been measured, or has a version above
// `newest`, is an error that names the line.
func ReadLines[T any](path string, newest int) (lines []T, torn int, err error) {
	text, err := seal.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, nil
	}
	if err != nil {
		return nil, 0, fmt.Errorf("runlog: %w", err)
	}
	lines, torn, err = parse[T](text, newest)
	if err != nil {
		return nil, torn, fmt.Errorf("runlog: %s %w", path, err)
	}
	return lines, torn, nil
}

func parse[T any](text []byte, newest int) (lines []T, torn int, err error) {
	n := 0
	for line := range bytes.Lines(text) {
		n++
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			continue
		}
		if breaksOff(line) || bytes.IndexByte(line, 0) >= 0 {
			torn++
			continue
		}
		v, err := parseLine[T](line, newest)
		if err != nil {
			return nil, torn, fmt.Errorf("line %d %w", n, err)
		}
		lines = append(lines, v)
	}
	return lines, torn, nil
}

// breaksOff reports whether a line is an object without its end. Other faults have other causes.
func breaksOff(line []byte) bool {
	var v json.RawMessage
	err := json.NewDecoder(bytes.NewReader(line)).Decode(&v)
	return line[0] == '{' && errors.Is(err, io.ErrUnexpectedEOF)
}

// remedy says what to do about an invalid line.
const remedy = "delete that line, and what it records is done again"

func parseLine[T any](line []byte, newest int) (v T, err error) {
	var head struct{ Version int }
	if err := json.Unmarshal(line, &head); err != nil {
		return v, fmt.Errorf("is not a record: %w; %s", err, remedy)
	}
	if head.Version > newest { // checked first, since the layout of the rest may have changed
		return v, fmt.Errorf("is of version %d; this imagelab reads up to %d: update it", head.Version, newest)
	}
	if head.Version < 1 {
		return v, errors.New("is not a record: it has no version; " + remedy)
	}
	err = seal.Parse(line, &v)
	if err == nil {
		err = validate(v)
	}
	if err != nil {
		return v, fmt.Errorf("is not a record: %w; %s", err, remedy)
	}
	return v, nil
}

// ReadDir returns the records of all files named records*.jsonl in dir and the folders below it, by
// time. Of several records with the same ID it returns one: a finished one if there is one, and
// then the latest. `torn` counts skipped lines, as in [Read].
func ReadDir(dir string) (records []Record, torn int, err error) {
	found, torn, err := ReadBelow[Record](dir, "records*.jsonl", Version)
	if err != nil {
		return nil, torn, err
	}
	byID := map[string]int{}
	for _, r := range found {
		if i, ok := byID[r.ID]; !ok || r.ID == "" {
			byID[r.ID] = len(records)
			records = append(records, r)
		} else if better(r, records[i]) {
			records[i] = r
		}
	}
	slices.SortStableFunc(records, func(a, b Record) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.ID, b.ID))
	})
	return records, torn, nil
}

// ReadBelow returns the lines of all files in dir and the folders below it whose names match
// pattern (see [filepath.Match]), file by file in the order of their paths, each read as by
// [ReadLines].
func ReadBelow[T any](dir, pattern string, newest int) (lines []T, torn int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ok, err := filepath.Match(pattern, d.Name()); err != nil || !ok {
			return err
		}
		found, lost, err := ReadLines[T](path, newest)
		torn += lost
		lines = append(lines, found...)
		return err
	})
	if err != nil {
		return nil, torn, fmt.Errorf("runlog: read the records below %s: %w", dir, err)
	}
	return lines, torn, nil
}

func better(a, b Record) bool {
	if a.complete() != b.complete() {
		return a.complete()
	}
	return !a.Time.Before(b.Time)
}

func (r Record) complete() bool { return !r.Interrupted && r.Error == "" }
