//go:build cgo && !noxla && ((linux && (amd64 || arm64)) || (darwin && arm64))

package engine

import "github.com/gomlx/go-xla/compute/xla"

// hasXLA says that the XLA backend is compiled in.
const hasXLA = true

// disableAutoInstall keeps go-xla from downloading plugins by itself: imagelab pins what it runs.
func disableAutoInstall() { xla.EnableAutoInstall(false) }
