//go:build !goexperiment.simd || !amd64

package engine

// hasSIMD says that the pure Go engine was compiled with its vector instructions.
const hasSIMD = false
