package report

import (
	"fmt"
	"strings"

	"imagelab/lib/bench"
	"imagelab/lib/figure"
	"imagelab/lib/runlog"
)

// TradeOff is the page of accuracy against speed: what to take, the three fronts, where the time of a prediction goes,
// and a table of everything that was measured.
func TradeOff(title string, t bench.TradeOff, speeds []bench.Speed, records []runlog.Record) Sweep {
	s := Sweep{Title: title, Note: strings.Join(t.Notes, "\n"), Records: records}
	var choices []string
	for _, c := range t.Choices {
		choices = append(choices, c.Text)
	}
	s.Verdict = strings.Join(choices, "\n")
	w, h := figure.TradeOffWidth, figure.TradeOffHeight
	barW, barH := figure.StageBreakdownSize(speeds)
	s.Figures = []Figure{
		{Title: "Accuracy against latency", Plot: figure.TradeOff(t), Width: w, Height: h},
		{Title: "Accuracy against the model's size", Plot: figure.TradeOffSize(t), Width: w, Height: h},
		{Title: "Accuracy against training time", Plot: figure.TradeOffTraining(t), Width: w, Height: h},
		{Title: "Where the time of a prediction goes", Plot: figure.StageBreakdown(speeds), Width: barW, Height: barH},
	}
	s.Tables = []Table{pointsTable(t), speedTable(speeds), pairTable(t)}
	return s
}

func pointsTable(t bench.TradeOff) Table {
	out := Table{Title: "Arms", Header: []string{"arm", "seeds", "validation", t.Side, "95 % interval", "latency, ms", "photos/s", "model, MB", "one fit, s", "front"},
		Note: fmt.Sprintf("%d judged images (%s), split %.12s. Choose by the validation column.", t.Images, t.Side, t.Split)}
	for _, p := range t.Points {
		front := ""
		if p.Front {
			front = "yes"
		}
		out.Rows = append(out.Rows, []string{p.Arm, fmt.Sprint(len(p.Seeds)), percent(p.Val), percent(p.Top1), interval(p.Interval),
			ms(p.Speed.Latency.Median), fmt.Sprintf("%.0f", p.Speed.Best().Median), fmt.Sprintf("%.1f", float64(p.Speed.BundleBytes)/1e6),
			fmt.Sprintf("%.0f", p.Train), front})
	}
	return out
}

func speedTable(speeds []bench.Speed) Table {
	out := Table{Title: "Speed of the networks", Header: []string{"network", "size", "median, ms", "p90, ms", "p99, ms", "noise", "best batch", "photos/s", "compile, s", "first call, ms", "multiply-adds, M", "parameters, M", "peak memory, MB", "machine"},
		Note: "Latency of one photo, pixels in memory to scores in memory. Noise: spread of the rounds' medians over the median. Memory is that of the whole process."}
	for _, s := range speeds {
		if s.Error != "" {
			continue
		}
		out.Rows = append(out.Rows, []string{s.Backbone, fmt.Sprint(s.Size), ms(s.Latency.Median), ms(s.Latency.P90), ms(s.Latency.P99),
			percent(s.Noise), fmt.Sprint(s.BestBatch), fmt.Sprintf("%.0f", s.Best().Median), fmt.Sprintf("%.1f", s.Compile), ms(s.FirstCall),
			fmt.Sprintf("%.0f", float64(s.MultiplyAdds)/1e6), fmt.Sprintf("%.1f", float64(s.Parameters)/1e6), fmt.Sprintf("%.0f", float64(s.PeakMemory)/1e6),
			bench.Machine(s.Environment)})
	}
	return out
}

func pairTable(t bench.TradeOff) Table {
	out := Table{Title: "Pairs that the images cannot tell apart", Header: []string{"better", "other", "difference, points", "p, mid", "p, Holm"},
		Note: "McNemar's test on the same judged images, fits of the same seed paired; Holm's correction over all pairs."}
	for _, p := range t.Pairs {
		if p.Apart {
			continue
		}
		row := []string{p.A, p.B, fmt.Sprintf("%.1f", 100*p.Difference), fmt.Sprintf("%.3f", p.MidP), fmt.Sprintf("%.3f", p.Adjusted)}
		if p.NoTest != "" {
			row = []string{p.A, p.B, fmt.Sprintf("%.1f", 100*p.Difference), p.NoTest}
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func ms(seconds float64) string { return fmt.Sprintf("%.1f", 1000*seconds) }
