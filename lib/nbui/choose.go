package nbui

import (
	"fmt"
	"html"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/figure"
	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// View is what a person sees for one choice of [Choose]: any of a text, a table, a figure and
// photos.
type View struct {
	Choice string // what the person chooses
	Text   string
	Header []string // of Rows
	Rows   [][]string
	Figure *figure.Figure
	Photos []Photo
}

// Choose shows one view at a time, first the one with index `first`; the person turns the knob with
// the mouse or the arrow keys. All views are in the page, and no script runs: it works in saved
// notebooks, in other editors and without a kernel. Views are best small, since the notebook keeps
// all of them.
func Choose(question string, first int, views ...View) {
	var plain strings.Builder
	if first < len(views) {
		fmt.Fprintf(&plain, "%s %s\n%s", question, views[first].Choice, views[first].plain())
	}
	show(protocol.MIMETextHTML, knob("knob_"+gonbui.UniqueId(), question, first, views), plain.String())
}

func knob(id, question string, first int, views []View) string {
	var style, inputs, panes strings.Builder
	for i, v := range views {
		checked := ""
		if i == first {
			checked = " checked"
		}
		fmt.Fprintf(&style, "#%s-%d:checked~div>div:nth-child(%d){display:block}", id, i, i+1)
		fmt.Fprintf(&style, "#%s-%d:checked+label{background:#0072b2;color:#fff}", id, i)
		fmt.Fprintf(&inputs, `<input type="radio" name="%s" id="%s-%d"%s><label for="%s-%d">%s</label>`,
			id, id, i, checked, id, i, html.EscapeString(v.Choice))
		fmt.Fprintf(&panes, `<div>%s</div>`, v.html())
	}
	return fmt.Sprintf(`<style>#%[1]s{border:0;margin:0;padding:0}#%[1]s input{position:absolute;opacity:0}`+
		`#%[1]s label{display:inline-block;border:1px solid #888;padding:1px 8px;margin:2px;cursor:pointer}`+
		`#%[1]s input:focus-visible+label{outline:3px solid #e69f00}#%[1]s>div{margin-top:8px}#%[1]s>div>div{display:none}%[2]s</style>`+
		`<fieldset id="%[1]s"><legend>%[3]s</legend>%[4]s<div>%[5]s</div></fieldset>`,
		id, style.String(), html.EscapeString(question), inputs.String(), panes.String())
}

func (v View) html() string {
	var page strings.Builder
	if v.Text != "" {
		fmt.Fprintf(&page, `<p style="max-width:60em">%s</p>`, html.EscapeString(v.Text))
	}
	if v.Header != nil {
		page.WriteString(tablePage(v.Header, v.Rows))
	}
	if v.Figure != nil {
		svg, err := v.Figure.SVG()
		Check(err)
		page.Write(svg)
	}
	if v.Photos != nil {
		page.WriteString(photosPage(v.Photos))
	}
	return page.String()
}

func (v View) plain() string {
	var out strings.Builder
	if v.Text != "" {
		fmt.Fprintln(&out, v.Text)
	}
	if v.Header != nil {
		out.WriteString(plainTable(v.Header, v.Rows))
	}
	if v.Figure != nil {
		fmt.Fprintln(&out, "[figure]", v.Figure.String())
	}
	out.WriteString(plainPhotos(v.Photos))
	return out.String()
}

// Thresholds lets a person choose the threshold above which a photo counts as one of the ranking's
// class, and shows what is then found, missed and reported by mistake, and what that costs where a
// missed photo costs as much as `miss` false alarms.
func Thresholds(r metric.Ranking, miss float64, values ...float64) {
	var views []View
	first := 0
	for i, value := range values {
		if value <= 0.5 {
			first = i
		}
		t := r.At(value)
		missed := r.N - t.Found
		cost := miss*float64(missed) + float64(t.False)
		views = append(views, View{
			Choice: fmt.Sprintf("%.2g", value),
			Header: []string{"found", "missed", "false alarms", "recall", "precision", "cost, in false alarms"},
			Rows: [][]string{{fmt.Sprintf("%d of %d", t.Found, r.N), fmt.Sprint(missed), fmt.Sprint(t.False),
				text.Percent(t.Recall, 0), text.Percent(t.Precision, 0), fmt.Sprintf("%.0f", cost)}},
		})
	}
	Choose(fmt.Sprintf("A photo counts as %q from this probability up:", r.Class), first, views...)
}

// Sizes lets a person choose a mean number of training photos a class, and shows how accurate the
// model is with as many: what was measured at the sizes of the curve, and at twice the largest one
// the forecast, where there is one.
func Sizes(r curve.Result) {
	var views []View
	for _, p := range r.Curve.Points {
		views = append(views, View{Choice: fmt.Sprintf("%.0f", p.Train),
			Header: []string{"accuracy", "95 % interval", "wrong of 100 photos", "lowest recall"},
			Rows: [][]string{{text.Percent(p.Accuracy, 1),
				text.Percent(p.Interval[0], 1) + " to " + text.Percent(p.Interval[1], 1),
				fmt.Sprintf("%.0f", 100*(1-p.Accuracy)), lowest(r.Curve.Classes, p.PerClass)}}})
	}
	if e, ok := r.Forecast.At(2 * r.Forecast.From); ok {
		views = append(views, View{Choice: fmt.Sprintf("%.0f, forecast", 2*r.Forecast.From),
			Header: []string{"accuracy", "90 % interval", "wrong of 100 photos"},
			Rows: [][]string{{text.Percent(e.Value, 1), text.Percent(e.Low, 1) + " to " + text.Percent(e.High, 1),
				fmt.Sprintf("%.0f", 100*(1-e.Value))}}})
	}
	Choose("With so many training photos a class (mean):", max(len(r.Curve.Points)-1, 0), views...)
}

// lowest names the class with the lowest recall at a size that was asked for. A class that gets no
// more photos from one size to the next has a point at the last of these only.
func lowest(classes []curve.Class, perClass int) string {
	name, least := "", 2.0
	for _, c := range classes {
		for _, p := range c.Points {
			if p.PerClass != 0 && (perClass == 0 || p.PerClass < perClass) { // 0 is all photos
				continue
			}
			if p.Accuracy < least {
				name, least = c.Name, p.Accuracy
			}
			break
		}
	}
	if name == "" {
		return ""
	}
	return text.Percent(least, 0) + ", " + text.Name(name)
}

// MistakesByClass lets a person choose a class and shows its recall and precision, and of the
// mistakes that [Mistakes] shows the n most confident ones on photos of that class.
func MistakesByClass(s *dataset.Set, r metric.Result, n int) {
	var views []View
	for _, class := range r.Classes {
		c := r.PerClass[class]
		v := View{Choice: class, Text: fmt.Sprintf("%d photos, recall %s, precision %s", c.N, text.Percent(c.Recall, 0),
			text.Percent(c.Precision, 0))}
		for _, m := range r.Mistakes {
			if m.Label == class && len(v.Photos) < n {
				v.Photos = append(v.Photos, mistake(s, m))
			}
		}
		views = append(views, v)
	}
	Choose("Photos of this class that were taken for another:", 0, views...)
}
