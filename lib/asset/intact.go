package asset

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// checkedName is the file beside a large payload that says which state of it was hashed.
const checkedName = "imagelab-checked"

// mostHashed is the size up to which a payload is hashed at every use; hashing 64 MB takes 0.2 s.
const mostHashed = 64 << 20

// intact reports whether the payload at path is still what the pin says. A large one is hashed once
// for every time of its last change; data sets have no hash as a whole, their photos are checked
// when they are read.
func (r Ref) intact(home, path string, info fs.FileInfo) bool {
	if r.Payload.SHA256 == "" {
		return true
	}
	state := fmt.Sprintf("%s %d %d\n", r.Payload.SHA256, info.Size(), info.ModTime().UnixNano())
	checked := filepath.Join(home, checkedName)
	if text, err := os.ReadFile(checked); info.Size() > mostHashed && err == nil && string(text) == state {
		return true
	}
	sum, err := fileSHA256(path)
	if err != nil || !strings.HasPrefix(sum, r.Payload.SHA256) {
		return false
	}
	if info.Size() > mostHashed {
		_ = os.WriteFile(checked, []byte(state), 0o644) // a cache that cannot be written is hashed every time
	}
	return true
}
