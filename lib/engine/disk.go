package engine

import (
	"context"
	"errors"
	"io"
	"os"
	"time"
)

// diskProbe is how much MeasureDisk writes and reads, bytes.
const diskProbe = 256 << 20

// Disk is how fast a folder's disk reads.
type Disk struct {
	BytesPerSecond float64 `json:"bytes_per_second"` // sequential read; 0 when not measured
	Bytes          int64   `json:"bytes"`            // read for the measurement
	// the bytes may have come from memory: the page cache could not be dropped
	Cached  bool   `json:"cached"`
	Problem string `json:"problem,omitempty"`
}

// MeasureDisk writes a temporary file of 256 MB into dir, asks the kernel to forget it, and times
// reading it back. The file is removed. On a disk so slow that writing takes over 2 seconds the
// file is shorter.
func MeasureDisk(ctx context.Context, dir string) Disk {
	d, err := measureDisk(ctx, dir)
	if err != nil {
		return Disk{Problem: err.Error()}
	}
	return d
}

func measureDisk(ctx context.Context, dir string) (d Disk, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return Disk{}, err
	}
	f, err := os.CreateTemp(dir, "disk-speed-")
	if err != nil {
		return Disk{}, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	if err := fillFile(ctx, f); err != nil {
		return Disk{}, err
	}
	if err := f.Sync(); err != nil { // the kernel forgets only what is on the disk
		return Disk{}, err
	}
	d.Cached = dropCache(f) != nil
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return Disk{}, err
	}
	start := time.Now()
	d.Bytes, err = readAll(f)
	d.BytesPerSecond = float64(d.Bytes) / time.Since(start).Seconds()
	return d, err
}

// fillFile writes up to diskProbe bytes that do not compress to nothing.
func fillFile(ctx context.Context, f *os.File) error {
	block := make([]byte, 1<<20)
	for start, n := time.Now(), 0; n < diskProbe && time.Since(start) < 2*time.Second; n += len(block) {
		if err := ctx.Err(); err != nil {
			return err
		}
		for i := range block {
			block[i] = byte(i*i>>3 + n>>20)
		}
		if _, err := f.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// readAll reads f to its end in large blocks and returns their sum, bytes.
func readAll(f *os.File) (int64, error) {
	var total int64
	block := make([]byte, 1<<20)
	for {
		n, err := f.Read(block)
		total += int64(n)
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}
