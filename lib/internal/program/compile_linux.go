//go:build cgo && !noxla && (amd64 || arm64)

package program

import "C"

import "unsafe"

// imagelabCompile is PJRT_Client_Compile for GoMLX. It stands in a file of its own since cgo allows
// no definitions in C beside an exported function.
//
//export imagelabCompile
func imagelabCompile(args unsafe.Pointer) unsafe.Pointer {
	keptLock.Lock()
	k := kept
	keptLock.Unlock()
	return k.compileArgs(args)
}
