package lessons

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"imagelab/lib/jupyter"
)

// TestCellsKnowTheLibrary: what cells take from imagelab's packages is there. Running them says so
// too, minutes later.
func TestCellsKnowTheLibrary(t *testing.T) {
	exported, known := exportedNames(t, "../../.."), 0
	for _, path := range committed(t) {
		n, err := jupyter.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range n.Sources() {
			for _, used := range selectors(t, cell) {
				names := exported[used.pkg]
				if names != nil {
					known++
				}
				if names != nil && !names[used.name] {
					t.Errorf("%s, code cell %d: package %s has no %s", filepath.Base(path), i+1, used.pkg, used.name)
				}
			}
		}
	}
	if known < 100 {
		t.Errorf("%d names of our packages are used in the notebooks", known)
	}
}

// cellColumns is what the page shows of a line of code beside its own margins, in characters; a tab
// is four.
const cellColumns = 100

// TestCellsAreNarrow: no line of code is cut at the right edge of the page.
func TestCellsAreNarrow(t *testing.T) {
	for _, path := range committed(t) {
		n, err := jupyter.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		for i, cell := range n.Sources() {
			for line := range strings.Lines(cell) {
				line = strings.ReplaceAll(strings.TrimSuffix(line, "\n"), "\t", "    ")
				if width := utf8.RuneCountInString(line); width > cellColumns {
					t.Errorf("%s, code cell %d has a line of %d columns: %s", filepath.Base(path), i+1, width, line)
				}
			}
		}
	}
}

// exportedNames are the exported names of the packages of lib and notebooks, by the package's name.
func exportedNames(t *testing.T, repo string) map[string]map[string]bool {
	t.Helper()
	packages := map[string]map[string]bool{}
	for _, root := range []string{"lib", "notebooks"} {
		err := filepath.WalkDir(filepath.Join(repo, root), func(path string, d fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			if strings.Contains(filepath.ToSlash(path), "/internal/") {
				return nil
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			names := packages[file.Name.Name]
			if names == nil {
				names = map[string]bool{}
				packages[file.Name.Name] = names
			}
			for _, d := range file.Decls {
				declared(d, names)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return packages
}

func declared(d ast.Decl, names map[string]bool) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names[d.Name.Name] = true
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				names[s.Name.Name] = true
			case *ast.ValueSpec:
				for _, n := range s.Names {
					names[n.Name] = true
				}
			}
		}
	}
}

type selector struct{ pkg, name string }

// selectors are what a cell takes from packages: names after a word that the cell does not declare.
func selectors(t *testing.T, cell string) (used []selector) {
	t.Helper()
	declarations, body, marked := strings.Cut(cell, "%%\n")
	if !marked {
		declarations, body = "", cell
	}
	file, err := parser.ParseFile(token.NewFileSet(), "", "package main\n"+declarations+"\nfunc main() {\n"+body+"\n}", 0)
	if err != nil && !marked {
		file, err = parser.ParseFile(token.NewFileSet(), "", "package main\n"+cell, 0)
	}
	if err != nil {
		t.Errorf("%v in\n%s", err, cell)
		return nil
	}
	unknown := map[*ast.Ident]bool{}
	for _, ident := range file.Unresolved {
		unknown[ident] = true
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && unknown[x] {
				used = append(used, selector{x.Name, s.Sel.Name})
			}
		}
		return true
	})
	return used
}

func TestSelectors(t *testing.T) {
	for _, c := range []struct{ name, reason, cell, want string }{
		{"statements", "a cell needs no mark", "x := report.New()\nx.Show()", "report.New"},
		{"marked", "GoNB's own form", "%%\nfmt.Println(lab.A)", "fmt.Println lab.A"},
		{"declarations", "of the parameters cell", "var dir = nbui.Folder(\"a\", true)", "nbui.Folder"},
		{"a variable", "stands for itself", "curve := l.Curve()\ncurve.Records()", "l.Curve"},
		{"a function", "and statements after it", "func f() int { return metric.N }\n%%\nf()", "metric.N"},
	} {
		var got []string
		for _, s := range selectors(t, c.cell) {
			got = append(got, s.pkg+"."+s.name)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %q: %s", c.name, got, c.want, c.reason)
		}
	}
}
