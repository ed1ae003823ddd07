// Package text writes what other people named, such as photos, classes and folders, so that it
// stays what it is: on a terminal, in a table, in a figure, and in a command to be copied.
//
// [Name] is for names in prose, tables and figures, [Word] and [Path] for commands to be copied,
// and [Clean] for whole messages that may hold anything. [Table] keeps its columns whatever is in
// them, and fits a width.
package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name returns name as it is when every character of it shows, and otherwise in Go's quotes with
// escapes, on one line: "a\x1b[31mred", "new\nline", "cat\u202egpj". Control characters, line
// breaks, bidirectional and other invisible marks, bytes that are not UTF-8, blanks that look like
// others or stand at an end, and the empty name do not show.
func Name(name string) string {
	if shows(name) {
		return name
	}
	return strconv.Quote(name)
}

// Names is [Name] of each.
func Names(names []string) []string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = Name(name)
	}
	return shown
}

// shows reports whether a person sees in name what it holds. A name that begins with a quotation
// mark could be taken for a quoted one.
func shows(name string) bool {
	if name == "" || name[0] == '"' || strings.TrimSpace(name) != name || !utf8.ValidString(name) {
		return false
	}
	before := rune(0)
	for at, r := range name {
		if !visible(r) && !joins(before, r, name[at:]) {
			return false
		}
		before = r
	}
	return true
}

// visible holds for letters, marks, digits, punctuation, symbols, the blank and the wide blank of
// East Asian scripts.
func visible(r rune) bool { return strconv.IsPrint(r) || r == '\u3000' }

// joins reports whether r, at the start of rest, is a joiner in a place where scripts such as
// Persian, and emoji, use one: between two characters outside of ASCII.
func joins(before, r rune, rest string) bool {
	if r != '\u200c' && r != '\u200d' {
		return false
	}
	after, _ := utf8.DecodeRuneInString(rest[utf8.RuneLen(r):])
	return before > unicode.MaxASCII && visible(before) && after > unicode.MaxASCII && visible(after)
}

// Clean returns a message of one or more lines without what a terminal would obey or hide: control
// characters other than line breaks and tabs, bidirectional marks and bytes that are not UTF-8 are
// written as escapes. It is the last guard, for messages of which nobody knows what they hold;
// [Name] is the first.
func Clean(message string) string {
	if strings.IndexFunc(message, hidden) < 0 && utf8.ValidString(message) {
		return message
	}
	var b strings.Builder
	for len(message) > 0 {
		r, size := utf8.DecodeRuneInString(message)
		if part := message[:size]; hidden(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.QuoteToASCII(part)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(part)
		}
		message = message[size:]
	}
	return b.String()
}

// hidden holds for what a terminal obeys, and for marks that make text look like another.
func hidden(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(bidi, r)
}

// bidi are the marks that turn the direction of text, the separators of lines and paragraphs, and
// the byte order mark.
var bidi = &unicode.RangeTable{R16: []unicode.Range16{
	{Lo: 0x061c, Hi: 0x061c, Stride: 1}, {Lo: 0x200e, Hi: 0x200f, Stride: 1}, {Lo: 0x2028, Hi: 0x202e, Stride: 1},
	{Lo: 0x2066, Hi: 0x206f, Stride: 1}, {Lo: 0xfeff, Hi: 0xfeff, Stride: 1},
}}
