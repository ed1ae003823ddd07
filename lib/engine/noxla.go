//go:build !cgo || noxla || !((linux && (amd64 || arm64)) || (darwin && arm64))

package engine

import "github.com/gomlx/compute"

// hasXLA says that the XLA backend is compiled in.
const hasXLA = false

func disableAutoInstall() {}

func setTF32(compute.Backend, bool) {}
