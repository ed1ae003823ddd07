package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"imagelab/lib/text"
)

// CheckTarget returns an error where a file that a person named cannot be written: its folder is
// missing or read-only, or another file has its name. ours looks at the first 64 KiB of a file that
// is there, and says whether it is one of the kind and may be replaced. So may an empty one.
func CheckTarget(path, kind string, ours func(start []byte) bool) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return fmt.Errorf("%w; choose another file", err)
	case info.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("%s is a link, which would be replaced: name the file itself", text.Path(path))
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is no file: name a file that can be written", text.Path(path))
	case !isOurs(path, ours):
		return fmt.Errorf("%s exists and is no %s of imagelab, so it is not overwritten: choose another name",
			text.Path(path), kind)
	}
	dir := filepath.Dir(path)
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("there is no folder %s: make it, or choose another", text.Path(dir))
	}
	if err := Try(dir); err != nil {
		return fmt.Errorf("%w; name a file in another folder", err)
	}
	return nil
}

func isOurs(path string, ours func(start []byte) bool) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	start, err := io.ReadAll(io.LimitReader(f, 64<<10))
	return err == nil && (len(start) == 0 || ours(start))
}
