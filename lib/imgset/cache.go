package imgset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

const cacheFile = "ingest.cache.jsonl"

// cacheKey says that a file is unchanged.
type cacheKey struct {
	Path  string `json:"path"`
	Size  int64  `json:"size"`
	MTime int64  `json:"mtime"` // nanoseconds
}

type cacheLine struct {
	cacheKey
	Image Image `json:"image"`
}

// cache keeps finished photos in a file that is appended to, so that a killed ingest loses nothing but its last line.
type cache struct {
	known map[cacheKey]Image
	mu    sync.Mutex
	file  *os.File
}

func openCache(dir string) (*cache, error) {
	name := filepath.Join(dir, cacheFile)
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("imgset: %w", err)
	}
	c := &cache{known: map[cacheKey]Image{}}
	for line := range bytes.Lines(data) {
		var l cacheLine
		// A line that does not parse was torn when the process was killed: that photo is read again.
		if json.Unmarshal(line, &l) == nil && l.valid() {
			c.known[l.cacheKey] = l.Image
		}
	}
	if c.file, err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
		return nil, writeError(name, err)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		if _, err := c.file.WriteString("\n"); err != nil {
			return nil, writeError(name, err)
		}
	}
	return c, nil
}

// valid reports whether the line holds what ingest wrote: the path stands in the key, not in the image. A line without a
// hash is from before ingest took it; that photo is read again, so that one decoder has seen all of a set.
func (l cacheLine) valid() bool {
	im := l.Image
	im.Path = l.Path
	return im.Hash != "" && im.check() == nil
}

// add appends a finished photo in one write, so that lines of several workers do not mix.
func (c *cache) add(key cacheKey, im Image) error {
	if c == nil {
		return nil
	}
	line, err := json.Marshal(cacheLine{key, im})
	if err != nil {
		return fmt.Errorf("imgset: cache %s: %w", key.Path, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := c.file.Write(append(line, '\n')); err != nil {
		return writeError(c.file.Name(), err)
	}
	return nil
}

func (c *cache) close() { c.file.Close() }
