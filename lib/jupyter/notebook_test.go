package jupyter

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// mini is a notebook of code cells with the given outputs, each a JSON array.
func mini(t *testing.T, outputs ...string) *Notebook {
	t.Helper()
	var cells []string
	for i, o := range outputs {
		cells = append(cells, `{"cell_type": "code", "execution_count": `+string(rune('1'+i))+
			`, "metadata": {"execution": {"iopub.status.busy": "now"}, "tags": ["a"]}, "source": ["%%\n", "x()"], `+
			`"outputs": `+o+`}`)
	}
	path := filepath.Join(t.TempDir(), "a.ipynb")
	text := `{"cells": [{"cell_type": "markdown", "metadata": {}, "source": "a < b"}, ` + strings.Join(cells, ",") +
		`], "metadata": {"language_info": {"version": "go1.99"}}, "nbformat": 4, "nbformat_minor": 5}`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	n, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

const (
	printed = `{"output_type": "stream", "name": "stdout", "text": ["it says exit status 1\n"]}`
	bar     = `{"output_type": "display_data",
		"data": {"text/html": "<div class=\"imagelab-transient\">50 %</div>"}, "metadata": {}}`
	emptied = `{"output_type": "display_data", "data": {"text/html": ""}, "metadata": {}}`
	drawing = `{"output_type": "display_data",
		"data": {"image/svg+xml": ["<svg/>"], "text/plain": "[figure] a"}, "metadata": {}}`
)

func complaint(text string) string {
	return `{"output_type": "stream", "name": "stderr", "text": ["` + text + `"]}`
}

func TestProblem(t *testing.T) {
	for _, c := range []struct {
		name, reason, outputs string
		bad                   bool
	}{
		{"fine", "output is no failure, whatever it says", "[" + printed + "," + drawing + "]", false},
		{"note", "stderr is for notes too", "[" + complaint(`note: no GPU\n`) + "]", false},
		{"error", "the kernel says so",
			`[{"output_type": "error", "ename": "ERROR", "evalue": "exit status 1", "traceback": []}]`, true},
		{"command", "GoNB does not fail a cell for its shell command", "[" + complaint(`exit status 127\n`) + "]", true},
		{"magic", "nor for an unknown magic", "[" + complaint(`\"%foo\" unknown or not implemented yet.`) + "]", true},
		{"panic", "of a program that the cell starts", "[" + complaint(`x\npanic: no\n`) + "]", true},
	} {
		if err := mini(t, "[]", c.outputs).Problem(); (err != nil) != c.bad {
			t.Errorf("%s: %v: %s", c.name, err, c.reason)
		} else if err != nil && !strings.Contains(err.Error(), "code cell 2") {
			t.Errorf("%s: %v does not say which cell", c.name, err)
		}
	}
}

func TestTidy(t *testing.T) {
	n := mini(t, "["+bar+","+printed+","+drawing+","+emptied+"]", "[]")
	if n.Fits() == nil {
		t.Error("a notebook that --execute never saw fits")
	}
	n.document["metadata"] = map[string]any{"title": "my lesson", "language_info": map[string]any{"version": "go1.26"}}
	n.Tidy()
	if kept, _ := n.document["metadata"].(map[string]any); kept["title"] != "my lesson" {
		t.Errorf("what a person wrote into the metadata is gone: %v", kept)
	}
	if err := n.Fits(); err != nil {
		t.Error(err)
	}
	if want := [][]string{{"stdout", "image/svg+xml"}, {}}; !reflect.DeepEqual(n.Outputs(), want) {
		t.Errorf("outputs %v, want %v: bars of progress mean nothing later", n.Outputs(), want)
	}
	path := filepath.Join(t.TempDir(), "b.ipynb")
	if err := n.Save(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text, reason string
		want         bool
	}{
		{"go1.99", "versions differ between machines", false},
		{"iopub", "times differ between runs", false},
		{`"tags"`, "the author's", true},
		{"a < b", "as Jupyter writes it", true},
	} {
		if strings.Contains(string(text), c.text) != c.want {
			t.Errorf("%q in the file should be %v: %s", c.text, c.want, c.reason)
		}
	}
	n.code()[1]["source"] = "%%\ny()"
	if err := n.Fits(); err == nil || !strings.Contains(err.Error(), "changed") {
		t.Errorf("a changed cell: %v", err)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, c := range []struct{ name, text string }{
		{"empty", ""}, {"text", "package main"}, {"list", "[]"}, {"old", `{"nbformat": 3, "worksheets": []}`},
		{"no cells", `{"nbformat": 4, "cells": []}`}, {"cells of another kind", `{"nbformat": 4, "cells": [1]}`},
	} {
		path := filepath.Join(t.TempDir(), "a.ipynb")
		if err := os.WriteFile(path, []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v; want an error with the file's name", c.name, err)
		}
	}
	if _, err := Load("missing.ipynb"); err == nil {
		t.Error("no error for a missing file")
	}
}

func FuzzNotebook(f *testing.F) {
	f.Add([]byte(`{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a"], ` +
		`"outputs": [{"output_type": "stream", "text": 3}]}]}`))
	f.Add([]byte(`{"nbformat": 4, "cells": [{"cell_type": "code", "metadata": 1, "outputs": {"data": []}}], ` +
		`"metadata": []}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "a.ipynb")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		n, err := Load(path)
		if err != nil {
			return
		}
		_, _, _ = n.Fits(), n.Problem(), n.Outputs()
		if n.Tidy(); len(n.code()) > 0 && n.Fits() != nil {
			t.Error(n.Fits())
		}
	})
}
