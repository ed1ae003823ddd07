//go:build cgo && !noxla && linux && (amd64 || arm64)

package malloc

// XLA on the CPU allocates its buffers anew at every step. By default the C library gives the large
// ones back to the system each time, which then clears every page again: a fifth of the time of a
// training step. Kept, they are reused. Threads take their arena at their first allocation, and
// only the main arena holds blocks of any size, so this has to happen before there are threads.

/*
#include <limits.h>
#include <malloc.h>

__attribute__((constructor)) static void keep_memory(void) {
#ifdef __GLIBC__
	mallopt(M_ARENA_MAX, 1);
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, INT_MAX);
#endif
}
*/
import "C"
