package engine

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
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

// container is where the kernel says what a container may use.
const container = "/sys/fs/cgroup"

// Memory is the memory this process may use, bytes: the machine's, or the container's limit where
// that is lower. It is 0 when unknown.
func Memory() int64 {
	return least(kilobytes(field("/proc/meminfo", "MemTotal")), count(filepath.Join(container, "memory.max")))
}

// AvailableMemory is what is free for new work without swapping, bytes: on the machine, or within
// the container's limit where that is less. It is 0 when unknown.
func AvailableMemory() int64 {
	return least(kilobytes(field("/proc/meminfo", "MemAvailable")), leftIn(container))
}

// leftIn is what the limit of the container in dir leaves, bytes; 0 where there is no limit. Pages
// of files that were not used lately do not count: the kernel drops them first.
func leftIn(dir string) int64 {
	limit := count(filepath.Join(dir, "memory.max"))
	if limit == 0 {
		return 0
	}
	used := count(filepath.Join(dir, "memory.current"))
	stat, _ := os.ReadFile(filepath.Join(dir, "memory.stat"))
	for line := range strings.Lines(string(stat)) {
		if idle, ok := strings.CutPrefix(line, "inactive_file "); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(idle), 10, 64)
			used -= n
		}
	}
	return max(limit-max(used, 0), 1) // 0 would say that nothing is known
}

// least is the smaller one of two numbers of which 0 is not known.
func least(a, b int64) int64 {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// count reads a file with one number; 0 where there is none, such as "max" for no limit.
func count(path string) int64 {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

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
