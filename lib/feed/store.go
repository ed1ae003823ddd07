// Package feed holds what training reads over and over: decoded pixels and activations of frozen
// stages, in files of fixed-size rows that are memory-mapped, and the augmentation of pixels.
//
// Start with [Pack], which decodes every photo once, and [Pixels.Plain] or [Pixels.View] for what a
// network sees.
package feed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/progress"
)

// Store is a file of fixed-size rows, mapped read-only. The pages belong to the operating system's
// cache: a large store costs address space, not memory.
type Store struct {
	Rows, RowBytes int
	Cost           time.Duration // wall time that making it took, whenever that was
	data           []byte
}

// Row is the bytes of row i. Do not write to them, and do not use them after Close.
func (s *Store) Row(i int) []byte { return s.data[i*s.RowBytes : (i+1)*s.RowBytes] }

// First is the bytes of the first n rows. Do not write to them, and do not use them after Close.
func (s *Store) First(n int) []byte { return s.data[:n*s.RowBytes] }

// Close unmaps the file.
func (s *Store) Close() error {
	if s.data == nil {
		return nil
	}
	err := unmap(s.data)
	s.data = nil
	return err
}

// ErrAbsent says that there is no complete store under a path.
var ErrAbsent = errors.New("no complete file")

// OpenStore maps path if it holds rows of the size asked for, as they were written under this name.
// A file that is shorter, longer, damaged or renamed is [ErrAbsent], as none is. It is read once
// for that.
func OpenStore(path string, rows, rowBytes int) (*Store, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrAbsent
	}
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	size := int64(rows)*int64(rowBytes) + sealSize
	if info.Size() != size {
		return nil, ErrAbsent
	}
	s := &Store{Rows: rows, RowBytes: rowBytes}
	if s.data, err = mapFile(f, int(size)); err != nil {
		return nil, fmt.Errorf("feed: map %s: %w", path, err)
	}
	if err := s.checkSeal(path); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// BuildStore opens the store at path, or writes it first: fill puts row i into dst and is called
// from workers goroutines, at most rows times in all (0 workers: one per core). The file gets its
// name only when it is complete. stage names the work for p.
func BuildStore(ctx context.Context, path string, rows, rowBytes, workers int, stage string, p progress.Func,
	fill func(i int, dst []byte) error) (*Store, error) {
	if s, err := OpenStore(path, rows, rowBytes); !errors.Is(err, ErrAbsent) {
		return s, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("feed: %w; make the folder writable, or work on a copy of the data set", err)
	}
	err := atomicfile.Write(path, int64(rows)*int64(rowBytes)+sealSize, func(f *os.File) error {
		sums, start := make([]uint32, rows), time.Now()
		err := fillRows(ctx, f, rowBytes, workers, stage, p, sums, fill)
		if err == nil {
			_, err = f.WriteAt(seal(path, time.Since(start), rowBytes, sums), int64(rows)*int64(rowBytes))
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("feed: %w", err)
	}
	s, err := OpenStore(path, rows, rowBytes)
	if errors.Is(err, ErrAbsent) {
		return nil, fmt.Errorf("feed: %s does not read back as it was written: its disk may be failing, work on "+
			"another", path)
	}
	return s, err
}

// fillRows writes the rows with pwrite: through a mapping, a full disk would be a signal instead of
// an error. It puts the checksum of each row into `sums`.
func fillRows(ctx context.Context, f *os.File, rowBytes, workers int, stage string, p progress.Func, sums []uint32,
	fill func(i int, dst []byte) error) error {
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	buffers := make([][]byte, workers)
	for i := range buffers {
		buffers[i] = make([]byte, rowBytes)
	}
	return progress.EachWorker(ctx, workers, len(sums), stage, p, func(worker, i int) error {
		dst := buffers[worker]
		if err := fill(i, dst); err != nil {
			return err
		}
		sums[i] = checksum(dst)
		_, err := f.WriteAt(dst, int64(i)*int64(rowBytes))
		return err
	})
}

// Rechunk views the same bytes as rows of another size.
func (s *Store) Rechunk(rowBytes int) *Store {
	return &Store{Rows: s.Rows * s.RowBytes / rowBytes, RowBytes: rowBytes, Cost: s.Cost, data: s.data}
}
