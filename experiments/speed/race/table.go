package race

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"imagelab/lib/metric"
	"imagelab/lib/text"
)

// RatioRows are the ratios as a table.
func RatioRows(all []Ratio) (header []string, rows [][]string) {
	header = []string{"work", "peer", "unit", "ours", "the peer's", "times faster", "lowest round", "highest round"}
	for _, r := range all {
		if r.PeerName == "" {
			rows = append(rows, []string{r.Work, "–", r.Unit, number(r.Ours), "–", "–", "–", "–"})
			continue
		}
		rows = append(rows, []string{r.Work, r.PeerName, r.Unit, number(r.Ours), number(r.Peer), Times(r.Ratio),
			Times(r.Min), Times(r.Max)})
	}
	return header, rows
}

// ResultRows are what every side reached at every work: the median, the extremes of the rounds, and
// the note.
func (r Report) ResultRows() (header []string, rows [][]string) {
	header = []string{"work", "side", "unit", "median", "lowest", "highest", "rounds", "note"}
	for _, p := range r.Parts {
		for _, w := range p.Works {
			for _, x := range w.Results {
				rows = append(rows, []string{w.Name, x.Side, w.Unit, number(metric.Median(x.Values)), number(slices.Min(x.Values)),
					number(slices.Max(x.Values)), fmt.Sprint(len(x.Values)), x.Note})
			}
		}
	}
	return header, rows
}

// RoundRows are the timings one by one, without those of the whole way, which [Report.WholeRows]
// has.
func (r Report) RoundRows() (header []string, rows [][]string) {
	header = []string{"part", "work", "side", "note", "unit", "round", "value", "commit", "cpu", "cores", "used_by_others"}
	for _, p := range r.Parts {
		if p.Name == EndToEnd {
			continue
		}
		measured := []string{p.Environment.Commit, p.Environment.CPU, strconv.Itoa(p.Environment.Cores),
			strconv.FormatFloat(p.Interference, 'f', 3, 64)}
		for _, w := range p.Works {
			for _, x := range w.Results {
				for i, value := range x.Values {
					row := []string{p.Name, w.Name, x.Side, x.Note, w.Unit, strconv.Itoa(i + 1)}
					row = append(row, strconv.FormatFloat(value, 'g', 5, 64))
					rows = append(rows, append(row, measured...))
				}
			}
		}
	}
	return header, rows
}

// StageRows are the arithmetic rates of the network's stages, and their share of the rate of a
// large matrix product: where it is low, memory traffic and small kernels decide, not arithmetic.
func (r Report) StageRows() (header []string, rows [][]string) {
	header = []string{"stage", "MFLOP an image", "GFLOP/s", "share of the peak", "share of the time"}
	for _, p := range r.Parts {
		if len(p.Stages) == 0 {
			continue
		}
		peak, time, work := metric.Median(p.Peak), 0.0, 0.0
		for _, s := range p.Stages {
			time, work = time+s.MFLOP/metric.Median(s.Values), work+s.MFLOP
		}
		row := func(name string, mflop, rate float64) []string {
			return []string{name, number(mflop), number(rate), text.Percent(rate/peak, 0), text.Percent(mflop/rate/time, 0)}
		}
		for _, s := range p.Stages {
			rows = append(rows, row(s.Name, s.MFLOP, metric.Median(s.Values)))
		}
		rows = append(rows, row("all stages", work, work/time), []string{"matrix product, the peak", "–",
			number(peak), text.Percent(1, 0), "–"})
	}
	return header, rows
}

// MachineRows say where, when and against which versions the parts were measured.
func (r Report) MachineRows() (header []string, rows [][]string) {
	header = []string{"part", "time", "engine", "processor", "cores", "commit", "used by others", "peers' packages"}
	for _, p := range r.Parts {
		var versions []string
		for _, name := range slices.Sorted(maps.Keys(p.Versions)) {
			versions = append(versions, name+" "+p.Versions[name])
		}
		rows = append(rows, []string{p.Name, p.Time.Format("2006-01-02 15:04"), p.Environment.Engine, p.Environment.CPU,
			fmt.Sprint(p.Environment.Cores), p.Environment.Commit, text.Percent(p.Interference, 0),
			strings.Join(versions, ", ")})
	}
	return header, rows
}

// Table is the ratios, how accurate the models at the end of the whole way are, and the stages, as
// text.
func (r Report) Table() string {
	text := table(RatioRows(r.Ratios()))
	for _, p := range r.Parts {
		for _, w := range p.Works {
			for _, x := range w.Results {
				if p.Name == EndToEnd {
					text += fmt.Sprintf("%s, %s: %s\n", w.Name, x.Side, x.Note)
				}
			}
		}
	}
	if header, rows := r.StageRows(); len(rows) > 0 {
		text += "\n" + table(header, rows)
	}
	return text
}

// table sets everything to the right.
func table(header []string, rows [][]string) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, row := range append([][]string{header}, rows...) {
		fmt.Fprintln(w, strings.Join(row, "\t")+"\t")
	}
	w.Flush()
	return text.String()
}

// number keeps three digits.
func number(x float64) string {
	if x >= 100 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
