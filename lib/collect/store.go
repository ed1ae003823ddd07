package collect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/folder"
	"imagelab/lib/internal/linefile"
	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

const (
	recordDir   = folder.CollectDir
	answersDir  = "answers"
	fetchedFile = "fetched.jsonl"
)

// answer is what a provider said, as it is kept.
type answer struct {
	Address string    `json:"address"` // with {key} where the key was
	Time    time.Time `json:"time"`
	Body    string    `json:"body"`
}

// outcome is what became of the address of a photo: a line of .collect/fetched.jsonl.
type outcome struct {
	Address string    `json:"address"`
	SHA256  string    `json:"sha256,omitempty"` // of a photo that can be decoded
	File    string    `json:"file,omitempty"`   // where it was put first, a slash path
	Format  string    `json:"format,omitempty"`
	Width   int       `json:"width,omitempty"`
	Height  int       `json:"height,omitempty"`
	Bytes   int64     `json:"bytes,omitempty"`
	Time    time.Time `json:"time"`

	Fetched bool   `json:"fetched,omitempty"` // all bytes came, whatever they are
	Reason  string `json:"reason,omitempty"`  // why there is no photo, in a few words
	Detail  string `json:"detail,omitempty"`
	Later   bool   `json:"later,omitempty"` // it is tried again when the command runs again
}

func (o outcome) good() bool { return o.SHA256 != "" }

// records is what a folder keeps for later runs and for replays.
type records struct {
	dir      string // of the collection
	outcomes map[string]outcome

	mu   sync.Mutex
	file *os.File // nil: it is only read
}

// openRecords reads the records of the collection in dir. They are added to if `write` is set.
func openRecords(dir string, write bool) (*records, error) {
	r := &records{dir: dir, outcomes: map[string]outcome{}}
	path := filepath.Join(dir, recordDir, fetchedFile)
	if write {
		if err := os.MkdirAll(filepath.Join(dir, recordDir, answersDir), 0o755); err != nil {
			return nil, fmt.Errorf("collect: %w", err)
		}
	}
	err := eachLine(path, func(o outcome) { r.outcomes[o.Address] = o })
	if err == nil && write {
		r.file, err = linefile.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("collect: %w", err)
	}
	return r, nil
}

// eachLine reads the whole lines of a sealed file. A torn or damaged one is left out: what it was
// about is done again.
func eachLine[T any](path string, do func(T)) error {
	data, err := seal.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for line := range bytes.Lines(data) {
		var v T
		if seal.Parse(line, &v) == nil {
			do(v)
		}
	}
	return err
}

// add keeps an outcome before anything counts on it.
func (r *records) add(o outcome) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outcomes[o.Address] = o
	return writeLine(r.file, o)
}

func (r *records) of(address string) (outcome, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	o, ok := r.outcomes[address]
	return o, ok
}

func (r *records) close() error { return r.file.Close() }

// writeLine appends a sealed line in one write.
func writeLine(f *os.File, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	if _, err := f.Write(seal.Object(line)); err != nil {
		return fmt.Errorf("collect: write %s: %w; make room on its disk and run the same command again, it continues",
			text.Name(f.Name()), err)
	}
	return nil
}

func (r *records) answerFile(address string) string {
	sum := sha256.Sum256([]byte(address))
	return filepath.Join(r.dir, recordDir, answersDir, hex.EncodeToString(sum[:12])+".json")
}

// answer is what was recorded for an address.
func (r *records) answer(address string) (answer, bool) {
	var a answer
	err := dataset.ReadJSON(r.answerFile(address), &a)
	return a, err == nil && a.Address == address
}

func (r *records) keep(a answer) error { return dataset.WriteJSON(r.answerFile(a.Address), a) }

// name is the file of a photo: of its class and content alone, nothing that others said.
func name(class, sha256, format string) string {
	ext := format
	if format == "jpeg" {
		ext = "jpg"
	}
	return class + "/" + sha256[:24] + "." + ext
}

// put writes a photo into the collection.
func (r *records) put(file string, data []byte) error {
	path := filepath.Join(r.dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	err := atomicfile.Write(path, int64(len(data)), func(f *os.File) error { _, err := f.Write(data); return err })
	if err != nil {
		return fmt.Errorf("collect: %w", err)
	}
	return nil
}

// load reads the photo of an outcome, which must be as it was.
func (r *records) load(o outcome, most int64) ([]byte, error) {
	if !filepath.IsLocal(filepath.FromSlash(o.File)) {
		return nil, errors.New("its record leads out of the folder")
	}
	f, err := os.Open(filepath.Join(r.dir, filepath.FromSlash(o.File)))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(data); hex.EncodeToString(sum[:]) != o.SHA256 {
		return nil, errors.New("its file was changed since it was recorded")
	}
	return data, nil
}
