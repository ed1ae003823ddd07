package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Copy copies a file into a folder that no reader knows yet, and makes the folder where it is
// missing. The copy is not atomic itself: it is for folders that are renamed, or marked as
// finished, when all of their files are there.
func Copy(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
