package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"strings"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/text"
)

//go:embed predictions.js
var tableScript string

// mostRows is the number of predictions in a page. The file of predictions has all.
const mostRows = 20_000

// mostRead is the number of rows that are there without a script.
const mostRead = 300

// predictionTable lists all predictions. Without scripts it is a table of the first ones.
type predictionTable struct {
	Rows    []*shot // those in the table without a script
	Classes []string
	N       int // in the table with a script
	More    int // in the file alone
	Data    template.JS
	Script  template.JS
}

// newPredictionTable has the photos in the order of the gallery: mistakes first.
func newPredictionTable(g *gallery, o originals, classes []string) (*predictionTable, error) {
	t := &predictionTable{Script: template.JS(tableScript)}
	listed, more := bounded(g.Shots, mostRows)
	t.N, t.More = len(listed), more
	t.Rows, _ = bounded(listed, mostRead)
	var data struct {
		Classes []string `json:"classes"`
		Base    string   `json:"base"`
		Rows    [][]any  `json:"rows"`
	}
	data.Base = o.base
	for _, class := range classes {
		data.Classes = append(data.Classes, label(class))
	}
	t.Classes = data.Classes
	for _, s := range listed {
		picture := 0
		if s.Pictured {
			picture = s.N
		}
		row := []any{text.Name(s.Name), s.label, s.predicted, rounded(s.P), rounded(s.PLabel), picture}
		if link := string(s.Link); s.Link == "" || text.Name(s.Name) != s.Name {
			row = append(row, link) // else it is made from the name
		}
		data.Rows = append(data.Rows, row)
	}
	encoded, err := json.Marshal(data)
	if err != nil {
		return nil, fmt.Errorf("the table of predictions: %w", err)
	}
	t.Data = template.JS(encoded)
	return t, nil
}

func rounded(p float64) json.Number {
	return json.Number(strings.TrimSuffix(fmt.Sprintf("%.3f", p), ".000"))
}

// pageKind says what a page shows that a person named a file for. It is in the page.
type pageKind string

// Kinds of pages, as an error names them.
const (
	kindPredicted pageKind = "page of classified photos"
	kindRuns      pageKind = "list of runs"
	kindVersus    pageKind = "comparison of two models"
)

// mark is near the beginning of a page of this kind, and hardly in another file.
func (k pageKind) mark() string { return `<meta name="imagelab-page" content="` + string(k) + `">` }

// CheckPredicted returns an error where [WritePredicted] cannot write a page to path: its folder is
// missing or read-only, or a file has its name that is no such page, such as the report of a run.
func CheckPredicted(path string) error { return checkTarget(path, kindPredicted) }

// checkTarget lets a page replace one of its own kind alone: the page of a run or of a set belongs
// to it.
func checkTarget(path string, kind pageKind) error {
	err := atomicfile.CheckTarget(path, string(kind), func(start []byte) bool {
		return bytes.Contains(start, []byte(kind.mark()))
	})
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// policy lets a page show pictures in itself and photos that lie beside it, and run no script but
// the given ones.
func policy(scripts ...string) string {
	p := "default-src 'none'; img-src data: file: 'self'; style-src 'unsafe-inline'"
	for i, script := range scripts {
		if i == 0 {
			p += "; script-src"
		}
		sum := sha256.Sum256([]byte(script))
		p += " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
	}
	return p
}
