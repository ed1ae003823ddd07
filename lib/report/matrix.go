package report

import (
	"fmt"
	"html/template"
	"math"

	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// mostPhotographed is the number of classes up to which cells of the matrix hold a photo.
const mostPhotographed = 12

// matrix is the confusion matrix as a table whose cells lead to photos.
type matrix struct {
	Columns []string // predicted classes; empty: there are too many classes for a matrix
	Rows    []matrixRow
	Upright bool // whether the names of columns stand upright
	Photos  bool // whether cells hold a photo
}

type matrixRow struct {
	Class string
	Link  string
	Cells []matrixCell
}

type matrixCell struct {
	N     int
	Link  string
	Shade template.CSS
	Name  string // for those who do not see the table
	Shot  *shot  // nil: no photo
}

// newMatrix has the most telling photo in each cell: the most confident mistake, or the least
// confident right one.
func newMatrix(r metric.Result, shots []*shot) matrix {
	if len(r.Classes) > mostDrawn {
		return matrix{}
	}
	m := matrix{Columns: r.Classes, Upright: len(r.Classes) > 5, Photos: len(r.Classes) <= mostPhotographed}
	first := map[[2]int]*shot{}
	for _, s := range shots {
		if at := [2]int{s.label, s.predicted}; first[at] == nil && s.side > 0 {
			first[at] = s
		}
	}
	for i, row := range r.Confusion {
		sum := 0
		for _, n := range row {
			sum += n
		}
		line := matrixRow{Class: r.Classes[i], Link: classID(i)}
		for j, n := range row {
			cell := matrixCell{N: n, Link: cellID(i, j), Shade: shade(float64(n)/float64(max(sum, 1)), i == j),
				Name: fmt.Sprintf("%s, predicted as %s: %s", label(r.Classes[i]), label(r.Classes[j]), text.Count(n, "photo"))}
			if m.Photos {
				cell.Shot = first[[2]int{i, j}]
			}
			line.Cells = append(line.Cells, cell)
		}
		m.Rows = append(m.Rows, line)
	}
	return m
}

// shade is the colour of a cell: blue for right, orange for wrong predictions, as in
// [figure.Confusion]. Text on it stays readable in both colour schemes.
func shade(share float64, right bool) template.CSS {
	switch {
	case share == 0:
		return "background:none"
	case right:
		return template.CSS(fmt.Sprintf("background:rgba(0,114,178,%.2f)", 0.08+0.4*share))
	}
	return template.CSS(fmt.Sprintf("background:rgba(213,94,0,%.2f)", 0.1+0.42*math.Sqrt(share)))
}

// saying is a confusion in words.
type saying struct {
	Label, Predicted string
	N, Of            int
	Share            float64
	Link             string // empty: no photos are known
}

// mostSaid is the number of confusions in words.
const mostSaid = 8

// inWords are the most frequent confusions that happened more than once, or all if none did.
func inWords(r metric.Result, photos bool) []saying {
	var out []saying
	for _, row := range confused(r) {
		s := saying{Label: row.Label, Predicted: row.Predicted, N: row.N, Of: r.PerClass[row.Label].N}
		s.Share = float64(s.N) / float64(max(s.Of, 1))
		if photos {
			s.Link = cellID(row.i, row.j)
		}
		if len(out) < mostSaid && (s.N > 1 || len(out) < 3) {
			out = append(out, s)
		}
	}
	return out
}
