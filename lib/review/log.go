package review

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/linefile"
	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

// File is the name of the log in the folder of a set.
const File = "review.jsonl"

// ErrReplaced says that the log is shorter than what was read of it: another file stands in its
// place. Read it from the start.
var ErrReplaced = errors.New("the log of decisions was replaced by another file")

// Log is the log of one set. Goroutines and programs may use it at the same time.
type Log struct {
	path string
	set  string
}

// Open returns the log in the dataset folder dir. set is the name that the decisions of this set
// bear, see dataset.Set.Decisions. The file is made by the first Append.
func Open(dir, set string) *Log { return &Log{path: filepath.Join(dir, File), set: set} }

// Path is the path of the log.
func (l *Log) Path() string { return l.path }

// Aside is a line of the log that does not count. It stays in the file.
type Aside struct {
	Line   int64  `json:"line"`   // number of the line, counted from 1 at the offset where reading began
	Offset int64  `json:"offset"` // of its first byte in the file
	Reason string `json:"reason"`
}

// Part is what a stretch of the log holds.
type Part struct {
	Decisions []Decision
	Aside     []Aside
	Next      int64 // offset for the next [Log.Since], bytes
}

// Append writes decisions at the end of the log and returns them as they were written. When it
// returns without an error, they are on the disk. Those of one call are one batch. It waits for
// other programs that are writing, each for a moment.
func (l *Log) Append(ctx context.Context, decisions ...Decision) ([]Decision, error) {
	if len(decisions) == 0 {
		return nil, nil
	}
	written, lines, err := l.lines(decisions)
	if err != nil {
		return nil, fmt.Errorf("review: %w", err)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock, err := filelock.Data(l.path)
	if err != nil {
		return nil, l.cannotWrite(err)
	}
	defer lock.Close()
	if err := linefile.Append(l.path, lines); err != nil {
		return nil, l.cannotWrite(err)
	}
	return written, nil
}

func (l *Log) cannotWrite(err error) error {
	return fmt.Errorf("review: write %s: %w (is the disk full, or the folder read-only? Make room, then decide again)",
		text.Name(l.path), err)
}

// lines are the sealed lines of decisions, each with what Append gives it.
func (l *Log) lines(decisions []Decision) ([]Decision, []byte, error) {
	var out bytes.Buffer
	written := make([]Decision, len(decisions))
	for i, d := range decisions {
		d.ID, d.Set = newID(), l.set
		if d.Time.IsZero() {
			d.Time = time.Now()
		}
		d.Time = d.Time.UTC()
		if written[i] = d; len(decisions) > 1 {
			written[i].Batch = written[0].ID
		}
		if err := d.Validate(); err != nil {
			return nil, nil, err
		}
		line, err := json.Marshal(written[i])
		if err != nil {
			return nil, nil, err
		}
		out.Write(seal.Object(line))
	}
	return written, out.Bytes(), nil
}

func newID() string {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// Since reads the log from offset, which is 0 or the Next of an earlier call. The last line is left
// for the next call while it has no end. The error is [ErrReplaced] if the log is shorter than
// offset. A log that was never written is empty.
func (l *Log) Since(offset int64) (Part, error) {
	f, err := os.Open(l.path)
	if errors.Is(err, fs.ErrNotExist) && offset == 0 {
		return Part{}, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return Part{}, fmt.Errorf("review: %s: %w", text.Name(l.path), ErrReplaced)
	}
	if err != nil {
		return Part{}, fmt.Errorf("review: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return Part{}, fmt.Errorf("review: %w", err)
	case !info.Mode().IsRegular():
		return Part{}, fmt.Errorf("review: %s is not a file: move it away", text.Name(l.path))
	case info.Size() < offset:
		return Part{}, fmt.Errorf("review: %s: %w", text.Name(l.path), ErrReplaced)
	}
	data, err := io.ReadAll(io.NewSectionReader(f, offset, info.Size()-offset))
	if err != nil {
		return Part{}, fmt.Errorf("review: read %s: %w", text.Name(l.path), err)
	}
	return parse(data, offset, l.set), nil
}

// All reads the whole log, with its last line even if that has no end.
func (l *Log) All() (Part, error) {
	p, err := l.Since(0)
	if err != nil {
		return p, err
	}
	if info, err := os.Stat(l.path); err == nil && info.Size() > p.Next {
		p.Aside = append(p.Aside, Aside{Line: int64(len(p.Decisions) + len(p.Aside) + 1), Offset: p.Next, Reason: brokenOff})
	}
	return p, nil
}
