package docs_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// A table is what a CSV file holds, or some of its rows.
type table struct {
	t      *testing.T
	path   string // from the repository's root
	header []string
	rows   [][]string
}

func read(t *testing.T, path string) *table {
	t.Helper()
	f, err := os.Open(filepath.Join("..", path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %v, %d lines", path, err, len(rows))
	}
	return &table{t, path, rows[0], rows[1:]}
}

func (b *table) column(name string) int {
	b.t.Helper()
	i := slices.Index(b.header, name)
	if i < 0 {
		b.t.Fatalf("%s has no column %q: %q", b.path, name, b.header)
	}
	return i
}

// where keeps the rows with the value in the column.
func (b *table) where(column, value string) *table {
	b.t.Helper()
	return b.which(column, func(v string) bool { return v == value })
}

// which keeps the rows whose value in the column passes.
func (b *table) which(column string, keep func(string) bool) *table {
	b.t.Helper()
	i := b.column(column)
	out := *b
	out.rows = slices.DeleteFunc(slices.Clone(b.rows), func(row []string) bool { return !keep(row[i]) })
	if len(out.rows) == 0 {
		b.t.Fatalf("%s has no row that fits in column %q", b.path, column)
	}
	return &out
}

// values are the numbers in a column.
func (b *table) values(column string) []float64 {
	b.t.Helper()
	i := b.column(column)
	out := make([]float64, len(b.rows))
	for k, row := range b.rows {
		v, err := strconv.ParseFloat(row[i], 64)
		if err != nil {
			b.t.Fatalf("%s, column %q: %v", b.path, column, err)
		}
		out[k] = v
	}
	return out
}

// distinct are the values of a column in the order in which they come.
func (b *table) distinct(column string) []string {
	b.t.Helper()
	i := b.column(column)
	var out []string
	for _, row := range b.rows {
		if !slices.Contains(out, row[i]) {
			out = append(out, row[i])
		}
	}
	return out
}

// count is the number of rows with the value in the column; there may be none.
func (b *table) count(column, value string) int {
	b.t.Helper()
	i, n := b.column(column), 0
	for _, row := range b.rows {
		if row[i] == value {
			n++
		}
	}
	return n
}

func sum(values []float64) (s float64) {
	for _, v := range values {
		s += v
	}
	return s
}

func mean(values []float64) float64 { return sum(values) / float64(len(values)) }

func percent(values []float64) float64 { return 100 * mean(values) }
