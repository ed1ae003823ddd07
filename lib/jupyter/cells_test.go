package jupyter

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/fulltest"
)

// ask runs Python with the functions of cells.py and returns what the expression gives for each of
// the inputs, which it knows as x.
func ask(t *testing.T, expression string, inputs any, answers any) {
	t.Helper()
	fulltest.Needs(t, "Python 3")
	python, _, err := findPython(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	repo, err := Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	in, err := json.Marshal(inputs)
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), "a.py")
	text := cells + "\nimport json, sys\nREPO = sys.argv[1]\n" +
		"print(json.dumps([" + expression + " for x in json.loads(sys.argv[2])]))\n"
	if err := os.WriteFile(program, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, program, repo, string(in)).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := json.Unmarshal(out, answers); err != nil {
		t.Fatal(err)
	}
}

// TestCompleted: a cell is a program where it has a statement, and only there.
func TestCompleted(t *testing.T) {
	rows := []struct{ name, reason, cell, want string }{
		{"statement", "a beginner's first cell", "fmt.Println(1)", "%%\nfmt.Println(1)"},
		{"marked", "notebooks of GoNB stay as they are", "%%\nx := 1", "%%\nx := 1"},
		{"main", "and so do whole programs", "func main() {\n\tf()\n}", "func main() {\n\tf()\n}"},
		{"declarations", "they are for all cells", "const a = 1\n\nvar b = f(\n\t1)\n// c\ntype c struct {\n\td int\n}",
			"const a = 1\n\nvar b = f(\n\t1)\n// c\ntype c struct {\n\td int\n}"},
		{"function first", "it is for all cells, the rest runs", "func f() int { return 1 }\nf()",
			"func f() int { return 1 }\n%%\nf()"},
		{"var before a statement", "it belongs to the program", "var a int\na++", "%%\nvar a int\na++"},
		{"brackets in strings", "only those of the code count", "const s = \"}) // \\\"\"\nconst r = `{\nf()\n`",
			"const s = \"}) // \\\"\"\nconst r = `{\nf()\n`"},
		{"comment", "what it says is no code", "/* f()\ng() */\nvar a = 'x'", "/* f()\ng() */\nvar a = 'x'"},
		{"going on", "a line's end says that the next one belongs to it", "var a = 1 +\n\tb\nvar c = d.\n\te()",
			"var a = 1 +\n\tb\nvar c = d.\n\te()"},
		{"commands", "they are GoNB's", "!ls\n%env A b", "!ls\n%env A b"},
		{"a broken cell", "GoNB says what is wrong with it", "fmt.Println(", "%%\nfmt.Println("},
		{"empty", "there is nothing to run", "", ""},
	}
	var cells []string
	for _, r := range rows {
		cells = append(cells, r.cell)
	}
	var got []string
	ask(t, "completed(x)[0]", cells, &got)
	for i, r := range rows {
		if got[i] != r.want {
			t.Errorf("%s: %q, want %q: %s", r.name, got[i], r.want, r.reason)
		}
	}
	var docs []string
	ask(t, "completed(x)[0]", []string{"nbui.Photos?", "?strings.ToUpper", "nblab?"}, &docs)
	for i, want := range []string{"go doc ./lib/nbui Photos ", "go doc strings ToUpper ", "go doc ./lib/nbui/nblab "} {
		if !strings.Contains(docs[i], want) || !strings.HasPrefix(docs[i], "!") {
			t.Errorf("the help is %q, want %q", docs[i], want)
		}
	}
}

// TestExplained: the errors that beginners meet first come with what they mean.
func TestExplained(t *testing.T) {
	rows := []struct{ name, compiler, cell, says string }{
		{"a function of a package", "undefined: dataset", `dataset.Lod("a")`, "Package dataset has no Lod. Did you mean dataset.Load?"},
		{"nothing like it", "undefined: nbui", `nbui.Xyzzy()`, "Type nbui. and press Tab"},
		{"a method", "l.Trian undefined (type *nblab.Lab has no field or method Trian)", "l.Trian()",
			"Did you mean l.Train?"},
		{"a value of another cell", "undefined: photos", "f(photos)", "photos was made in another cell"},
		{"a value of none", "undefined: foto", "f(foto)", "Nothing is called foto here"},
		{"not used", "declared and not used: y", "y := 3", "Show it with fmt.Println(y)"},
		{"single quotes", "illegal rune literal", "f('hello')", "double quotes"},
		{"Python's import", "import path must be a string", "import numpy as np", "needs no import"},
		{"an open bracket", "missing ',' before newline in argument list", "f(", "bracket"},
		{"Python's loop", "expected '{', found in", "for i in range(3) {", "for i := range 3"},
		{"anything else", "too many return values", "return 1", ""},
	}
	var inputs [][]string
	for _, r := range rows {
		inputs = append(inputs, []string{r.compiler, r.cell})
	}
	var got []string
	ask(t, "explained(x[0], x[1], made('photos, err := f()\\nb = 2'))", inputs, &got)
	for i, r := range rows {
		if !strings.Contains(got[i], r.says) || r.says == "" && got[i] != "" {
			t.Errorf("%s: %q, want %q", r.name, got[i], r.says)
		}
	}
}
