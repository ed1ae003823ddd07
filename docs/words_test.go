package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// speakOfTheCommand are packages of lib whose texts may name verbs and flags.
var speakOfTheCommand = map[string]string{
	"lib/cluster": "it writes command lines",
	"lib/engine":  "what a machine lacks is fetched by the command, also for cells and experiments",
	"lib/jupyter": "it serves imagelab notebook alone",
	"lib/export":  "the flags are those of another program",
	"lib/nbui":    "cells are a front of their own, and name the other one",
	"lib/photo":   "the flags are those of another program",
}

var (
	use  = regexp.MustCompile(`Use: +"([a-z]+)`)
	flag = regexp.MustCompile("[ (`]--[a-z]")
)

// TestLibrarySpeaksOfItself: no text of the library names a verb or a flag of the command, which a
// program that calls the library does not have. cmd/imagelab/names.go adds them for people there.
func TestLibrarySpeaksOfItself(t *testing.T) {
	verbs := regexp.MustCompile("imagelab (" + strings.Join(verbsOf(t), "|") + `)\b[^<]`)
	for _, path := range goFiles(t, "../lib") {
		folder := strings.TrimPrefix(filepath.ToSlash(filepath.Dir(path)), "../")
		if strings.HasSuffix(path, "_test.go") || speakOfTheCommand[folder] != "" {
			continue
		}
		files := token.NewFileSet()
		parsed, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if ok && text.Kind == token.STRING && (verbs.MatchString(text.Value) || flag.MatchString(text.Value)) {
				t.Errorf("%s: the library names what only the command has: %s", files.Position(text.Pos()), text.Value)
			}
			return true
		})
	}
}

// verbsOf are the verbs of the command.
func verbsOf(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("../cmd/imagelab/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range use.FindAllSubmatch(source, -1) {
			out = append(out, string(m[1]))
		}
	}
	if len(out) < 20 {
		t.Fatalf("only %d verbs were found: %q", len(out), out)
	}
	return out
}
