package engine

import (
	"bufio"
	"bytes"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// CPUModel is the processor's name as the kernel gives it, or the architecture where it gives none.
func CPUModel() string {
	if model := field("/proc/cpuinfo", "model name"); model != "" {
		return model
	}
	return runtime.GOARCH
}

// Cores is the number of processor cores this process may use; limits of a container count.
func Cores() int { return runtime.GOMAXPROCS(0) }

// Memory is the memory this process may use, bytes: the machine's, or the container's limit where
// that is lower. It is 0 when unknown.
func Memory() int64 {
	total := kilobytes(field("/proc/meminfo", "MemTotal"))
	limit, err := os.ReadFile("/sys/fs/cgroup/memory.max")
	if err != nil {
		return total
	}
	if n, err := strconv.ParseInt(strings.TrimSpace(string(limit)), 10, 64); err == nil && n > 0 && (total == 0 ||
		n < total) {
		return n
	}
	return total
}

// AvailableMemory is what the machine has free for new work without swapping, bytes; 0 when
// unknown.
func AvailableMemory() int64 { return kilobytes(field("/proc/meminfo", "MemAvailable")) }

// PeakMemory is the largest resident size of this process so far, bytes, plugin included; 0 when
// unknown.
func PeakMemory() int64 { return kilobytes(field("/proc/self/status", "VmHWM")) }

// AnonymousMemory is what this process holds now without the pages of mapped files, bytes; 0 when
// unknown.
func AnonymousMemory() int64 { return kilobytes(field("/proc/self/status", "RssAnon")) }

// field returns the value of the first "key : value" line of a file under /proc, or "".
func field(path, key string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(name) == key {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// kilobytes reads "1234 kB" as bytes, and anything else as 0.
func kilobytes(s string) int64 {
	n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(s, "kB")), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n << 10
}
