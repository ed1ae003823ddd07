package runlog

import (
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/text"
)

// Command is the running program's command line, for records: a shell takes it as it was given.
func Command() string { return commandLine(os.Args) }

func commandLine(args []string) string {
	words := []string{text.Word(filepath.Base(args[0]))}
	for _, word := range args[1:] {
		words = append(words, text.Word(word))
	}
	return strings.Join(words, " ")
}
