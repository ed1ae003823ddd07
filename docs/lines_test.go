package docs_test

import (
	"fmt"
	"go/scanner"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

// Columns at which lines of code and of comments end at the latest, in characters; a tab is one.
const codeColumns, commentColumns = 120, 100

// TestLinesAreShort: lines of Go are not too wide to be read beside another file. Raw strings keep
// their lines, comments that are set apart as code theirs, and what protoc writes is left alone.
func TestLinesAreShort(t *testing.T) {
	var wide []string
	for _, path := range goFiles(t, "../cmd", "../docs", "../experiments", "../lib", "../notebooks") {
		if strings.HasSuffix(path, ".pb.go") {
			continue
		}
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw := rawLines(source)
		for i, line := range strings.Split(string(source), "\n") {
			if tooWide(line) && !raw[i+1] {
				wide = append(wide, fmt.Sprintf("%s:%d: %d columns", path, i+1, utf8.RuneCountInString(line)))
			}
		}
	}
	if len(wide) > 0 {
		t.Errorf("%d lines are too wide; break them:\n%s", len(wide), strings.Join(wide, "\n"))
	}
}

// tooWide says whether a line has too many columns.
func tooWide(line string) bool {
	text := strings.TrimLeft(line, "\t")
	switch columns := utf8.RuneCountInString(line); {
	case strings.HasPrefix(text, "//\t"), strings.HasPrefix(text, "//go:"):
		return false
	case strings.HasPrefix(text, "//"):
		return columns > commentColumns
	default:
		return columns > codeColumns
	}
}

// rawLines are the lines, from 1, with a part of a raw string, of a comment in /* */, or of a
// string that is one word, such as an address.
func rawLines(source []byte) map[int]bool {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(source))
	var s scanner.Scanner
	s.Init(file, source, nil, scanner.ScanComments)
	out := map[int]bool{}
	for {
		at, kind, text := s.Scan()
		if kind == token.EOF {
			return out
		}
		whole := kind == token.COMMENT && text[1] == '*' ||
			kind == token.STRING && (text[0] == '`' || len(text) > 60 && !strings.Contains(text, " "))
		for i := 0; whole && i <= strings.Count(text, "\n"); i++ {
			out[file.Line(at)+i] = true
		}
	}
}

func TestTooWide(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       bool
	}{
		{"code", "\t" + strings.Repeat("ä", codeColumns-1), false},
		{"wide code", "\t" + strings.Repeat("a", codeColumns), true},
		{"a comment", "// " + strings.Repeat("a", commentColumns-3), false},
		{"a wide comment", "// " + strings.Repeat("a", commentColumns-2), true},
		{"code in a comment", "//\t" + strings.Repeat("a", codeColumns), false},
	} {
		if got := tooWide(c.line); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestProseIsShort: lines of prose fit beside another file too. Tables and code keep their lines.
func TestProseIsShort(t *testing.T) {
	const columns = 130
	var paths []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../data/*.md", "../notebooks/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		page, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(string(page), "\n") {
			n := utf8.RuneCountInString(line)
			if n > columns && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "    ") {
				t.Errorf("%s:%d: %d columns", path, i+1, n)
			}
		}
	}
}
