package runlog

import (
	"os"
	"path/filepath"
	"strings"
)

// Command is the running program's command line, for records: a shell takes it as it was given.
func Command() string { return commandLine(os.Args) }

func commandLine(args []string) string {
	words := []string{Quote(filepath.Base(args[0]))}
	for _, word := range args[1:] {
		words = append(words, Quote(word))
	}
	return strings.Join(words, " ")
}

// Quote writes a word, mostly a path, so that a person can copy it into a POSIX shell.
func Quote(word string) string {
	plain := func(c rune) bool {
		return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-./+:,@%=", c)
	}
	if word != "" && !strings.ContainsFunc(word, func(c rune) bool { return !plain(c) }) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
