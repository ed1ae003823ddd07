package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/collect"
	"imagelab/lib/figure"
	"imagelab/lib/text"
)

// mostQueryRows is how many queries the page of a collection lists.
const mostQueryRows = 500

// WriteCollection writes the page of a collection: its funnel as figures and tables, and what could
// not be fetched.
func WriteCollection(path string, r collect.Result) error {
	verdict, rest, _ := strings.Cut(r.String(), "\n")
	s := Sweep{Title: "Collection " + text.Name(filepath.Base(filepath.Clean(r.Dir))), Verdict: verdict + "\n" + rest,
		Figures: []Figure{{Title: "By class", Figure: figure.Funnel(r)}}}
	if len(r.ByQuery) > len(r.ByClass) {
		s.Figures = append(s.Figures, Figure{Title: "By query", Figure: figure.FunnelByQuery(r)})
	}
	stages := collect.StageNames[:len(r.Stages.Counts())]
	classes := Table{Title: "By class", Header: append([]string{"class"}, stages...)}
	for _, c := range r.ByClass {
		classes.Rows = append(classes.Rows, append([]string{text.Name(c.Class)}, numbersOf(c.Counts())...))
	}
	queries := Table{Title: "By query", Header: slices.Concat([]string{"query", "class"}, stages, []string{"copies"}),
		Note: "Copies: photos that an earlier query found too. A photo counts as unique for the first query that found it."}
	for i, q := range r.ByQuery {
		if i == mostQueryRows {
			queries.Note += fmt.Sprintf(" %d more queries are not listed.", len(r.ByQuery)-i)
			break
		}
		queries.Rows = append(queries.Rows, append([]string{text.Name(q.Query), text.Name(q.Class)},
			numbersOf(append(q.Counts(), q.Copies))...))
	}
	s.Tables = append(s.Tables, classes, queries)
	if failed := failedTable(r); len(failed.Rows) > 0 {
		s.Tables = append(s.Tables, failed)
	}
	p, err := newSweepPage(s)
	if err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	p.Plain = true
	p.Source = fmt.Sprintf("%s, %s", text.Count(len(r.ByQuery), "query", "queries"), text.Count(len(r.ByClass), "class",
		"classes"))
	return execute(path, "sweep.gohtml", p)
}

func failedTable(r collect.Result) Table {
	t := Table{Title: "Not fetched or not decodable", Header: []string{"reason", "addresses", "tried again", "example",
		"detail"},
		Note: "Tried again: the same command asks for these once more."}
	for _, f := range r.Failed {
		t.Rows = append(t.Rows, []string{f.Reason, fmt.Sprint(f.Addresses), fmt.Sprint(f.Later), text.Name(f.Example),
			text.Name(f.Detail)})
	}
	return t
}

func numbersOf(counts []int) []string {
	var out []string
	for _, n := range counts {
		out = append(out, fmt.Sprint(n))
	}
	return out
}
