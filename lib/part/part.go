// Package part divides long work among processes that share a folder: which photo is whose, a file
// for what each process found, and a marker that says that the file is whole.
//
// A process calls [Job.Run] for its [Shard]. When all parts are marked, [Job.Whole] returns their
// files, and who has put them together calls [Job.Remove]. A process that dies leaves no marker,
// and the next one for its shard continues.
package part

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/seal"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Folder is the folder of all parts, in the folder of a set.
const Folder = "parts"

// Job is work that is done in parts.
type Job struct {
	Dir  string // folder of the set
	Name string // of the work, such as "ingest": letters, digits and dashes
	Of   string // what all parts must agree on, such as a digest of the options
	Do   string // what does a part, for errors, such as "dataset.IngestPart"
}

// Done is what a process did for its part.
type Done struct {
	Photos int  `json:"photos"` // that the part holds
	Broken int  `json:"broken"` // files of the part that cannot be used
	Before bool `json:"before"` // the part was done already, and nothing was read
}

// marker is the file NAME-I-of-N.done.
type marker struct {
	Of     string `json:"of"`
	Photos int    `json:"photos"`
	Broken int    `json:"broken,omitempty"`
	Bytes  int64  `json:"bytes"`  // of the part's file
	SHA256 string `json:"sha256"` // of the part's file
}

// IsFolder reports whether dir is the folder of a set as its folder of parts shows, which holds one
// file at least and no others than those of parts.
func IsFolder(dir string) bool {
	entries, err := os.ReadDir(filepath.Join(dir, Folder))
	return err == nil && len(entries) > 0 && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !fileName.MatchString(e.Name()) && !atomicfile.Unfinished(e.Name())
	})
}

// fileName matches the name of a part's file, and of those that lie beside it.
var fileName = regexp.MustCompile(`^([a-zA-Z0-9-]+)-([0-9]+)-of-([0-9]+)(\.[a-z]+)*$`)

// File is the file of what a part found.
func (j Job) File(s Shard) string {
	return filepath.Join(j.Dir, Folder, fmt.Sprintf("%s-%d-of-%d", j.Name, s.Index, s.Count))
}

func (j Job) marker(s Shard) string { return j.File(s) + ".done" }

// Run waits until no other process does part s, calls work, which writes what it found to file, and
// marks the part as whole. Where the part is done already, work is not called. Parts of another
// number of shards are an error.
func (j Job) Run(ctx context.Context, s Shard, p progress.Func, work func(file string) (Done, error)) (Done, error) {
	if err := j.admit(s); err != nil {
		return Done{}, err
	}
	lock, err := filelock.Wait(ctx, j.File(s)+".lock", p)
	if err != nil {
		return Done{}, fmt.Errorf("part: %w", err)
	}
	defer lock.Close()
	switch m, err := j.look(s); {
	case err == nil:
		return Done{Photos: m.Photos, Broken: m.Broken, Before: true}, nil
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, seal.ErrDamaged):
		return Done{}, err
	}
	done, err := work(j.File(s))
	if err != nil {
		return Done{}, err
	}
	return done, j.finish(s, done)
}

// admit makes the folder of parts, and is an error where s does not belong there.
func (j Job) admit(s Shard) error {
	if s.Index < 1 || s.Index > s.Count || s.Count > mostShards {
		return fmt.Errorf("part: %d of %d is no part: give I/N with I from 1 to N, and N up to %d", s.Index, s.Count,
			mostShards)
	}
	if err := os.MkdirAll(filepath.Join(j.Dir, Folder), 0o755); err != nil {
		return fmt.Errorf("part: %w; choose a folder that can be written", err)
	}
	count, err := j.count()
	if err != nil {
		return err
	}
	if count != 0 && count != s.Count {
		return fmt.Errorf("part: %s has parts of %d, and %s is of another number: give every process %d, or delete %s "+
			"to begin anew", text.Name(j.Dir), count, s, count, text.Path(filepath.Join(j.Dir, Folder)))
	}
	return nil
}

// finish marks part s, whose file is written, as whole.
func (j Job) finish(s Shard, done Done) error {
	size, sum, err := digest(j.File(s))
	if err != nil {
		return fmt.Errorf("part: %w", err)
	}
	line, err := json.Marshal(marker{Of: j.Of, Photos: done.Photos, Broken: done.Broken, Bytes: size, SHA256: sum})
	if err == nil {
		err = atomicfile.Write(j.marker(s), 0, func(f *os.File) error {
			_, err := f.Write(seal.Object(line))
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("part: %w", err)
	}
	return nil
}

// Whole returns the files of all parts, in their order, and none where no process has begun one. It
// is an error that names the parts, and what to do, if some are not done, are torn, or are parts of
// other work.
func (j Job) Whole() ([]string, error) {
	count, err := j.count()
	if err != nil || count == 0 {
		return nil, err
	}
	var files, lacking, torn []string
	for i := range count {
		s := Shard{i + 1, count}
		switch _, err := j.look(s); {
		case errors.Is(err, fs.ErrNotExist):
			lacking = append(lacking, strconv.Itoa(s.Index))
		case errors.Is(err, seal.ErrDamaged):
			torn = append(torn, strconv.Itoa(s.Index))
		case err != nil:
			return nil, err
		}
		files = append(files, j.File(s))
	}
	if what := undone(lacking, torn); what != "" {
		return nil, fmt.Errorf("part: of the %d parts in %s, %s: run %s for these (a shared folder may also show a file "+
			"late: then try again in a minute), or delete the folder to do all here", count,
			text.Path(filepath.Join(j.Dir, Folder)), what, j.Do)
	}
	return files, nil
}

func undone(lacking, torn []string) string {
	var told []string
	if len(lacking) > 0 {
		told = append(told, "not done: "+listed(lacking))
	}
	if len(torn) > 0 {
		told = append(told, "damaged: "+listed(torn))
	}
	return strings.Join(told, ", ")
}

const (
	mostListed = 10
	mostShards = 100_000
)

func listed(parts []string) string {
	if more := len(parts) - mostListed; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(parts[:mostListed], ", "), more)
	}
	return strings.Join(parts, ", ")
}

// Remove deletes the parts.
func (j Job) Remove() error {
	names, _, err := j.files()
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Remove(filepath.Join(j.Dir, Folder, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("part: %w", err)
		}
	}
	os.Remove(filepath.Join(j.Dir, Folder)) // where it holds no parts of other work
	return nil
}

// look returns the marker of part s if it is that of the part's file. The error is fs.ErrNotExist
// if there is none, and [seal.ErrDamaged] if the file is another.
func (j Job) look(s Shard) (marker, error) {
	var m marker
	if err := seal.ReadJSON(j.marker(s), &m); err != nil {
		return m, err
	}
	if m.Of != j.Of {
		return m, fmt.Errorf("part: part %s in %s was done of other photos or with other options: give the same as then, "+
			"or delete the folder to begin anew", s, text.Path(filepath.Join(j.Dir, Folder)))
	}
	size, sum, err := digest(j.File(s))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, fmt.Errorf("part: %w", err)
	}
	if size != m.Bytes || sum != m.SHA256 {
		return m, seal.ErrDamaged
	}
	return m, nil
}

// count is the number of shards that the parts in the folder are of, and 0 where there are none.
func (j Job) count() (int, error) {
	names, counts, err := j.files()
	if err != nil || len(names) == 0 {
		return 0, err
	}
	if slices.Min(counts) != slices.Max(counts) {
		return 0, fmt.Errorf("part: %s holds parts of %d and of %d: delete those of one number, or the folder",
			text.Path(filepath.Join(j.Dir, Folder)), slices.Min(counts), slices.Max(counts))
	}
	return counts[0], nil
}

// files are the names of the work's files in the folder, and the number of shards that each is of.
func (j Job) files() (names []string, counts []int, err error) {
	entries, err := os.ReadDir(filepath.Join(j.Dir, Folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("part: %w", err)
	}
	for _, e := range entries {
		m := fileName.FindStringSubmatch(e.Name())
		if m == nil || m[1] != j.Name {
			continue
		}
		if n, err := strconv.Atoi(m[3]); err == nil && n > 0 && n <= mostShards {
			names, counts = append(names, e.Name()), append(counts, n)
		}
	}
	return names, counts, nil
}

func digest(file string) (size int64, sum string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	h := sha256.New()
	size, err = io.Copy(h, f)
	return size, hex.EncodeToString(h.Sum(nil)), err
}
