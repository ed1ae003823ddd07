//go:build !linux

package engine

import (
	"errors"
	"os"
)

// dropCache does nothing: this system has no such call, so disk speeds are reported as read from
// memory.
func dropCache(*os.File) error { return errors.ErrUnsupported }
