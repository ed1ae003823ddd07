package photo

import (
	"errors"
	"fmt"
	"io"
	"os"
)

const maxBytes = 256 << 20

var errTooLarge = fmt.Errorf("the file is larger than %d MB", maxBytes>>20)

// ReadFile returns the content of a regular file of at most 256 MB. Its errors do not name the
// file.
func ReadFile(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than allowed: the file may be growing, or lie about its size.
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, Reason(err)
	}
	if len(data) > maxBytes {
		return nil, errTooLarge
	}
	return data, nil
}

func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, Reason(err)
	}
	if info.IsDir() {
		return nil, errors.New("is a folder, not a photo")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	if info.Size() > maxBytes {
		return nil, errTooLarge
	}
	f, err := os.Open(path)
	return f, Reason(err)
}

// Reason returns an operating system error without its path; callers add the path themselves.
func Reason(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
