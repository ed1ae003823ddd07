//go:build cgo && !noxla && ((linux && (amd64 || arm64)) || (darwin && arm64))

package engine

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/go-xla/compute/xla"
)

// hasXLA says that the XLA backend is compiled in.
const hasXLA = true

// disableAutoInstall keeps go-xla from downloading plugins by itself: imagelab pins what it runs.
func disableAutoInstall() { xla.EnableAutoInstall(false) }

// setTF32 lets XLA round the factors of matrix products to TF32, or not. It asks for the highest
// precision of each product then.
func setTF32(backend compute.Backend, on bool) {
	if b, ok := backend.(*xla.Backend); ok && b.DotGeneralUseTF32 != on {
		b.DotGeneralUseTF32 = on
	}
}
