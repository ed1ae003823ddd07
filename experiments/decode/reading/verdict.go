package reading

import (
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"imagelab/lib/text"
)

// Of returns the costs of one form by rising size.
func (r Report) Of(form string) []Cost {
	var out []Cost
	for _, c := range r.Costs {
		if c.Format == form {
			out = append(out, c)
		}
	}
	return out
}

// BreakEven is the size, megapixels, from which on reading photos of a form takes longer than the
// floor: between the measured sizes along a power law. It is 0 when reading takes longer at every
// size, and +Inf when it does at none.
func (r Report) BreakEven(form string, f Baseline) float64 {
	costs := r.Of(form)
	for i := len(costs) - 1; i >= 0; i-- {
		if costs[i].Seconds > f.Seconds {
			continue
		}
		if i == len(costs)-1 {
			return math.Inf(1)
		}
		a, b := costs[i], costs[i+1]
		share := math.Log(f.Seconds/a.Seconds) / math.Log(b.Seconds/a.Seconds)
		return a.Megapixels * math.Pow(b.Megapixels/a.Megapixels, share)
	}
	return 0
}

// Verdict says in two sentences from which size on decoding dominates, and what packed pixels save.
// It is for a report with floors and the costs of all forms.
func (r Report) Verdict() string {
	var parts []string
	for _, f := range r.Baselines {
		parts = append(parts, fmt.Sprintf("longer than %s %s", f.Name, whence(r.BreakEven(Original, f), r.largest())))
	}
	original, packed := r.Of(Original), r.Of(Packed)
	slow, fast := original[len(original)-1], packed[len(packed)-1]
	return fmt.Sprintf("Reading original files takes %s. Packed pixels take %s of %s whatever the photo's size, "+
		"%s times less than original files of %s.",
		strings.Join(parts, ", and "), share(fast.Seconds/r.Baselines[0].Seconds), r.Baselines[0].Name,
		text.Round(slow.Seconds/fast.Seconds), megapixels(slow.Megapixels))
}

// Rows are the report as a table: a row for each form and a column for each size, then the size of
// the files and the floors, seconds for 1,000 photos.
func (r Report) Rows() (header []string, rows [][]string) {
	header = []string{"seconds for 1,000 photos"}
	files := []string{"kB of an original file"}
	for _, c := range r.Of(Original) {
		header = append(header, fmt.Sprintf("%.2g MP", c.Megapixels))
		files = append(files, fmt.Sprint(c.Bytes/1000))
	}
	for _, form := range Forms() {
		row := []string{form}
		for _, c := range r.Of(form) {
			row = append(row, fmt.Sprintf("%.3g", c.Seconds))
		}
		rows = append(rows, row)
	}
	for _, f := range r.Baselines {
		rows = append(rows, []string{f.Name, fmt.Sprintf("%.3g", f.Seconds)})
	}
	return header, append(rows, files)
}

// Cells are the costs and the baselines as a CSV file has them: each form of photos at each size,
// seconds for 1,000 photos with the lowest and the highest round, and the bytes of a file.
func (r Report) Cells() (header []string, rows [][]string) {
	seconds := func(s float64) string { return fmt.Sprintf("%.4g", s) }
	for _, c := range r.Costs {
		rows = append(rows, []string{c.Format, fmt.Sprintf("%.3g", c.Megapixels), seconds(c.Seconds), seconds(c.Low),
			seconds(c.High), fmt.Sprint(c.Bytes)})
	}
	for _, b := range r.Baselines {
		rows = append(rows, []string{b.Name, "", seconds(b.Seconds), "", "", ""})
	}
	return []string{"form", "megapixels", "seconds", "low", "high", "bytes"}, rows
}

// Table is [Report.Rows] as text.
func (r Report) Table() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	header, rows := r.Rows()
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	w.Flush()
	return text.String()
}

func (r Report) largest() float64 {
	largest := 0.0
	for _, c := range r.Costs {
		largest = max(largest, c.Megapixels)
	}
	return largest
}

func whence(crossing, largest float64) string {
	switch {
	case crossing == 0:
		return "at every size"
	case math.IsInf(crossing, 1):
		return "at no size up to " + megapixels(largest)
	}
	return fmt.Sprintf("from %s on", megapixels(crossing))
}

// megapixels writes a size with two digits.
func megapixels(x float64) string {
	if digits := fmt.Sprintf("%.2g", x); digits != "1" {
		return digits + " megapixels"
	}
	return "1 megapixel"
}

// share writes a ratio as percent.
func share(x float64) string {
	switch {
	case x < 0.001:
		return "less than 0.1 %"
	case x < 0.1:
		return text.Percent(x, 1)
	}
	return text.Percent(x, 0)
}
