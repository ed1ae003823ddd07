package text

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Column is one column of a [Table].
type Column struct {
	Head   string
	Number bool // aligned right
	Spare  int  // 0: always shown; where there is no room, columns of the highest Spare go first
	Least  int  // columns of the terminal to which the cells may be shortened; 0: not at all
}

// Table is text in columns, two blanks apart. Add rows, then Write.
type Table struct {
	Columns []Column
	rows    [][]string
}

// Add appends a row: a cell for each column, each on one line. Names are for the caller to pass
// through [Name].
func (t *Table) Add(cells ...string) { t.rows = append(t.rows, cells) }

// Rows is how many rows there are.
func (t *Table) Rows() int { return len(t.rows) }

// Needs is the width of the table's lines when nothing is shortened.
func (t *Table) Needs() int {
	all := make([]int, len(t.Columns))
	for i := range all {
		all[i] = i
	}
	return need(all, t.widths())
}

// Write writes the heading and the rows into at most width columns, 0 for as many as they take. To
// fit, cells are shortened as far as their columns allow, and then columns are left out, whose
// headings come back. Where even the others do not fit, each row is a list of its cells, and
// nothing is left out.
func (t *Table) Write(w io.Writer, width int) (left []string, err error) {
	var at []int // columns that are shown
	for i := range t.Columns {
		at = append(at, i)
	}
	widths := t.widths()
	for width > 0 && need(at, t.least(widths)) > width {
		worst := slices.MaxFunc(at, func(a, b int) int { return t.Columns[a].Spare - t.Columns[b].Spare })
		if t.Columns[worst].Spare == 0 {
			break
		}
		at = slices.DeleteFunc(at, func(i int) bool { return i == worst })
		left = append(left, t.Columns[worst].Head)
	}
	if width > 0 && need(at, t.least(widths)) > width {
		return nil, t.writeRows(w, width)
	}
	if width > 0 {
		t.squeeze(at, widths, width)
	}
	heads := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		heads[i] = c.Head
	}
	for _, row := range append([][]string{heads}, t.rows...) {
		if _, err := fmt.Fprintln(w, t.line(row, at, widths)); err != nil {
			return left, err
		}
	}
	return left, nil
}

// writeRows writes each row as lines of a heading and its cell, with a blank line between rows.
// Cells are wrapped at blanks: a name is not cut.
func (t *Table) writeRows(w io.Writer, width int) error {
	widest := 0
	for _, c := range t.Columns {
		widest = max(widest, Width(c.Head))
	}
	for i, row := range t.rows {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		for k, cell := range row {
			head := t.Columns[k].Head
			line := head + strings.Repeat(" ", widest-Width(head)+2) + cell
			lines := strings.Join(wrapLine(line, widest+2, width), "\n")
			if _, err := fmt.Fprintln(w, strings.TrimRight(lines, " ")); err != nil {
				return err
			}
		}
	}
	return nil
}

// widths are those of the widest cells.
func (t *Table) widths() []int {
	widths := make([]int, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = Width(c.Head)
		for _, row := range t.rows {
			widths[i] = max(widths[i], Width(row[i]))
		}
	}
	return widths
}

// least are the widths to which columns may be shortened.
func (t *Table) least(widths []int) []int {
	least := slices.Clone(widths)
	for i, c := range t.Columns {
		if c.Least > 0 {
			least[i] = min(widths[i], max(c.Least, Width(c.Head)))
		}
	}
	return least
}

// need is the width of a line.
func need(at, widths []int) int {
	sum := 2 * (len(at) - 1)
	for _, i := range at {
		sum += widths[i]
	}
	return sum
}

// squeeze takes from the widest column that can be shortened until the line fits or none is left.
func (t *Table) squeeze(at, widths []int, width int) {
	least := t.least(widths)
	for over := need(at, widths) - width; over > 0; over-- {
		widest := -1
		for _, i := range at {
			if widths[i] > least[i] && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func (t *Table) line(row []string, at, widths []int) string {
	var b strings.Builder
	for n, i := range at {
		if n > 0 {
			b.WriteString("  ")
		}
		cell := row[i]
		if Width(cell) > widths[i] {
			cell = Shorten(cell, widths[i])
		}
		blanks := strings.Repeat(" ", max(widths[i]-Width(cell), 0))
		if t.Columns[i].Number {
			b.WriteString(blanks + cell)
		} else {
			b.WriteString(cell + blanks)
		}
	}
	return strings.TrimRight(b.String(), " ")
}
