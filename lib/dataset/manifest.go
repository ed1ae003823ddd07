package dataset

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/dhash"
	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

const (
	setFile        = "set.json"
	manifestFile   = "manifest.jsonl"
	quarantineFile = "quarantine.jsonl"
	maxLine        = 1 << 20 // bytes; a manifest line is some hundred
)

// header is set.json. Images is -1 while ingest is under way, so that a killed ingest is never
// taken for a dataset.
type header struct {
	ID          string    `json:"id,omitempty"` // the name that decisions bear; older sets have none
	Root        string    `json:"root"`
	From        string    `json:"from,omitempty"`
	Source      string    `json:"source"`
	Images      int       `json:"images"`
	Quarantined int       `json:"quarantined"`
	LeftOut     []LeftOut `json:"left_out,omitempty"`
	Notes       []string  `json:"notes,omitempty"`

	Reading   *Reading `json:"reading,omitempty"`
	MaxPixels *int     `json:"max_pixels,omitempty"` // see IngestOptions; older sets do not say
}

// noSet says what to do with a folder that is no set: mostly it holds photos, or is not there.
func noSet(dir string) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return fmt.Errorf("dataset: %s is not a dataset folder: if photos are in it, make a set of them with "+
			"dataset.Ingest(%s, %s)", text.Name(dir), text.Path(dir), text.Path(filepath.Join("data", filepath.Base(dir))))
	}
	return fmt.Errorf("dataset: %s is not a dataset folder: make one with dataset.Ingest(PHOTOS, %s)",
		text.Name(dir), text.Path(dir))
}

// Load reads the dataset folder dir. The error says to run [Ingest] when there is no dataset, or
// when the ingest that should have made it did not finish.
func Load(dir string) (*Set, error) {
	h, err := readHeader(dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errForeign) {
		return nil, noSet(dir)
	}
	if errors.Is(err, seal.ErrDamaged) {
		return nil, fmt.Errorf("%w: run dataset.Ingest(PHOTOS, %s) with the photos it was made from: their split and marks "+
			"of copies stay", err, text.Path(dir))
	}
	if err != nil {
		return nil, err
	}
	data, err := seal.Read(filepath.Join(dir, manifestFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	again := fmt.Sprintf("run dataset.Ingest(%s, %s) again", text.Path(cmp.Or(h.From, h.Root)), text.Path(dir))
	if err != nil || h.Images < 0 {
		return nil, fmt.Errorf("dataset: the ingest into %s did not finish: %s, it continues", text.Name(dir), again)
	}
	digest := sha256.Sum256(data)
	images, err := readManifest(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w: %s, and then dedup and split", filepath.Join(dir, manifestFile), err, again)
	}
	if len(images) != h.Images {
		return nil, fmt.Errorf("dataset: %s has %d images but %s says %d: %s, and then dedup and split",
			filepath.Join(dir, manifestFile), len(images), setFile, h.Images, again)
	}
	s := &Set{Dir: dir, Root: h.Root, From: h.From, Source: h.Source, Quarantined: h.Quarantined,
		LeftOut: h.LeftOut, Notes: h.Notes, Images: images,
		reading: h.Reading, maxPixels: h.MaxPixels, manifest: string(digest[:])}
	s.identify(h.ID, images)
	if err := s.TakeDecisions(); err != nil {
		return nil, err
	}
	return s, nil
}

// errForeign says that a set.json is another program's: ours always has a root.
var errForeign = errors.New(setFile + " is another program's")

// readHeader reads set.json. The error is [seal.ErrDamaged] if it is damaged, and errForeign if it
// is none of ours.
func readHeader(dir string) (header, error) {
	var h header
	if err := seal.ReadJSON(filepath.Join(dir, setFile), &h); err != nil {
		return header{}, fmt.Errorf("dataset: %w", err)
	}
	if h.Root == "" {
		return header{}, fmt.Errorf("dataset: %s: %w", dir, errForeign)
	}
	return h, nil
}

// readManifest parses manifest lines. The error names the line. Paths must be unique and must stay
// inside their folder.
func readManifest(r io.Reader) ([]Image, error) {
	var images []Image
	seen := map[string]bool{}
	err := readLines(r, func(n int, line []byte) error {
		var im Image
		if err := seal.Parse(line, &im); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if err := im.check(); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if seen[im.Path] {
			return fmt.Errorf("line %d: path %q occurs twice", n, im.Path)
		}
		seen[im.Path] = true
		if isHex(im.Hash, 64) {
			im.Hash = "" // of an older version, which took another kind: it is not to be compared with those of this one
		}
		images = append(images, im)
		return nil
	})
	return images, err
}

func readLines(r io.Reader, each func(n int, line []byte) error) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, maxLine)
	n := 0
	for sc.Scan() {
		n++
		if len(sc.Bytes()) == 0 {
			continue
		}
		if err := each(n, sc.Bytes()); err != nil {
			return err
		}
	}
	if err := sc.Err(); err != nil {
		return fmt.Errorf("after line %d: %w", n, err)
	}
	return nil
}

// check refuses edited or foreign manifests: a path that leads out of the photo folder must not be
// read.
func (im Image) check() error {
	switch {
	case !filepath.IsLocal(filepath.FromSlash(im.Path)):
		return fmt.Errorf("path %q leads out of the photo folder", im.Path)
	case im.File != "" && !filepath.IsLocal(filepath.FromSlash(im.File)):
		return fmt.Errorf("file %q leads out of the dataset folder", im.File)
	case !isHex(im.SHA256, 64) || !isHex(im.Pixels, 64):
		return fmt.Errorf("%q: sha256 and pixels must have 64 hex digits", im.Path)
	case im.FileSHA256 != "" && !isHex(im.FileSHA256, 64):
		return fmt.Errorf("%q: file_sha256 must have 64 hex digits", im.Path)
	case im.Window.Validate() != nil:
		return fmt.Errorf("%q: %w", im.Path, im.Window.Validate())
	case im.Hash != "" && !isHex(im.Hash, 64) && !isFingerprint(im.Hash):
		return fmt.Errorf("%q: the hash is not a fingerprint: run dataset.Ingest again", im.Path)
	case im.Width < 1 || im.Height < 1:
		return fmt.Errorf("%q: width and height must be at least 1", im.Path)
	case !isSide(im.Split) || !isSide(im.GivenSplit):
		return fmt.Errorf("%q: split %q, given as %q, is not %s, %s or %s", im.Path, im.Split, im.GivenSplit, Train,
			Val, Test)
	}
	return nil
}

func isSide(s string) bool { return s == "" || s == Train || s == Val || s == Test }

func isFingerprint(s string) bool {
	_, err := dhash.Parse(s)
	return err == nil
}

func isHex(s string, n int) bool {
	for _, c := range s {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(s) == n
}

// Save writes the manifest and set.json, each under a temporary name that is then renamed: a reader
// sees the old or the new one, never half of it. It fails for a set that lives in memory only, and
// for one that another program has changed since it was loaded.
func (s *Set) Save() error {
	if s.Dir == "" {
		return errors.New("dataset: save: this set was read from a plain folder: make a dataset with dataset.Ingest first")
	}
	s.identify(s.id, s.Images)
	if err := s.checkUnchanged(); err != nil {
		return err
	}
	digest := sha256.New()
	err := WriteFile(filepath.Join(s.Dir, manifestFile), func(w io.Writer) error {
		return writeLines(io.MultiWriter(w, digest), s.Images)
	})
	if err != nil {
		return err
	}
	s.manifest = string(digest.Sum(nil))
	if err := s.saveHeader(len(s.Images)); err != nil {
		return err
	}
	if slices.ContainsFunc(s.Images, func(im Image) bool { return im.Hash == "" }) {
		return nil
	}
	return s.hashParts().Remove() // what they hold is in the manifest
}

func (s *Set) saveHeader(images int) error {
	h := header{ID: s.id, Root: s.Root, From: s.From, Reading: s.reading, MaxPixels: s.maxPixels, Source: s.Source,
		Images: images, Quarantined: s.Quarantined, LeftOut: s.LeftOut, Notes: s.Notes}
	return WriteJSON(filepath.Join(s.Dir, setFile), h)
}

// Quarantine returns the files that could not be used, with a reason each, in the order of their
// paths.
func (s *Set) Quarantine() ([]Rejected, error) {
	if s.Dir == "" {
		return s.rejected, nil
	}
	path := filepath.Join(s.Dir, quarantineFile)
	data, err := seal.Read(path)
	if err != nil {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	var out []Rejected
	err = readLines(bytes.NewReader(data), func(n int, line []byte) error {
		var r Rejected
		if err := seal.Parse(line, &r); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		out = append(out, r)
		return nil
	})
	if err == nil && len(out) != s.Quarantined {
		err = fmt.Errorf("it has %d of %d files: %w", len(out), s.Quarantined, seal.ErrDamaged)
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w: run dataset.Ingest(%s, %s) again", path, err, text.Path(s.from()),
			text.Path(s.Dir))
	}
	return out, nil
}

// writeLines writes a sealed line for each of list.
func writeLines[T any](w io.Writer, list []T) error {
	for _, v := range list {
		line, err := json.Marshal(v)
		if err != nil {
			return err
		}
		if _, err := w.Write(seal.Object(line)); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile writes path by [atomicfile.Write]: whole or not at all. The error says what to do about
// a full or read-only target.
func WriteFile(path string, write func(io.Writer) error) error {
	err := atomicfile.Write(path, 0, func(f *os.File) error {
		buf := bufio.NewWriter(f)
		if err := write(buf); err != nil {
			return err
		}
		return buf.Flush()
	})
	if err != nil {
		return fmt.Errorf("dataset: %w", err)
	}
	return nil
}

// WriteJSON writes v, a struct, as indented JSON with a seal by WriteFile. [ReadJSON] reads it.
// What does not become a JSON object, such as a slice, has no room for a seal and is an error.
func WriteJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err == nil && data[0] != '{' {
		err = fmt.Errorf("%T is no JSON object", v)
	}
	if err != nil {
		return fmt.Errorf("dataset: %s: %w", path, err)
	}
	return WriteFile(path, func(w io.Writer) error {
		_, err := w.Write(seal.Object(data))
		return err
	})
}

// ReadJSON reads what WriteJSON wrote into v. The error is fs.ErrNotExist if there is no file. A
// file that was changed or damaged is an error too; v may then hold parts of it.
func ReadJSON(path string, v any) error { return seal.ReadJSON(path, v) }

func writeError(path string, err error) error {
	return fmt.Errorf("dataset: write %s: %w (is the disk full, or the folder read-only? Make room or choose "+
		"another folder, then run the same command again)", path, err)
}
