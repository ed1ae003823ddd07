package text

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Word writes an argument so that a person can copy it into a shell, which reads it back as it was.
// What would not show, see [Name], becomes an escape of $'...', which bash, zsh, ksh and POSIX
// shells since 2024 read.
func Word(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-./+:,@%=", r)
	}
	unseen := func(r rune) bool { return !visible(r) }
	switch {
	case word != "" && word[0] != '=' && !strings.ContainsFunc(word, func(r rune) bool { return !plain(r) }):
		return word
	case utf8.ValidString(word) && !strings.ContainsFunc(word, unseen):
		return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	var b strings.Builder
	for len(word) > 0 {
		r, size := utf8.DecodeRuneInString(word)
		switch part := word[:size]; {
		case r == '\'' || r == '\\':
			b.WriteString(`\` + part)
		case visible(r) && (r != utf8.RuneError || size > 1):
			b.WriteString(part)
		default:
			for _, c := range []byte(part) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		}
		word = word[size:]
	}
	return "$'" + b.String() + "'"
}

// Path is [Word] of the path of a file or folder. One that begins with a dash is written so that no
// program takes it for a flag.
func Path(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	return Word(path)
}

// Side is a side of a split, "train", "val" or "test", as people call it: val is validation.
func Side(side string) string {
	if side == "val" {
		return "validation"
	}
	return side
}
