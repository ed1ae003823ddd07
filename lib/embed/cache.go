package embed

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gomlx/compute/dtypes/float16"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/feed"
	"imagelab/lib/internal/filelock"
	"imagelab/lib/internal/seal"
	"imagelab/lib/progress"
)

// version of the features. Raise it when the same photo and options give others.
const version = 1

// Sizes of a record's parts, bytes: the photo's key, its features in float16, little endian, and
// the CRC-32C of both.
const (
	keySize = 32
	sumSize = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// cache holds the features of photos by [feed.Key]. Its file is appended to, so that a killed
// process loses at most the record it was writing.
type cache struct {
	path   string            // empty: in memory only
	width  int               // features of a photo
	rows   map[string][]byte // float16, by key
	file   *os.File          // for appending; nil until lock
	locked *filelock.Lock
}

func openCache(r resolved) (*cache, error) {
	c := &cache{width: r.spec.Features, rows: map[string][]byte{}}
	if r.cache == "" {
		return c, nil
	}
	ref, err := asset.Lookup(r.spec.Weights)
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	text, err := json.Marshal(r.spec)
	if err != nil {
		return nil, fmt.Errorf("embed: %w", err)
	}
	of := fmt.Appendf(nil, "%d %s %s %d", version, text, ref.Payload.SHA256, r.size)
	if r.turn != 0 {
		of = fmt.Appendf(of, " turn %d", r.turn)
	}
	digest := sha256.Sum256(of)
	c.path = filepath.Join(r.cache, fmt.Sprintf("embeddings-%s-%d-%s.f16", r.spec.Name, r.size,
		hex.EncodeToString(digest[:6])))
	return c, c.load()
}

func (c *cache) recordSize() int { return keySize + 2*c.width + sumSize }

// load reads the file. Records that are damaged or were torn are passed over: their photos are
// computed anew.
func (c *cache) load() error {
	data, err := seal.Read(c.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("embed: %w; delete it", err)
	}
	c.records(data, func(key string, record []byte) { c.rows[key] = record[keySize : len(record)-sumSize] })
	return nil
}

// records calls take for each whole record of a file's bytes.
func (c *cache) records(data []byte, take func(key string, record []byte)) {
	for size := c.recordSize(); len(data) >= size; data = data[size:] {
		body, sum := data[:size-sumSize], data[size-sumSize:size]
		if crc32.Checksum(body, castagnoli) == binary.LittleEndian.Uint32(sum) {
			take(string(body[:keySize]), data[:size])
		}
	}
}

// lacks reports whether there is a key without features.
func (c *cache) lacks(keys []string) bool {
	for _, key := range keys {
		if _, ok := c.rows[key]; !ok {
			return true
		}
	}
	return false
}

// lock waits until nobody else writes the file, and reads it again. The owner calls close.
func (c *cache) lock(ctx context.Context, p progress.Func) error {
	if c.path == "" {
		return nil
	}
	err := os.MkdirAll(filepath.Dir(c.path), 0o755)
	if err == nil {
		c.locked, err = filelock.Wait(ctx, c.path+".lock", p)
	}
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("embed: %w; make the folder writable, or work on a copy of the data set", err)
	}
	if err := c.open(); err != nil {
		c.close()
		return fmt.Errorf("embed: %w", err)
	}
	return nil
}

// open reads what was added since, and cuts off a record that was torn.
func (c *cache) open() (err error) {
	if err := c.load(); err != nil {
		return err
	}
	if c.file, err = os.OpenFile(c.path, os.O_CREATE|os.O_APPEND|os.O_WRONLY|filelock.NoFollow, 0o644); err != nil {
		return err
	}
	info, err := c.file.Stat()
	if err != nil {
		return err
	}
	return c.file.Truncate(info.Size() - info.Size()%int64(c.recordSize()))
}

// close may be called of a cache that was not locked.
func (c *cache) close() {
	if c.file != nil {
		c.file.Close()
	}
	if c.locked != nil {
		c.locked.Close()
	}
}

// add keeps the features of images: data is their rows of float16, in the machine's byte order, and
// those of the padding.
func (c *cache) add(images []dataset.Image, data []byte) error {
	var records []byte
	for i, im := range images {
		key, at := feed.Key([]dataset.Image{im}), len(records)
		records = append(records, key...)
		for j := range c.width {
			records = binary.LittleEndian.AppendUint16(records, binary.NativeEndian.Uint16(data[2*(i*c.width+j):]))
		}
		body := records[at:]
		c.rows[key] = body[keySize:]
		records = binary.LittleEndian.AppendUint32(records, crc32.Checksum(body, castagnoli))
	}
	return c.write(records)
}

// write appends records to the file, if there is one.
func (c *cache) write(records []byte) error {
	if c.file == nil {
		return nil
	}
	if _, err := c.file.Write(records); err != nil {
		return fmt.Errorf("embed: %w; make room on its disk and run the same command again", err)
	}
	return nil
}

// matrix are the features of photos by key, `[len(keys)][width]`; nil of those that are not known.
func (c *cache) matrix(keys []string) [][]float32 {
	flat := make([]float32, len(keys)*c.width)
	out := make([][]float32, len(keys))
	for i, key := range keys {
		if _, ok := c.rows[key]; !ok {
			continue
		}
		row := flat[i*c.width : (i+1)*c.width]
		for j := range row {
			row[j] = float16.FromBits(binary.LittleEndian.Uint16(c.rows[key][2*j:])).Float32()
		}
		out[i] = row
	}
	return out
}
