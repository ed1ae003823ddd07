package jupyter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/nbui"
)

// Notebook is an .ipynb file of version 4. Fields that are not listed here are kept.
type Notebook struct{ document map[string]any }

// Load reads the notebook at path.
func Load(path string) (*Notebook, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("jupyter: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	n := &Notebook{}
	if err := decoder.Decode(&n.document); err != nil {
		return nil, fmt.Errorf("jupyter: %s is not a notebook: %w", path, err)
	}
	if version := fmt.Sprint(n.document["nbformat"]); version != "4" || len(n.cells()) == 0 {
		return nil, fmt.Errorf("jupyter: %s is not a notebook of version 4 with cells", path)
	}
	return n, nil
}

// Save writes the notebook as Jupyter does, whole or not at all.
func (n *Notebook) Save(path string) error {
	return dataset.WriteFile(path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", " ")
		return encoder.Encode(n.document)
	})
}

func (n *Notebook) cells() []map[string]any { return objects(n.document["cells"]) }

// code are the code cells, in order.
func (n *Notebook) code() []map[string]any {
	return slices.DeleteFunc(n.cells(), func(c map[string]any) bool { return c["cell_type"] != "code" })
}

func objects(list any) []map[string]any {
	var out []map[string]any
	items, _ := list.([]any)
	for _, item := range items {
		if object, ok := item.(map[string]any); ok {
			out = append(out, object)
		}
	}
	return out
}

// text joins what a notebook keeps as a string or as a list of lines.
func text(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	var all strings.Builder
	lines, _ := value.([]any)
	for _, line := range lines {
		s, _ := line.(string)
		all.WriteString(s)
	}
	return all.String()
}

// Sources are the texts of the code cells, in order.
func (n *Notebook) Sources() []string {
	var out []string
	for _, c := range n.code() {
		out = append(out, text(c["source"]))
	}
	return out
}

// Outputs says what each code cell shows, one list for each: "stdout", "stderr", "error", or the
// MIME type of the richest form, such as "image/svg+xml". Streams are named once.
func (n *Notebook) Outputs() [][]string {
	var all [][]string
	for _, c := range n.code() {
		kinds := []string{}
		for _, o := range objects(c["outputs"]) {
			kind := kindOf(o)
			if stream := kind == "stdout" || kind == "stderr"; !stream || !slices.Contains(kinds, kind) {
				kinds = append(kinds, kind)
			}
		}
		all = append(all, kinds)
	}
	return all
}

func kindOf(output map[string]any) string {
	if name, ok := output["name"].(string); ok {
		return name
	}
	data, _ := output["data"].(map[string]any)
	for _, kind := range []string{"image/svg+xml", "image/png", "image/jpeg", "text/html", "text/markdown", "text/plain"} {
		if _, ok := data[kind]; ok {
			return kind
		}
	}
	return fmt.Sprint(output["output_type"])
}

// Text is what the code cell with index i, from 0, shows as plain text: streams, errors and the
// plain form of the rest.
func (n *Notebook) Text(i int) string {
	var all strings.Builder
	for _, o := range objects(n.code()[i]["outputs"]) {
		data, _ := o["data"].(map[string]any)
		all.WriteString(text(o["text"]) + text(data["text/plain"]) + text(o["evalue"]))
	}
	return all.String()
}

// suspicious is what a cell shows when something failed that GoNB does not take for a failure.
var suspicious = regexp.MustCompile(`(?m)unknown or not implemented yet|^exit status [1-9]|^signal: |^panic: |^GoNB Error`)

// Problem returns an error that names the first cell that failed, or shows the signs of a failure,
// and what it said.
func (n *Notebook) Problem() error {
	for i, c := range n.code() {
		for _, o := range objects(c["outputs"]) {
			shown := text(o["text"])
			if o["output_type"] == "error" || o["name"] == "stderr" && suspicious.MatchString(shown) {
				lines := strings.Split(strings.TrimSpace(n.Text(i)), "\n")
				return fmt.Errorf("code cell %d failed: %s", i+1, strings.Join(strings.Fields(brief(lines)), " "))
			}
		}
	}
	return nil
}

// Digest identifies the code: a change of any code cell changes it.
func (n *Notebook) Digest() string {
	var sources [][]byte
	for _, s := range n.Sources() {
		sources = append(sources, []byte(s))
	}
	return digest(sources...)
}

// Tidy makes an executed notebook fit to be kept: what differs from run to run without meaning goes
// (times, versions, bars of progress), and the digest of the code that made the outputs is noted,
// see [Notebook.Fits].
func (n *Notebook) Tidy() {
	metadata, ok := n.document["metadata"].(map[string]any)
	if !ok {
		metadata = map[string]any{}
	}
	metadata["kernelspec"] = map[string]any{"display_name": Title, "language": "go", "name": Kernel}
	metadata["language_info"] = map[string]any{"file_extension": ".go", "mimetype": "text/x-go", "name": "go"}
	metadata["imagelab"] = map[string]any{"executed": n.Digest()}
	n.document["metadata"] = metadata
	for i, c := range n.code() {
		c["execution_count"] = i + 1
		outputs, _ := c["outputs"].([]any)
		kept := []any{}
		for _, o := range outputs {
			if object, ok := o.(map[string]any); ok && !isTransient(object) {
				delete(object, "execution_count") // of results; GoNB shows displays
				kept = append(kept, object)
			}
		}
		c["outputs"] = kept
	}
	for _, c := range n.cells() {
		metadata, _ := c["metadata"].(map[string]any)
		for _, name := range []string{"execution", "ExecuteTime"} {
			delete(metadata, name)
		}
	}
}

// isTransient reports whether an output is a block that nbui made for the time of the run, or an
// emptied one.
func isTransient(output map[string]any) bool {
	data, ok := output["data"].(map[string]any)
	if !ok {
		return false
	}
	page, isPage := data["text/html"]
	return isPage && (text(page) == "" || strings.Contains(text(page), nbui.Transient))
}

// Fits returns an error when the notebook was changed after it was executed, or never executed.
func (n *Notebook) Fits() error {
	metadata, _ := n.document["metadata"].(map[string]any)
	own, _ := metadata["imagelab"].(map[string]any)
	switch executed, _ := own["executed"].(string); {
	case executed == "":
		return errors.New("it was never executed")
	case executed != n.Digest():
		return errors.New("its code was changed after it was executed")
	}
	for i, c := range n.code() {
		if fmt.Sprint(c["execution_count"]) != fmt.Sprint(i+1) {
			return fmt.Errorf("code cell %d was not executed in order", i+1)
		}
	}
	return nil
}

// Find lists the notebooks in a folder by name.
func Find(dir string) ([]string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.ipynb"))
	slices.Sort(paths)
	return paths, err
}
