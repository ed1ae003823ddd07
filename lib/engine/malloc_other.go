//go:build !cgo || noxla || !(linux && (amd64 || arm64))

package engine

// keepMemory does something with glibc only.
func keepMemory() {}
