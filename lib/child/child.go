// Package child runs other programs so that they and their children end when this program wants it.
//
// [Group] prepares a command, [Kill] ends it with its children, and [Tail] keeps the end of what it
// wrote, for messages.
package child

import (
	"slices"
	"strings"
)

// Tail is a writer that keeps the last bytes written to it, at most [TailBytes].
type Tail struct{ kept []byte }

// TailBytes is how much a Tail keeps.
const TailBytes = 16 << 10

// Write implements io.Writer.
func (t *Tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - TailBytes; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

// Lines are the lines that were kept. The writer must have ended.
func (t *Tail) Lines() []string { return strings.Split(strings.TrimSpace(string(t.kept)), "\n") }

// Brief puts the first and the last lines of an output into one line for a message: some programs
// give their reason first, others last.
func Brief(lines []string, first, last int) string {
	if len(lines) > first+last {
		lines = slices.Concat(lines[:first], []string{"..."}, lines[len(lines)-last:])
	}
	return strings.Join(lines, " | ")
}
