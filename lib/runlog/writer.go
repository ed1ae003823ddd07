package runlog

import (
	"path/filepath"
	"strings"
)

// LockPath is the lock file of the program that makes the records of the file at path, for as long as it works on them.
func LockPath(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".lock")
}

// Locks reports whether a file name is that of such a lock, and of which file of records.
func Locks(name string) (records string, ok bool) {
	name, dotted := strings.CutPrefix(name, ".")
	records, locks := strings.CutSuffix(name, ".lock")
	return records, dotted && locks && strings.HasPrefix(records, "records")
}
