//go:build linux

package target

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// State is what a folder holds: by path, a digest of what is believed of the file, without times.
// Pictures and pages, which are drawn from the rest, only have to be there. Locks and what only
// saves time are not in it.
type State map[string]string

// Look reads a folder.
func Look(dir string) (State, error) {
	s := State{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil || hint(rel) {
			return err
		}
		s[rel], err = digest(path)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("target: %w", err)
	}
	return s, nil
}

// hint holds for files that are made anew where they are missing.
func hint(path string) bool {
	name := filepath.Base(path)
	return strings.HasSuffix(name, ".lock") || name == "lock" || strings.Contains(name, ".cache") ||
		strings.Contains(path, string(filepath.Separator)+"cache"+string(filepath.Separator))
}

func digest(path string) (string, error) {
	switch ext := filepath.Ext(path); {
	case ext == ".svg" || ext == ".html" || filepath.Base(path) == "results.csv": // made of the records, with their times
		return "is there", nil
	case strings.HasPrefix(filepath.Base(path), "records"):
		return recordsDigest(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// recordsDigest is that of the records of a file in any order, without times. Left out is what all
// readers pass over: lines that broke off, and failures of fits that were finished later.
func recordsDigest(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	var records []map[string]any
	var lines []string
	finished := map[any]bool{}
	for line := range strings.Lines(string(text)) {
		var r map[string]any
		if err := json.Unmarshal([]byte(line), &r); err == nil {
			records = append(records, r)
			finished[r["id"]] = finished[r["id"]] || !broken(r)
		} else if !strings.HasPrefix(line, "{") && strings.TrimSpace(line) != "" {
			lines = append(lines, "not a record: "+line)
		}
	}
	for _, r := range records {
		if broken(r) && finished[r["id"]] {
			continue
		}
		plain, err := json.Marshal(timeless(r))
		if err != nil {
			return "", err
		}
		lines = append(lines, string(plain))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return fmt.Sprintf("%d records %x", len(lines), sum[:16]), nil
}

// broken holds for the record of a fit that failed or was stopped.
func broken(record map[string]any) bool {
	return record["error"] != nil || record["interrupted"] != nil
}

// Timeless is JSON text without what differs from run to run; text that is no JSON stays as it is.
func Timeless(text string) string {
	var all []any
	for decoder := json.NewDecoder(strings.NewReader(text)); ; {
		var v any
		if err := decoder.Decode(&v); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return text
		}
		all = append(all, timeless(v))
	}
	plain, err := json.Marshal(all)
	if err != nil {
		return text
	}
	return string(plain)
}

// fleeting are the fields of records that differ from run to run, and so does the seal over them.
var fleeting = []string{
	"time", "timings", "shared", "own_seconds", "seconds", "peak_memory", "environment", "seal_sha256", "command",
}

func timeless(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range fleeting {
			delete(v, name)
		}
		for name := range v {
			v[name] = timeless(v[name])
		}
	case []any:
		for i := range v {
			v[i] = timeless(v[i])
		}
	}
	return v
}

// Diff names what differs between the state that should be and the one that is; "" for nothing.
func (s State) Diff(is State) string {
	var all []string
	for _, path := range slices.Sorted(maps.Keys(s)) {
		switch is, ok := is[path]; {
		case !ok:
			all = append(all, path+" is missing")
		case is != s[path]:
			all = append(all, fmt.Sprintf("%s is another", path))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(is)) {
		if _, ok := s[path]; !ok {
			all = append(all, path+" is left over")
		}
	}
	return strings.Join(all, ", ")
}

// Copy copies a folder, or a file.
func Copy(from, to string) error {
	info, err := os.Stat(from)
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	if info.IsDir() {
		err = os.CopyFS(to, os.DirFS(from))
	} else {
		var data []byte
		if data, err = os.ReadFile(from); err == nil {
			err = os.WriteFile(to, data, 0o644)
		}
	}
	if err != nil {
		return fmt.Errorf("target: copy %s: %w", from, err)
	}
	return nil
}
