//go:build !(linux && cgo && !noxla && (amd64 || arm64))

package program

import "errors"

// Keep does nothing but say so: programs are kept on Linux.
func Keep(string, Folder, func() ([]byte, error)) error {
	return errors.New("program: compiled programs are kept on Linux only")
}
