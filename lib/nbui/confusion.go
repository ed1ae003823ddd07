package nbui

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
)

// small is the side of the pictures in a confusion matrix, pixels.
const small = 44

// Confusion shows the confusion matrix (rows: true classes, columns: predicted ones), with a photo
// of each class beside its row and, in cells with mistakes, the photo of the most confident one, if
// the result lists it.
func Confusion(s *dataset.Set, r metric.Result) {
	show(protocol.MIMETextHTML, confusionPage(s, r), plainConfusion(r))
}

func confusionPage(s *dataset.Set, r metric.Result) string {
	faces := map[string]Photo{}
	for _, p := range Samples(s, 1) {
		faces[p.Caption] = p
	}
	examples := map[[2]string]Photo{}
	for _, m := range r.Mistakes {
		key := [2]string{m.Label, m.Predicted}
		if _, ok := examples[key]; !ok {
			examples[key] = photoOf(s, m.File, m.Label+" taken for "+m.Predicted)
		}
	}
	var page strings.Builder
	page.WriteString(`<table style="font-size:12px"><thead><tr><th style="text-align:left">true ↓ taken for →</th><th></th>`)
	for _, class := range r.Classes {
		page.WriteString(`<th style="text-align:center">` + html.EscapeString(class) + `</th>`)
	}
	page.WriteString(`</tr></thead><tbody>`)
	for i, class := range r.Classes {
		fmt.Fprintf(&page, `<tr><th style="text-align:left">%s</th><td>%s</td>`, html.EscapeString(class),
			picture(faces[class]))
		sum := 0
		for _, n := range r.Confusion[i] {
			sum += n
		}
		for j, n := range r.Confusion[i] {
			page.WriteString(confusionCell(n, float64(n)/float64(max(sum, 1)), i == j, examples[[2]string{class, r.Classes[j]}]))
		}
		page.WriteString(`</tr>`)
	}
	page.WriteString(`</tbody></table>`)
	return page.String()
}

func picture(p Photo) string {
	if p.Path == "" {
		return ""
	}
	return p.img(small)
}

// confusionCell has the colours of figure.Confusion: blue for correct, orange for wrong
// predictions. The colours are light enough for dark text.
func confusionCell(n int, share float64, right bool, example Photo) string {
	if n == 0 {
		return `<td style="text-align:center;color:#b4bcc4">0</td>`
	}
	colour := fmt.Sprintf("rgba(0,114,178,%.2f)", 0.08+0.5*share)
	if !right {
		colour = fmt.Sprintf("rgba(213,94,0,%.2f)", 0.08+0.5*math.Sqrt(share))
	}
	return fmt.Sprintf(`<td style="text-align:center;background:%s">%d %s</td>`, colour, n, picture(example))
}

func plainConfusion(r metric.Result) string {
	header := append([]string{"true, taken for:"}, r.Classes...)
	var rows [][]string
	for i, class := range r.Classes {
		row := []string{class}
		for _, n := range r.Confusion[i] {
			row = append(row, strconv.Itoa(n))
		}
		rows = append(rows, row)
	}
	return plainTable(header, rows)
}
