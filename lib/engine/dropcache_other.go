//go:build !linux

package engine

import (
	"errors"
	"os"
)

// dropCache is not to be had here, so disk speeds are reported as from memory.
func dropCache(*os.File) error { return errors.ErrUnsupported }
