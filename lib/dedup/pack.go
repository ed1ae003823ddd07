package dedup

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"

	"imagelab/lib/internal/dhash"
	"imagelab/lib/photo"
	"imagelab/lib/progress"
	"imagelab/lib/text"
)

// Sizes in the files of a pack, bytes.
const (
	packHeader = 32
	hashSize   = 64
	cellsSize  = 3 * len(dhash.Cells{})
)

// packMagic stands at the start of both files. It names the version of fingerprints, since those of
// another one cannot be compared with them.
var packMagic = []byte("imagelab fingerprints 2\n")

// Pack is fingerprints on disk, for more photos than manifests are made for: ten million take 640
// MB of memory for what is compared, and 5 GB on disk. Its files are NAME.hashes and NAME.cells;
// fingerprints are numbered from 0 on, and new ones are added at the end. One goroutine at a time
// may use it, and one program.
type Pack struct {
	hashes, cells *os.File
	n             int
	bufHash       *bufio.Writer
	bufCells      *bufio.Writer
}

// OpenPack opens the pack name, or makes an empty one. Files of another version are an error. The
// caller calls Close.
func OpenPack(name string) (*Pack, error) {
	p := &Pack{}
	var err error
	if p.hashes, err = openPart(name + ".hashes"); err == nil {
		if p.cells, err = openPart(name + ".cells"); err == nil {
			err = p.count(name)
		}
	}
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("dedup: %w", err)
	}
	p.bufHash, p.bufCells = bufio.NewWriterSize(p.hashes, 1<<20), bufio.NewWriterSize(p.cells, 1<<20)
	return p, nil
}

func openPart(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	head := make([]byte, packHeader)
	n, err := io.ReadFull(f, head)
	want := append(bytes.Clone(packMagic), make([]byte, packHeader-len(packMagic))...)
	switch {
	case n == 0:
		_, err = f.Write(want)
	case err == nil && !bytes.Equal(head, want):
		err = fmt.Errorf("%s holds no fingerprints of this version: delete it and make it anew", text.Name(path))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// count finds how many fingerprints both files hold, and goes to their end. What was torn is
// written over.
func (p *Pack) count(name string) error {
	sizes := [2]int{hashSize, cellsSize}
	for k, f := range [2]*os.File{p.hashes, p.cells} {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if n := int(info.Size()-packHeader) / sizes[k]; k == 0 || n < p.n {
			p.n = n
		}
	}
	if p.n >= 1<<31 {
		return fmt.Errorf("%s holds %d fingerprints, more than 2^31", text.Name(name), p.n)
	}
	for k, f := range [2]*os.File{p.hashes, p.cells} {
		end := int64(packHeader + p.n*sizes[k])
		if err := f.Truncate(end); err != nil {
			return err
		}
		if _, err := f.Seek(end, io.SeekStart); err != nil {
			return err
		}
	}
	return nil
}

// Len is the number of fingerprints.
func (p *Pack) Len() int { return p.n }

// Add adds a fingerprint under the next number. Leave out those of blank photos.
func (p *Pack) Add(f photo.Fingerprint) error {
	var raw [hashSize]byte
	for i, word := range f.Hash {
		binary.LittleEndian.PutUint64(raw[8*i:], word)
	}
	_, err := p.bufHash.Write(raw[:])
	for _, cell := range f.Cells {
		if err == nil {
			_, err = p.bufCells.Write(cell[:])
		}
	}
	if err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	p.n++
	return nil
}

func (p *Pack) flush() error {
	if err := p.bufHash.Flush(); err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	if err := p.bufCells.Flush(); err != nil {
		return fmt.Errorf("dedup: %w", err)
	}
	return nil
}

// Close writes what was added and closes the files.
func (p *Pack) Close() (err error) {
	if p.bufHash != nil {
		err = p.flush()
	}
	for _, f := range [2]*os.File{p.hashes, p.cells} {
		if f != nil {
			if e := f.Close(); err == nil {
				err = e
			}
		}
	}
	return err
}

// cellsOf reads the cells of a fingerprint. Several goroutines may call it.
func (p *Pack) cellsOf(i int) (c dhash.Cells, err error) {
	var raw [cellsSize]byte
	if _, err := p.cells.ReadAt(raw[:], int64(packHeader+i*cellsSize)); err != nil {
		return c, fmt.Errorf("dedup: %w", err)
	}
	for k := range c {
		copy(c[k][:], raw[3*k:])
	}
	return c, nil
}

// scan reads the hashes block by block: from is the number of the first of a block.
func (p *Pack) scan(ctx context.Context, each func(from int, block []byte) error) error {
	if err := p.flush(); err != nil {
		return err
	}
	const many = 1 << 15
	buf := make([]byte, many*hashSize)
	for from := 0; from < p.n; from += many {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		block := buf[:min(many, p.n-from)*hashSize]
		if _, err := p.hashes.ReadAt(block, int64(packHeader+from*hashSize)); err != nil {
			return fmt.Errorf("dedup: %w", err)
		}
		if err := each(from, block); err != nil {
			return err
		}
	}
	return nil
}

func hashIn(block []byte) (h dhash.Hash) {
	for i := range h {
		h[i] = binary.LittleEndian.Uint64(block[8*i:])
	}
	return h
}

// Near returns the numbers of all fingerprints at most distance from f, ascending, by reading all
// hashes once: a photo that comes later needs no index.
func (p *Pack) Near(ctx context.Context, f photo.Fingerprint, distance int) ([]int, error) {
	var found []int
	mirrored := f.Hash.Mirrored()
	err := p.scan(ctx, func(from int, block []byte) error {
		near, err := p.nearIn(ctx, from, block, f, &mirrored, distance)
		found = append(found, near...)
		return err
	})
	slices.Sort(found)
	return found, err
}

// nearIn is Near for a block, on all cores.
func (p *Pack) nearIn(ctx context.Context, from int, block []byte, f photo.Fingerprint, mirrored *dhash.Hash,
	distance int) ([]int, error) {
	n, workers := len(block)/hashSize, runtime.GOMAXPROCS(0)
	parts := make([][]int, workers)
	err := progress.Each(ctx, workers, "", nil, func(w int) error {
		for i := w * n / workers; i < (w+1)*n/workers; i++ {
			h := hashIn(block[i*hashSize:])
			if !h.Within(&f.Hash, distance) && !h.Within(mirrored, distance) {
				continue
			}
			cells, err := p.cellsOf(from + i)
			if err != nil {
				return err
			}
			if f.Distance(photo.Fingerprint{Hash: h, Cells: cells}) <= distance {
				parts[w] = append(parts[w], from+i)
			}
		}
		return nil
	})
	return slices.Concat(parts...), err
}

// Groups returns the numbers of fingerprints that are copies of one another, ascending, as [Run]
// groups photos: each is at most distance from the first of its group.
func (p *Pack) Groups(ctx context.Context, distance int, report progress.Func) ([][]int, error) {
	hashes := make([]dhash.Hash, p.n)
	err := p.scan(ctx, func(from int, block []byte) error {
		for i := range len(block) / hashSize {
			hashes[from+i] = hashIn(block[i*hashSize:])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	numbers, err := dhash.Components(ctx, hashes, p.cellsOf, distance, report)
	if err != nil {
		return nil, err
	}
	size := make([]int32, p.n)
	for _, of := range numbers {
		size[of]++
	}
	g := newGrouper(nil, distance)
	for i, of := range numbers {
		if size[of] < 2 {
			continue
		}
		cells, err := p.cellsOf(i)
		if err != nil {
			return nil, err
		}
		if err := g.place([]int{i}, photo.Fingerprint{Hash: hashes[i], Cells: cells}.String()); err != nil {
			return nil, fmt.Errorf("dedup: %w", err)
		}
	}
	return several(g.groups), nil
}
