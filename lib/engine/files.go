package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Files holds the times of reading some files one after the other.
type Files struct {
	Files  int
	Bytes  int64   // of all together
	Cold   float64 // seconds, from the disk
	Warm   float64 // seconds, once more: the system has them in memory
	Cached bool    // Cold may have come from memory too: the page cache could not be dropped
}

// MeasureFiles asks the kernel to forget the files and times reading them, and then reading them
// again. The first time is the cost of reading in the first epoch, the second that in later epochs.
// The error names the file that cannot be read.
func MeasureFiles(ctx context.Context, paths []string) (Files, error) {
	m := Files{Files: len(paths)}
	for _, path := range paths {
		if err := forget(path); err != nil {
			m.Cached = true
		}
	}
	for _, seconds := range []*float64{&m.Cold, &m.Warm} {
		m.Bytes = 0
		start := time.Now()
		for _, path := range paths {
			if err := ctx.Err(); err != nil {
				return Files{}, err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return Files{}, fmt.Errorf("engine: %w", err)
			}
			m.Bytes += int64(len(data))
		}
		*seconds = time.Since(start).Seconds()
	}
	return m, nil
}

func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dropCache(f), f.Close())
}
