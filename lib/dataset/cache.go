package dataset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"imagelab/lib/internal/linefile"
	"imagelab/lib/photo"
)

const (
	cacheFile = "ingest.cache." + photo.DecodeVersion
	cacheGlob = "ingest.cache.*" // those of other versions are deleted
)

// cacheLine holds what ingest found out about one photo, which Image.SHA256 identifies. It does not
// hold path, class and side.
type cacheLine struct {
	MaxPixels int   `json:"max_pixels,omitempty"` // what a downsized copy was made for
	Copies    int   `json:"copies,omitempty"`     // copiesVersion of what made the copy
	Image     Image `json:"image"`
}

// copiesVersion counts the ways in which downsized copies were made. Those of version 0 are the
// same for photos of up to widestOfOld pixels a row, and garbled for wider ones.
const (
	copiesVersion = 1
	widestOfOld   = 8191
)

// cache keeps finished photos by their content, in a file that is appended to, so that a killed
// ingest loses nothing but its last line. Each line begins with a digest of its rest.
type cache struct {
	known map[string]cacheLine // by content
	mu    sync.Mutex
	file  *os.File
}

func openCache(name string) (*cache, error) {
	if info, err := os.Lstat(name); err == nil && !info.Mode().IsRegular() {
		os.Remove(name) // a link, which would be followed out of the folder
	}
	data, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("dataset: %w", err)
	}
	c := &cache{known: map[string]cacheLine{}}
	c.know(data)
	if c.file, err = linefile.Open(name); err != nil {
		return nil, writeError(name, err)
	}
	return c, nil
}

// know takes in the lines of a cache file. A line that does not parse was torn when the process was
// killed: that photo is read again.
func (c *cache) know(data []byte) {
	for line := range bytes.Lines(data) {
		if l, ok := parseCacheLine(line); ok {
			c.known[l.Image.SHA256] = l
		}
	}
}

// removeOthers deletes the caches of other versions. If that fails, nothing breaks.
func removeOthers(dir string) {
	names, _ := filepath.Glob(filepath.Join(dir, cacheGlob)) // no error: the pattern is well-formed
	for _, name := range names {
		if filepath.Base(name) != cacheFile {
			os.Remove(name)
		}
	}
}

// lineDigest is the digest at the start of a cache line.
func lineDigest(rest []byte) string {
	sum := sha256.Sum256(rest)
	return hex.EncodeToString(sum[:8])
}

func parseCacheLine(line []byte) (l cacheLine, ok bool) {
	digest, rest, found := bytes.Cut(bytes.TrimSuffix(line, []byte("\n")), []byte(" "))
	if !found || string(digest) != lineDigest(rest) || json.Unmarshal(rest, &l) != nil {
		return l, false
	}
	im := l.Image
	im.Path = "photo"                                     // the lines have none
	return l, im.check() == nil && isFingerprint(im.Hash) // or else of a version that took another kind of hash
}

// add appends a finished photo in one write, so that lines of several workers do not mix.
func (c *cache) add(l cacheLine) error {
	if c == nil {
		return nil
	}
	text, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("dataset: cache: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := fmt.Fprintf(c.file, "%s %s\n", lineDigest(text), text); err != nil {
		return writeError(c.file.Name(), err)
	}
	return nil
}

func (c *cache) close() { c.file.Close() }
