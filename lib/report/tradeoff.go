package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"imagelab/lib/figure"
	"imagelab/lib/recipe"
	"imagelab/lib/runlog"
	"imagelab/lib/tradeoff"
)

// TradeOff is the page of accuracy against speed: the model to take, the Pareto fronts for latency,
// size and training time, the time of each stage of a prediction, and tables of everything
// measured.
func TradeOff(title string, t tradeoff.Result, speeds []tradeoff.Speed, records []runlog.Record) Sweep {
	s := Sweep{Title: title, Note: strings.Join(t.Notes, "\n"), Records: records}
	var choices []string
	for _, c := range t.Choices {
		choices = append(choices, c.Text)
	}
	s.Verdict = strings.Join(choices, "\n")
	s.Warning = busy(t)
	s.Figures = []Figure{
		{Title: "Accuracy against latency", Figure: figure.TradeOff(t)},
		{Title: "Accuracy against model size", Figure: figure.TradeOffSize(t)},
		{Title: "Accuracy against training time", Figure: figure.TradeOffTraining(t)},
		{Title: "Time of a prediction by stage", Figure: figure.StageBreakdown(compared(t, speeds))},
	}
	s.Tables = []Table{modelTable(t), speedTable(speeds), againstTable(t)}
	if machine, field := t.Surveyed(); len(field) > 0 {
		s.Figures = slices.Insert(s.Figures, 1, Figure{Title: "Networks that were not trained here", Figure: figure.Field(t)})
		s.Tables = append(s.Tables, FieldTable(machine, field), PresetTable(t))
	}
	return s
}

// compared leaves out the speeds of networks that were not trained: they would hide the others.
func compared(t tradeoff.Result, speeds []tradeoff.Speed) []tradeoff.Speed {
	return slices.DeleteFunc(slices.Clone(speeds), func(s tradeoff.Speed) bool {
		return !slices.ContainsFunc(t.Points, func(p tradeoff.Point) bool {
			return p.Backbone == s.Backbone && p.Size == s.Size
		})
	})
}

// busy warns of times that were taken while something else ran; empty if there are none.
func busy(t tradeoff.Result) string {
	worst := 0.0
	for _, p := range t.Points {
		worst = max(worst, p.Speed.Noise)
	}
	_, field := t.Surveyed()
	for _, e := range field {
		worst = max(worst, e.Speed.Noise)
	}
	if worst <= tradeoff.Busy {
		return ""
	}
	return fmt.Sprintf("The machine was busy: rounds of one measurement differ by up to %.0f %%. "+
		"Do not trust the times on this page. Run the same command again when nothing else runs.", 100*worst)
}

func modelTable(t tradeoff.Result) Table {
	out := Table{Title: "Models",
		Header: []string{"model", "seeds", "validation", t.SideName(), "95 % interval", "network, ms", "p90, ms",
			"from file, ms", "photos/s", "parameters, M", "size, MB", "one fit, s", "Pareto"},
		Note: fmt.Sprintf("%d judged photos (%s), split %.12s. Choose by the validation column. One fit: training "+
			"time from the photos' files on, as if nothing were cached, without evaluation on the judged photos. "+
			"Pareto: no other model is both faster and more accurate on the judged photos.", t.Images, t.SideName(), t.Split)}
	for _, p := range t.Points {
		front, fit, file := "", "–", "–"
		if p.Front {
			front = "yes"
		}
		if p.Train > 0 {
			fit = fmt.Sprintf("%.3g", p.Train)
		}
		if whole := p.Speed.FromFile(); whole > 0 {
			file = ms(whole)
		}
		s := p.Speed
		out.Rows = append(out.Rows, []string{p.Model, fmt.Sprint(len(p.Seeds)), percent(p.Val), percent(p.Top1),
			interval(p.Interval), ms(s.Latency.Median), ms(s.Latency.P90), file, fmt.Sprintf("%.0f", s.Best().Median),
			millions(s.Parameters), millions(s.BundleBytes), fit, front})
	}
	return out
}

func speedTable(speeds []tradeoff.Speed) Table {
	out := Table{Title: "Speed of the networks",
		Header: []string{"network", "size", "median, ms", "p90, ms", "p99, ms", "noise", "best batch", "photos/s",
			"compile, s", "first call, ms", "multiply-adds, M", "parameters, M", "float32, MB", "int8, MB",
			"peak memory, MB", "machine"},
		Note: "Latency: one photo, from pixels in memory to scores in memory. Noise: range of the medians of the " +
			"rounds, divided by the median. Float32, int8: the saved model, and about what an export to int8 takes. " +
			"Memory: of the whole process."}
	for _, s := range speeds {
		if s.Error != "" {
			continue
		}
		batch, rate := fmt.Sprint(s.BestBatch), fmt.Sprintf("%.0f", s.Best().Median)
		if len(s.Throughput) < 2 { // only one batch was timed
			batch, rate = "–", "–"
		}
		out.Rows = append(out.Rows, []string{s.Backbone, fmt.Sprint(s.Size), ms(s.Latency.Median), ms(s.Latency.P90),
			ms(s.Latency.P99), percent(s.Noise), batch, rate,
			fmt.Sprintf("%.1f", s.Compile), ms(s.FirstCall), fmt.Sprintf("%.0f", float64(s.MultiplyAdds)/1e6),
			millions(s.Parameters), millions(s.BundleBytes), millions(s.Int8Bytes),
			megabytes(s.PeakMemory), tradeoff.Machine(s.Environment)})
	}
	return out
}

// FieldTable lists networks with their published accuracy and what they cost on a machine, the
// presets among them by name.
func FieldTable(machine string, field []tradeoff.Entrant) Table {
	out := Table{Title: "All networks: published accuracy, measured cost",
		Header: []string{"network", "size", "preset", "ImageNet, %", "source", "network, ms", "p90, ms",
			"multiply-adds, M", "parameters, M", "float32, MB", "int8, MB", "peak memory, MB", "trained here (any size)"},
		Note: "Measured on " + machine + ", where needed with random weights, since weights do not change speed or " +
			"size. ImageNet: top-1 that was published for the network; it says little of your photos. For a preset at " +
			"another input size the published one is in brackets. Float32: the saved model. Int8: about what an export " +
			"to int8 takes. Memory: of the whole process."}
	for _, e := range field {
		s, top1, trained := e.Speed, fmt.Sprintf("%.1f", e.Speed.Published.Top1), ""
		if !e.Comparable() {
			top1 = fmt.Sprintf("(%s at %d px)", top1, s.Published.Size)
		}
		if e.Trained {
			trained = "yes"
		}
		out.Rows = append(out.Rows, []string{s.Backbone, fmt.Sprint(s.Size), e.Preset, top1, s.Published.Source,
			ms(s.Latency.Median), ms(s.Latency.P90), fmt.Sprintf("%.0f", float64(s.MultiplyAdds)/1e6),
			millions(s.Parameters), millions(s.BundleBytes), millions(s.Int8Bytes),
			megabytes(s.PeakMemory), trained})
	}
	return out
}

// PresetTable lists the models that validation chose under the names of the presets, and beside
// them the presets of computervision-recipes with their published accuracy and their speed on the
// machine of [tradeoff.Result.Surveyed].
func PresetTable(t tradeoff.Result) Table {
	machine, field := t.Surveyed()
	out := Table{Title: "Presets",
		Header: []string{"preset", "model", "chosen by", "accuracy", "network, ms", "multiply-adds, M", "parameters, M",
			"float32, MB", "int8, MB", "peak memory, MB"},
		Note: "Ours: the best model on validation; the one that the advice takes; and of those with the fewest " +
			"parameters the one to take. Those of computervision-recipes were chosen on a GPU; their speed was " +
			"measured on " + machine + ", their accuracy on your photos is known only where the comparison trained them."}
	add := func(preset, model, by, accuracy string, s tradeoff.Speed) {
		out.Rows = append(out.Rows, []string{preset, model, by, accuracy, ms(s.Latency.Median),
			fmt.Sprintf("%.0f", float64(s.MultiplyAdds)/1e6), millions(s.Parameters), millions(s.BundleBytes),
			millions(s.Int8Bytes), megabytes(s.PeakMemory)})
	}
	for _, c := range t.Choices {
		for i, p := range []tradeoff.Point{c.Best, c.Take, c.Smallest} {
			model := p.Label()
			if c.Machine != machine {
				model += " on " + c.Machine
			}
			add(recipe.Presets()[i].Name, model, "validation photos",
				interval(p.Interval)+" of "+t.SideName()+" photos", p.Speed)
		}
	}
	for _, preset := range recipe.Presets() {
		for _, e := range field {
			if s := e.Speed; e.Preset == preset.Name {
				add(e.Preset, fmt.Sprintf("%s at %d px", s.Backbone, s.Size), "computervision-recipes",
					fmt.Sprintf("%.1f %% of ImageNet at %d px, published", s.Published.Top1, s.Published.Size), s)
			}
		}
	}
	return out
}

// againstTable compares every model with the best one on validation, on its machine.
func againstTable(t tradeoff.Result) Table {
	out := Table{Title: "Against the best on validation",
		Header: []string{"model", "best", "validation, points", "standard error", "worse", t.SideName() + ", points",
			"95 % interval"},
		Note: "Differences to the best model, on the same photos. Worse: more than one standard error below the best on " +
			"the validation photos, which alone choose the model. The last two columns are the difference on the other " +
			"photos, which choose nothing."}
	if t.Side == "val" {
		out.Note = "Differences to the best model, on the same photos. Worse: more than one standard error below the best. " +
			"There are no test photos, so the last two columns are of the validation photos too, which choose the model."
	}
	why := ""
	for _, c := range t.Choices {
		for _, a := range c.Against {
			apart, val, judged := "–", []string{"–", "–"}, []string{"–", "–"}
			if a.Val.Images > 0 {
				apart, val = "yes", []string{signed(a.Val.Mean), fmt.Sprintf("%.1f", 100*a.Val.Error)}
			}
			if a.Judged.Images > 0 {
				judged = []string{signed(a.Judged.Mean), signed(a.Judged.Interval[0]) + " to " + signed(a.Judged.Interval[1])}
			}
			if a.Alike {
				apart = "no"
			}
			out.Rows = append(out.Rows, []string{a.Model, c.Best.Model, val[0], val[1], apart, judged[0], judged[1]})
			why = cmp.Or(why, a.Val.Why, a.Judged.Why)
		}
	}
	if why != "" {
		out.Note += " A dash: not compared, because " + why + "."
	}
	return out
}

// signed is a difference of shares in percentage points; rounding to zero drops the minus sign.
func signed(d float64) string { return fmt.Sprintf("%+.1f", math.Round(1000*d)/10+0) }

// millions is a number of parameters or bytes; "–" where it is not known.
func millions(n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f", float64(n)/1e6)
}

// megabytes is a number of bytes; "–" where it is not known.
func megabytes(n int64) string {
	if n == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", float64(n)/1e6)
}

func ms(seconds float64) string { return fmt.Sprintf("%.1f", 1000*seconds) }
