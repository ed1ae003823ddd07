package engine

import (
	"fmt"
	"path/filepath"
	"strings"
	"sync"

	"github.com/gomlx/compute"
)

// Precisions of the products and convolutions of a network. What lies between them, parameters,
// logits and the loss are float32 with each.
const (
	Float32  = "float32"  // 24 bits of each factor, on every engine
	TF32     = "tf32"     // 11 bits, on the tensor cores of GPUs; Float32 elsewhere
	BFloat16 = "bfloat16" // 8 bits
)

// Precisions lists them, the most exact first.
func Precisions() []string { return []string{Float32, TF32, BFloat16} }

// Effective is the precision in which an engine computes where p is asked for: "" is Float32, and
// only GPUs have TF32.
func Effective(backend compute.Backend, p string) string {
	if p == "" || p == TF32 && !OnGPU(backend) {
		return Float32
	}
	return p
}

// PrecisionNotice says where an engine computes in another precision than p, or "".
func (e *Engine) PrecisionNotice(p string) string {
	if got := Effective(e.Backend, p); p != "" && got != p {
		return fmt.Sprintf("%s is computed as %s on %s: only GPUs have %s", p, got, e.Name, p)
	}
	return ""
}

// OnGPU goes by the name of XLA's plugin, as GoMLX does.
func OnGPU(backend compute.Backend) bool {
	xla, ok := backend.(interface{ PluginName() string })
	return ok && !strings.Contains(strings.ToLower(filepath.Base(xla.PluginName())), "cpu")
}

// precisionLock guards the setting of backends.
var precisionLock sync.Mutex

// SetPrecision has the matrix products of graphs that are built from now on computed in precision p
// on a GPU: without a word XLA computes those of float32 as TF32 there. Graphs of different
// precision are built one after the other.
func SetPrecision(backend compute.Backend, p string) {
	if !OnGPU(backend) {
		return
	}
	precisionLock.Lock()
	defer precisionLock.Unlock()
	setTF32(backend, Effective(backend, p) != Float32)
}
