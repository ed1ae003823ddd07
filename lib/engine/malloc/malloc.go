// Package malloc has the C library keep the memory that XLA gives back on the CPU, which makes a
// training step a fifth faster. It changes the whole process, for Linux with glibc only, and has
// to do so before there are threads. So it is for package main alone, which imports it for its
// effect:
//
//	import _ "imagelab/lib/engine/malloc"
package malloc
