package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"

	"imagelab/lib/figure"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Sweep is the page of an experiment: many fits, and the answer they give. Only Title is required.
type Sweep struct {
	Title   string // question of the experiment
	Verdict string // answer in words: the first line is a headline, further lines are paragraphs
	Note    string // remarks, one a line
	Warning string // reasons not to trust the answer, one a line
	License string // licence of the photos
	Figures []Figure
	Tables  []Table
	Records []runlog.Record // all fits, also failed ones; the page takes commands, digests and machines from them
}

// Figure is one figure of a [Sweep].
type Figure struct {
	Title string
	figure.Figure
	Caption string // how to read it
	Page    string // page that says more, relative to this one, with slashes; empty: there is none
}

// Table is one table of a [Sweep]. Columns of numbers are aligned to the right. A cell with a
// record's ID or the name of a configuration becomes a link to the record, or to the
// configuration's first record.
type Table struct {
	Title  string
	Header []string
	Rows   [][]string // rows may be shorter than the header, not longer
	Note   string     // sentence below the table
}

// sweepPage is the data of the template.
type sweepPage struct {
	Style                  template.CSS
	Title, License, Source string
	Notes                  []string
	Verdict                []string // paragraphs
	Warnings               []string
	Figures                []sweepFigure
	Tables                 []sweepTable
	Trace                  sweepTrace
	Fits                   int         // number of all fits
	Records                []recordRow // those that are listed
	MoreRecords            int
	Unfinished             []recordRow // failed or stopped ones that are listed
	MoreUnfinished         int
	MoreNotes              int
	Several                bool // whether fits are on more than one data set
	Open                   bool // whether the table of records is unfolded
	Plain                  bool // a page that is not about fits
}

// manyRecords is the number of records above which their table is folded.
const manyRecords = 60

// wideFigure is the width, points, from which a figure takes the whole width of the page.
const wideFigure = vg.Length(400)

// WriteSweep writes the page of an experiment to path. It replaces the file at once or not at all.
// It is an error if a row of a table is longer than the header, or a figure cannot be drawn.
func WriteSweep(path string, s Sweep) error {
	p, err := newSweepPage(s)
	if err != nil {
		return fmt.Errorf("report: write %s: %w", path, err)
	}
	return execute(path, "sweep.gohtml", p)
}

func newSweepPage(s Sweep) (*sweepPage, error) {
	css, err := style()
	if err != nil {
		return nil, err
	}
	p := &sweepPage{Style: css, Title: cmp.Or(s.Title, "An experiment"), Notes: paragraphs(s.Note), License: s.License,
		Verdict: paragraphs(s.Verdict), Trace: newSweepTrace(s.Records), Records: recordRows(s.Records),
		Open: len(s.Records) <= manyRecords}
	p.Source = sourceLine(s.Records)
	for _, r := range p.Records {
		p.Several = p.Several || r.Dataset != p.Records[0].Dataset
		if r.State != runlog.StateDone {
			p.Unfinished = append(p.Unfinished, r)
		}
	}
	p.Warnings = paragraphs(s.Warning)
	p.warn()
	p.Fits = len(p.Records)
	p.Notes, p.MoreNotes = bounded(p.Notes, mostNotes)
	p.Unfinished, p.MoreUnfinished = bounded(p.Unfinished, mostRejected)
	p.Records, p.MoreRecords = bounded(p.Records, mostLines)
	for _, f := range s.Figures {
		shown, err := newSweepFigure(f)
		if err != nil {
			return nil, fmt.Errorf("figure %q: %w", f.Title, err)
		}
		p.Figures = append(p.Figures, shown)
	}
	links := recordLinks(p.Records)
	for _, t := range s.Tables {
		shown, err := newSweepTable(t, links)
		if err != nil {
			return nil, fmt.Errorf("table %q: %w", t.Title, err)
		}
		p.Tables = append(p.Tables, shown)
	}
	return p, nil
}

func paragraphs(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// warn adds reasons why the page is not the whole answer.
func (p *sweepPage) warn() {
	count := map[string]int{}
	for _, r := range p.Records {
		count[r.State]++
		if r.AllowLeak {
			count["leaky"]++
		}
		if r.NoDedup && !r.AllowLeak {
			count["no dedup"]++
		}
	}
	all, failed, stopped := text.Count(len(p.Records), "fit"), count[runlog.StateFailed], count[runlog.StateInterrupted]
	if failed > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf(
			"%d of %s failed; the reasons are below. The answer is based on the others.", failed, all))
	}
	if stopped > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf(
			"%d of %s stopped before the end. The same command continues them.", stopped, all))
	}
	if count["no dedup"] > 0 {
		p.Warnings = append(p.Warnings, noDedup)
	}
	if n := count["leaky"]; n > 0 {
		p.Notes = append(p.Notes, fmt.Sprintf(
			"%d of %s had the same photos or groups on both sides of the split, on purpose. "+
				"Their results are too good: they only show how much a leak inflates accuracy.", n, all))
	}
}

type sweepFigure struct {
	Title, Caption, Page string
	SVG                  template.HTML
	Full                 bool // whether it takes the whole width of the page
}

func newSweepFigure(f Figure) (sweepFigure, error) {
	drawn, err := svg(f.Figure)
	return sweepFigure{Title: f.Title, Caption: f.Caption, Page: f.Page, SVG: drawn, Full: f.Width >= wideFigure}, err
}

type sweepTable struct {
	Title, Note string
	Header      []sweepCell
	Rows        [][]sweepCell
	More        int // number of rows that are left out
}

type sweepCell struct {
	Text, Link string // Link is the id of a record's row; empty: no link
	Number     bool
}

func newSweepTable(t Table, links map[string]string) (sweepTable, error) {
	shown := sweepTable{Title: t.Title, Note: t.Note}
	numbers := make([]bool, len(t.Header))
	for i := range t.Header {
		numbers[i] = numeric(t.Rows, i, links)
		shown.Header = append(shown.Header, sweepCell{Text: t.Header[i], Number: numbers[i]})
	}
	rows, more := bounded(t.Rows, mostLines)
	shown.More = more
	for n, row := range rows {
		if len(row) > len(t.Header) {
			return shown, fmt.Errorf("row %d has %d cells below %d headings", n+1, len(row), len(t.Header))
		}
		cells := make([]sweepCell, len(t.Header))
		for i := range cells {
			cells[i].Number = numbers[i]
			if i < len(row) {
				cells[i].Text, cells[i].Link = row[i], links[row[i]]
			}
		}
		shown.Rows = append(shown.Rows, cells)
	}
	return shown, nil
}

// numeric reports whether a column holds short numbers with their units. Names of fits are not
// numbers, even if they begin with a digit.
func numeric(rows [][]string, column int, links map[string]string) bool {
	some := false
	for _, row := range rows {
		if column >= len(row) || slices.Contains([]string{"", "–", "-"}, row[column]) {
			continue
		}
		text := []rune(strings.TrimLeft(row[column], "+-−<>≤≥~±. "))
		if links[row[column]] != "" || len(row[column]) > 32 || len(text) == 0 || !unicode.IsDigit(text[0]) {
			return false
		}
		some = true
	}
	return some
}
