package nbui

import (
	"fmt"
	"html"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// Show shows a figure, or the figure of a result such as a lab.Run or a lab.TradeOff; it prints all
// other values. Outside a notebook it prints the title of the figure, which is the finding.
func Show(v any) {
	switch v := v.(type) {
	case figure.Figure:
		showFigure(v)
	case interface{ Figure() figure.Figure }:
		showFigure(v.Figure())
	default:
		text := fmt.Sprint(v)
		show(protocol.MIMETextPlain, text, text)
	}
}

func showFigure(f figure.Figure) {
	svg, err := f.SVG()
	Check(err)
	show(protocol.MIMEImageSVG, string(svg), "[figure] "+strings.ReplaceAll(f.String(), "\n", "\n         "))
}

// Table shows rows below a header. Columns of numbers, with or without a unit, are aligned to the
// right. Rows may be shorter than the header.
func Table(header []string, rows [][]string) {
	show(protocol.MIMETextHTML, tablePage(header, rows), plainTable(header, rows))
}

func tablePage(header []string, rows [][]string) string {
	var page strings.Builder
	page.WriteString(`<table><thead><tr>`)
	right := make([]bool, len(header))
	for i, name := range header {
		right[i] = numeric(rows, i)
		page.WriteString(cell("th", name, right[i]))
	}
	page.WriteString(`</tr></thead><tbody>`)
	for _, row := range rows {
		page.WriteString(`<tr>`)
		for i, text := range row[:min(len(row), len(header))] {
			page.WriteString(cell("td", text, right[i]))
		}
		page.WriteString(`</tr>`)
	}
	page.WriteString(`</tbody></table>`)
	return page.String()
}

func cell(tag, text string, right bool) string {
	side := "left"
	if right {
		side = "right"
	}
	return fmt.Sprintf(`<%s style="text-align:%s">%s</%s>`, tag, side, html.EscapeString(text), tag)
}

func numeric(rows [][]string, column int) bool {
	found := false
	for _, row := range rows {
		if column >= len(row) || row[column] == "" {
			continue
		}
		first, _, _ := strings.Cut(row[column], " ")
		if _, err := strconv.ParseFloat(strings.ReplaceAll(first, ",", ""), 64); err != nil {
			return false
		}
		found = true
	}
	return found
}

func plainTable(header []string, rows [][]string) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	rules := make([]string, len(header))
	for i, name := range header {
		rules[i] = strings.Repeat("-", utf8.RuneCountInString(name))
	}
	for _, row := range append([][]string{header, rules}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	return out.String()
}

// Epochs returns a function for finetune.Observer.Epoch that draws the validation accuracy so far
// as a growing curve below the cell. Outside a notebook it prints one line per epoch.
func Epochs() func(runlog.Epoch) {
	var r runlog.Record
	id := "epochs_" + gonbui.UniqueId()
	return func(e runlog.Epoch) {
		if !gonbui.IsNotebook {
			fmt.Fprintf(os.Stderr, "%s %d: training loss %.3f, validation loss %.3f, top-1 %.1f %%\n",
				e.Phase, e.Epoch, e.TrainLoss, e.ValLoss, 100*e.ValTop1)
			return
		}
		r.Epochs = append(r.Epochs, e)
		svg, err := figure.AccuracyCurve(r).SVG()
		Check(err)
		update(id, protocol.MIMEImageSVG, string(svg),
			fmt.Sprintf("[figure] validation accuracy of %d epochs", len(r.Epochs)))
	}
}
