package feed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"time"

	"imagelab/lib/progress"
)

// Sizes, in bytes, of what follows the rows of a store: the time that it took to make, in
// nanoseconds, and a digest.
const (
	costSize = 8
	sealSize = costSize + sha256.Size
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksum of a row: CRC-32C, which processors compute at some 20 GB/s, so that a store can be
// checked whenever it is opened.
func checksum(row []byte) uint32 { return crc32.Checksum(row, castagnoli) }

// seal returns the cost and a sha256 over the cost, the file's name (which says what the rows were
// made from), the size of a row, and the checksums of all rows.
func seal(path string, cost time.Duration, rowBytes int, sums []uint32) []byte {
	h := sha256.New()
	fmt.Fprintln(h, "imagelab store 2", filepath.Base(path), int64(cost), len(sums), rowBytes)
	binary.Write(h, binary.LittleEndian, sums) // a hash does not fail
	return h.Sum(binary.LittleEndian.AppendUint64(nil, uint64(cost)))
}

// checkSeal reads all rows and the cost, and returns [ErrAbsent] unless the seal after them
// matches.
func (s *Store) checkSeal(path string) error {
	sums := make([]uint32, s.Rows)
	err := progress.Each(context.Background(), s.Rows, "", nil, func(i int) error {
		sums[i] = checksum(s.Row(i))
		return nil
	})
	if err != nil {
		return err
	}
	behind := s.data[s.Rows*s.RowBytes:]
	s.Cost = time.Duration(binary.LittleEndian.Uint64(behind))
	if !bytes.Equal(seal(path, s.Cost, s.RowBytes, sums), behind) {
		return ErrAbsent
	}
	return nil
}
