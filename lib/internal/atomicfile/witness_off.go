//go:build !attack

package atomicfile

func witness(string, string) {}
