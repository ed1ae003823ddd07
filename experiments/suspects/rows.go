package main

import (
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"imagelab/lib/figure"
	"imagelab/lib/lab"
	"imagelab/lib/metric"
)

// methods of cleanlab, in the order of their columns.
var methods = []string{"find_label_issues", "self_confidence", "normalized_margin", "confidence_weighted_entropy"}

// row is one setting and seed.
type row struct {
	Set, Noise               string
	Rate                     float64
	Seed                     int
	Ours                     ranking
	Peers                    map[string]ranking // by method; empty: cleanlab was not asked
	Noisy, Relabelled, Clean float64            // accuracy on true test labels, in [0,1]
}

const file = "suspects.csv"

func header() []string {
	head := []string{"set", "noise", "planted", "seed", "precision_first_5", "recall_first_10"}
	for _, m := range methods {
		head = append(head, m+"_precision", m+"_recall")
	}
	return append(head, "accuracy_wrong_labels", "accuracy_relabelled", "accuracy_true_labels")
}

func (r row) cells() []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }
	out := []string{r.Set, r.Noise, fmt.Sprint(r.Rate), fmt.Sprint(r.Seed), number(r.Ours.Precision),
		number(r.Ours.Recall)}
	for _, m := range methods {
		if p, ok := r.Peers[m]; ok {
			out = append(out, number(p.Precision), number(p.Recall))
		} else {
			out = append(out, "", "")
		}
	}
	return append(out, number(r.Noisy), number(r.Relabelled), number(r.Clean))
}

// parse is the inverse of cells.
func parse(cells []string) (r row, err error) {
	if len(cells) != len(header()) {
		return r, fmt.Errorf("%d cells", len(cells))
	}
	number := func(i int) float64 {
		v, failed := strconv.ParseFloat(cells[i], 64)
		err = errors.Join(err, failed)
		return v
	}
	r = row{Set: cells[0], Noise: cells[1], Rate: number(2), Seed: int(number(3)), Ours: ranking{number(4),
		number(5)}, Peers: map[string]ranking{}}
	for i, m := range methods {
		if cells[6+2*i] != "" {
			r.Peers[m] = ranking{number(6 + 2*i), number(7 + 2*i)}
		}
	}
	at := 6 + 2*len(methods)
	r.Noisy, r.Relabelled, r.Clean = number(at), number(at+1), number(at+2)
	return r, err
}

// rows are the finished ones.
type rows []row

// load reads what an earlier call left.
func (rs *rows) load(l *lab.Lab) error {
	f, err := os.Open(filepath.Join(l.Dir, file))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return fmt.Errorf("%s: %w; remove it to begin anew", f.Name(), err)
	}
	for _, cells := range lines[1:] {
		r, err := parse(cells)
		if err != nil {
			return fmt.Errorf("%s: %w; remove it to begin anew", f.Name(), err)
		}
		*rs = append(*rs, r)
	}
	return nil
}

func (rs rows) has(set, noise string, rate float64, seed int) bool {
	return slices.ContainsFunc(rs, func(r row) bool {
		return r.Set == set && r.Noise == noise && r.Rate == rate && r.Seed == seed
	})
}

func (rs *rows) add(l *lab.Lab, r row) error {
	*rs = append(*rs, r)
	var lines [][]string
	for _, one := range *rs {
		lines = append(lines, one.cells())
	}
	return l.SaveCSV(file, header(), lines)
}

// setting are the rows of one set, noise and rate.
type setting struct {
	set, noise string
	rate       float64
	rows       rows
}

func (rs rows) settings() (settings []setting) {
	for _, r := range rs {
		at := slices.IndexFunc(settings, func(a setting) bool {
			return a.set == r.Set && a.noise == r.Noise && a.rate == r.Rate
		})
		if at < 0 {
			at, settings = len(settings), append(settings, setting{r.Set, r.Noise, r.Rate, nil})
		}
		settings[at].rows = append(settings[at].rows, r)
	}
	slices.SortStableFunc(settings, func(a, b setting) int {
		return cmp.Or(cmp.Compare(a.set, b.set), -cmp.Compare(a.noise, b.noise), cmp.Compare(a.rate, b.rate))
	})
	return settings
}

// mean of what of gives, over the seeds.
func (a setting) mean(of func(r row) float64) float64 {
	sum := 0.0
	for _, r := range a.rows {
		sum += of(r) / float64(len(a.rows))
	}
	return sum
}

// show prints the means over the seeds and draws recall and precision.
func (rs rows) show(l *lab.Lab) error {
	fmt.Fprintln(l.Stdout,
		"set, noise, planted: precision of the first 5 %, recall of the first 10 %; cleanlab's; "+
			"accuracy with wrong, corrected and true labels")
	lines := map[string]*figure.Series{}
	var names []string
	for _, a := range rs.settings() {
		says := fmt.Sprintf("%s, %s, %g %%: %.2f, %.2f;", a.set, a.noise, 100*a.rate,
			a.mean(func(r row) float64 { return r.Ours.Precision }),
			a.mean(func(r row) float64 { return r.Ours.Recall }))
		for _, m := range methods {
			if len(a.rows[0].Peers) > 0 {
				says += fmt.Sprintf(" %s %.2f, %.2f;", m, a.mean(func(r row) float64 { return r.Peers[m].Precision }),
					a.mean(func(r row) float64 { return r.Peers[m].Recall }))
			}
		}
		fmt.Fprintf(l.Stdout, "%s %.1f %%, %.1f %%, %.1f %%\n", says,
			100*a.mean(func(r row) float64 { return r.Noisy }),
			100*a.mean(func(r row) float64 { return r.Relabelled }), 100*a.mean(func(r row) float64 { return r.Clean }))
		for who, of := range map[string]func(r row) float64{
			"imagelab": func(r row) float64 { return r.Ours.Recall },
			"cleanlab": func(r row) float64 { return r.Peers[methods[0]].Recall },
		} {
			if a.noise != confused || who == "cleanlab" && len(a.rows[0].Peers) == 0 {
				continue
			}
			name := a.set + ", " + who
			if lines[name] == nil {
				lines[name], names = &figure.Series{Name: name}, append(names, name)
			}
			lines[name].Points = append(lines[name].Points, a.point(of))
		}
	}
	slices.Sort(names)
	var series []figure.Series
	for _, name := range names {
		series = append(series, *lines[name])
	}
	f := figure.Response("Wrong labels found in the first 10 % of the ranking",
		"Labels planted as the class that is most often confused; mean of the seeds, lines: least and most.",
		"planted wrong labels, %", false, series...)
	f.Y.Label.Text = "recall"
	return l.Save("suspects.svg", f)
}

// point is the mean over the seeds, with the least and the most.
func (a setting) point(of func(r row) float64) figure.Setting {
	var all []float64
	for _, r := range a.rows {
		all = append(all, of(r))
	}
	return figure.Setting{X: 100 * a.rate, Accuracy: a.mean(of), Interval: metric.Interval{slices.Min(all),
		slices.Max(all)}}
}
