// Package folder finds out what a folder holds, so that no command writes among files of another
// command or of a person.
//
// Call [Check] before anything is written; [Look] returns what a folder holds.
package folder

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/part"
	"imagelab/lib/photo"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Kind says what a folder holds.
type Kind string

// Kinds. Those from Set to Sweep are what imagelab makes.
const (
	Empty      Kind = "empty" // or not there
	Set        Kind = "set"
	Run        Kind = "run"
	Model      Kind = "model" // of a run, alone
	Curve      Kind = "curve"
	TradeOff   Kind = "tradeoff"
	Sweep      Kind = "sweep"      // fits of an experiment, or of a curve or a trade-off that broke off early
	Collection Kind = "collection" // photos that collect fetched
	Photos     Kind = "photos"
	Checkout   Kind = "checkout"
	Home       Kind = "home"
	Cache      Kind = "cache"
	File       Kind = "file"
	Nowhere    Kind = "nowhere" // a link to what is not there
	Other      Kind = "other"
)

// CollectDir is the folder in a collection that holds its records.
const CollectDir = ".collect"

// says are the kinds in words, behind a folder's name.
var says = map[Kind]string{
	Empty: "is empty", Set: "is a data set that ingest made", Run: "is the run of a trained model",
	Model: "is a trained model", Curve: "holds a learning curve",
	TradeOff: "holds a comparison of models", Sweep: "holds the fits of an experiment", Photos: "holds photos",
	Collection: "holds photos that collect fetched",
	Checkout:   "is a git checkout", Home: "is a home folder or the root of a disk", Cache: "belongs to imagelab's cache",
	File: "is a file", Nowhere: "is a link to a place that is not there", Other: "holds other files",
}

// String says what the folder is, such as "holds photos".
func (k Kind) String() string { return says[k] }

// TakenError says that a folder is something else than what is to be written.
type TakenError struct {
	Dir string
	Is  Kind
}

// Error names the folder and says what it is and what to choose instead.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%s %s, and nothing else is written there: choose a new or empty folder", text.Name(e.Dir),
		says[e.Is])
}

// Check returns nil if `want` may be written into dir: the folder is missing, empty, or holds the
// same kind already, so that the same command continues. Otherwise the error is a [TakenError]. A
// new folder inside photos, which is the root of the photos in use or "", is refused too: the next
// ingest would take it for a class.
func Check(dir string, want Kind, photos string) error {
	is, err := Look(dir)
	if err != nil {
		return err
	}
	switch {
	case is == want, is == Sweep && (want == Curve || want == TradeOff):
		return nil
	case is != Empty:
		return &TakenError{dir, is}
	case photos != "" && inside(photos, dir):
		return fmt.Errorf("%s lies inside the photo folder %s, and the next ingest would take it for a class: "+
			"choose a folder elsewhere", text.Name(dir), text.Name(photos))
	}
	return checkAbove(dir)
}

// checkAbove refuses a new folder in a place where none can be, or where what is there belongs
// together.
func checkAbove(dir string) error {
	for above := filepath.Dir(resolve(dir)); above != filepath.Dir(above); above = filepath.Dir(above) {
		is := notFolder(above)
		if is == Empty && isFile(filepath.Join(above, "set.json")) && dataset.IsFolder(above) {
			is = Set
		}
		if is == Empty && isFile(filepath.Join(above, "model.json")) {
			is = Model
		}
		if is != Empty {
			return fmt.Errorf("%s lies inside %s, which %s: choose a folder elsewhere", text.Name(dir), text.Name(above), is)
		}
	}
	return nil
}

// notFolder is File or Nowhere, or else Empty.
func notFolder(path string) Kind {
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return File
	}
	if _, linkErr := os.Lstat(path); errors.Is(err, fs.ErrNotExist) && linkErr == nil {
		return Nowhere
	}
	return Empty
}

// Look says what dir is. Links are followed. A folder that cannot be read is an error.
func Look(dir string) (Kind, error) {
	if is := notFolder(dir); is != Empty {
		return is, nil
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return placeOf(dir), nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return Other, fmt.Errorf("folder: %w", err)
	}
	if place := placeOf(dir); place != Empty {
		return place, nil
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return IsNothing(e.Name()) })
	if len(entries) == 0 {
		return Empty, nil
	}
	return kindOf(dir, entries), nil
}

// IsNothing reports whether a name is one that systems, mounts and stopped commands leave in an
// empty folder.
func IsNothing(name string) bool {
	return atomicfile.Unfinished(name) || runlog.IsLock(name) ||
		slices.Contains([]string{".DS_Store", "Thumbs.db", "desktop.ini", "lost+found", "@eaDir", ".directory"}, name)
}

// placeOf is what dir is by where it lies, whether it is there or not: Home, Cache, or Empty for
// all other places.
func placeOf(dir string) Kind {
	if home, err := os.UserHomeDir(); err == nil && same(dir, home) || same(dir, string(filepath.Separator)) {
		return Home
	}
	if cache, err := asset.CacheDir(); err == nil && inside(cache, dir) {
		return Cache
	}
	return Empty
}

// kindOf tells by what lies in dir.
func kindOf(dir string, entries []fs.DirEntry) Kind {
	has := map[string]bool{}
	for _, e := range entries {
		has[e.Name()] = true
	}
	switch {
	case dataset.IsFolder(dir) || part.IsFolder(dir):
		return Set
	case has[".git"]:
		return Checkout
	case has[CollectDir]:
		return Collection
	}
	if kind := kindOfRecords(dir, has); kind != Other {
		return kind
	}
	switch {
	case has["model"] && isModel(filepath.Join(dir, "model")), has["checkpoint.safetensors"]:
		return Run
	case has["model.json"]:
		return Model
	case holdsPhotos(dir, entries, 2):
		return Photos
	}
	return Other
}

// modelFiles are what a model consists of.
var modelFiles = []string{"model.json", "weights.safetensors", "learned.json.gz"}

// isModel holds for the folder of a model, also of one whose writing broke off: a full disk may
// leave it empty.
func isModel(dir string) bool {
	entries, err := os.ReadDir(dir)
	return err == nil && !slices.ContainsFunc(entries, func(e fs.DirEntry) bool {
		return !slices.Contains(modelFiles, e.Name()) && !IsNothing(e.Name())
	})
}

// kindOfRecords tells by the first record of a fit, and by the figures of sweeps; Other where there
// is none.
func kindOfRecords(dir string, has map[string]bool) Kind {
	files, _ := filepath.Glob(filepath.Join(escape(dir), "records*.jsonl"))
	for _, file := range files {
		setting, verb, ok := firstFit(file)
		switch {
		case !ok:
			continue
		case setting == "":
			return Run
		case verb == "curve" || has["curve.svg"]:
			return Curve
		case verb == "tradeoff" || has["tradeoff.svg"] || has["speed.jsonl"]:
			return TradeOff
		}
		return Sweep
	}
	return Other
}

// escape keeps a folder's name from being a pattern.
func escape(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

// firstFit reads the setting of the first whole record, which train leaves empty, and the verb that
// made it.
func firstFit(path string) (setting, verb string, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return "", "", false
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 64<<20) // a record with its predictions may be long
	for lines.Scan() {
		var r struct {
			ID, Command string
			Setting     string `json:"arm"`
		}
		if json.Unmarshal(lines.Bytes(), &r) != nil || r.ID == "" {
			continue
		}
		if words := strings.Fields(r.Command); len(words) > 1 {
			verb = words[1]
		}
		return r.Setting, verb, true
	}
	return "", "", false
}

// holdsPhotos looks for a file named like a photo in dir and so many levels of folders below it.
func holdsPhotos(dir string, entries []fs.DirEntry, levels int) bool {
	for _, e := range entries {
		if !e.IsDir() && photo.NamedLikePhoto(e.Name()) {
			return true
		}
	}
	for _, e := range entries {
		if !e.IsDir() || levels == 0 {
			continue
		}
		below := filepath.Join(dir, e.Name())
		if more, err := os.ReadDir(below); err == nil && holdsPhotos(below, more, levels-1) {
			return true
		}
	}
	return false
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func same(a, b string) bool { return resolve(a) == resolve(b) }

// inside reports whether path is root or lies below it.
func inside(root, path string) bool {
	rel, err := filepath.Rel(resolve(root), resolve(path))
	return err == nil && filepath.IsLocal(rel)
}

// resolve is the absolute path without links, as far as it exists.
func resolve(path string) string {
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if to, err := filepath.EvalSymlinks(abs); err == nil {
		return to
	}
	if filepath.Dir(abs) == abs {
		return abs
	}
	return filepath.Join(resolve(filepath.Dir(abs)), filepath.Base(abs))
}
