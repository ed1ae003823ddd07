package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/metric"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// runsFlags are the choices of `imagelab runs`.
type runsFlags struct {
	csv, json     bool
	compare, with string
	page          string
}

// newRunsCmd is `imagelab runs`: what was fitted below a folder, and how settings differ.
func newRunsCmd(a *app) *cobra.Command {
	var flags runsFlags
	cmd := &cobra.Command{
		Use:   "runs DIR [OTHER]",
		Short: "List, compare and export the records of fits",
		Long: `Runs reads every records*.jsonl in DIR and the folders below it, from all processes and machines, and prints
one line for each fit: its setting (all options but the seed), the accuracy on validation and test photos, a 95 %
Wilson interval of the test result (or of the validation result, if nobody read the test photos), the time it took
(without the work that the fits of an experiment share), and whether it finished, was stopped or failed. If photos
have groups, the interval is over groups.

If a setting was fitted several times, the mean follows. Its 95 % interval is over seeds (Student's t; it does
not include that other test photos would give other numbers), or over splits of the same photos, which overlap (Nadeau
and Bengio's correction). There is no interval if all fits gave the same result.

--compare A --with B compares two settings: it prints the difference of their means over the seeds that both
have. If the records hold each prediction on the same photos, it also prints the interval of the difference over seeds
and photos, and a paired test: McNemar's test (mid-p), or for several seeds the sign-flip test over photos. A and B are
names of settings, or the first letters of a fit's ID.

--page FILE writes a page: of one folder, all runs below it with links to their pages; of two runs that train made, DIR
and OTHER, which photos one got right and the other wrong, with the photos and McNemar's test. It compares test photos
if both were evaluated, else validation photos.

--csv exports one line for each fit; --json prints one object with fits and settings ("arms"). Intervals then
have columns of their own, and shares are numbers from 0 to 1.`,
		Example: `  imagelab runs runs/a
  imagelab runs runs/curve --csv > curve.csv
  imagelab runs runs/tradeoff --compare "lite0 at 224" --with "lite2 at 260"
  imagelab runs runs --json
  imagelab runs runs --page runs/index.html
  imagelab runs runs/a runs/b --page a-b.html`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(len(args)); err != nil {
				return usageError{err}
			}
			if flags.page != "" {
				return writeRunsPage(cmd.Context(), a, flags, args)
			}
			records, torn, err := runlog.ReadDir(args[0])
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("there is no folder %s: name one that `imagelab train` or an experiment wrote",
					text.Name(args[0]))
			}
			if err != nil {
				return err
			}
			a.noteTorn(torn)
			if len(records) == 0 {
				return noRecords(args[0])
			}
			return flags.print(a, records)
		},
	}
	flags.add(cmd.Flags())
	return cmd
}

func (a *app) noteTorn(torn int) {
	if torn > 0 {
		fmt.Fprintf(a.stderr, "note: lines that broke off when a process was killed, passed over: %d\n", torn)
	}
}

func noRecords(dir string) error {
	return fmt.Errorf("no records below %s: `imagelab train` and the experiments write them", text.Name(dir))
}

func (f *runsFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.csv, "csv", false, "print one line per fit as CSV")
	addJSON(flags, &f.json)
	flags.StringVar(&f.compare, "compare", "", "compare setting or fit `A` ...")
	flags.StringVar(&f.page, "page", "", "write a page to `FILE`: of one folder, its runs; of two runs, their comparison")
	flags.StringVar(&f.with, "with", "", "... with setting or fit `B`")
}

func (f runsFlags) check(folders int) error {
	switch {
	case folders == 2 && f.page == "":
		return errors.New("two runs are compared on a page: add --page FILE")
	case f.page != "" && (f.csv || f.compare != ""):
		return errors.New("--page goes with --json alone")
	case f.csv && f.json:
		return errors.New("choose --csv or --json")
	case (f.compare == "") != (f.with == ""):
		return errors.New("a comparison needs two: --compare A --with B")
	case f.csv && f.compare != "":
		return errors.New("a comparison is no table: use --json to export it")
	}
	return nil
}

func (f runsFlags) print(a *app, records []runlog.Record) error {
	rows, settings := runlog.Rows(records), runlog.Settings(records)
	if f.compare != "" {
		c, err := runlog.Compare(records, f.compare, f.with)
		if err != nil {
			return err
		}
		if f.json {
			return a.json(c)
		}
		printComparison(a.stdout, c)
		return nil
	}
	switch {
	case f.json:
		return a.json(map[string]any{"fits": rows, "arms": settings})
	case f.csv:
		return writeRunsCSV(a.data, rows)
	}
	return errors.Join(printFits(a, rows), printSettings(a, settings))
}

// printFits lists a line per fit. What all fits share is said once, above.
func printFits(a *app, rows []runlog.Row) error {
	shared := []struct {
		name string
		of   func(runlog.Row) string
	}{
		{"data set", func(r runlog.Row) string { return r.Dataset }},
		{"backbone", func(r runlog.Row) string { return r.Backbone }},
		{"size", func(r runlog.Row) string { return strconv.Itoa(r.Size) }},
		{"cut", func(r runlog.Row) string { return r.Cut }},
	}
	var said []string
	t := text.Table{Columns: []text.Column{{Head: "fit", Spare: 1}, {Head: "setting", Least: 12}}}
	var columns []func(runlog.Row) string
	for _, s := range shared {
		if value, ok := sameFor(rows, s.of); ok {
			said = append(said, s.name+" "+text.Name(value))
			continue
		}
		t.Columns, columns = append(t.Columns, text.Column{Head: s.name, Least: 8}), append(columns, s.of)
	}
	if len(said) > 0 {
		if err := a.printLine("all fits: " + strings.Join(said, ", ") + "\n"); err != nil {
			return err
		}
	}
	t.Columns = append(t.Columns, text.Column{Head: "seed", Spare: 2}, text.Column{Head: "images", Spare: 3},
		text.Column{Head: "val"}, text.Column{Head: "test"}, text.Column{Head: "95 % interval"},
		text.Column{Head: "time", Spare: 4}, text.Column{Head: "when", Spare: 5}, text.Column{Head: "state"})
	for _, r := range rows {
		id := text.Name(r.ID)
		if a.columns > 0 && a.columns < 120 && len(id) == 16 {
			id = id[:8] // --compare and --with take the first letters
		}
		cells := []string{id, text.Name(r.Setting)}
		for _, of := range columns {
			cells = append(cells, text.Name(of(r)))
		}
		t.Add(append(cells, fitCells(r)...)...)
	}
	if err := a.printTable(t, "--csv shows all"); err != nil {
		return err
	}
	for _, r := range rows {
		if r.Error != "" {
			said := fmt.Sprintf("\n%s %s, seed %d: %s", text.Name(r.ID), text.Name(r.Setting), r.Seed,
				indented(errors.New(r.Error)))
			if err := a.printLine(said); err != nil {
				return err
			}
		}
	}
	return nil
}

// sameFor reports whether all of several rows have one value.
func sameFor(rows []runlog.Row, of func(runlog.Row) string) (string, bool) {
	for _, r := range rows {
		if of(r) != of(rows[0]) {
			return "", false
		}
	}
	return of(rows[0]), len(rows) > 1
}

func fitCells(r runlog.Row) []string {
	side, s := r.Judged()
	interval := "-"
	if side != "" {
		interval = between(s.Interval)
	}
	state := r.State
	if r.AllowLeak {
		state += ", leaky"
	}
	if r.TestSeen > 0 {
		state += ", no test: photos it learned from"
	}
	took := time.Duration(r.Own * float64(time.Second)).Round(time.Second / 10)
	return []string{fmt.Sprint(r.Seed), fmt.Sprint(r.Images), scoreText(r.Val), scoreText(r.Test), interval, took.String(),
		r.Time.Format("2006-01-02 15:04"), state}
}

func scoreText(s *runlog.Score) string {
	if s == nil {
		return "-"
	}
	return fmt.Sprintf("%.2f %%", 100*s.Top1)
}

// between writes an interval of shares in percent; accuracies lie between 0 and 100 %, whatever
// Student's t says.
func between(i metric.Interval) string {
	return fmt.Sprintf("%.1f to %.1f %%", 100*max(i[0], 0), 100*min(i[1], 1))
}

// printSettings lists the means of settings that were fitted more than once.
func printSettings(a *app, settings []runlog.Setting) error {
	t := text.Table{Columns: []text.Column{{Head: "setting", Least: 12}, {Head: "data set", Least: 8, Spare: 1},
		{Head: "fits", Spare: 2}, {Head: "judged on"}, {Head: "mean"}, {Head: "95 % interval over seeds"}}}
	overSplits := false
	for _, m := range settings {
		if m.Fits < 2 {
			continue
		}
		interval := "-, one result"
		if m.Interval != nil {
			interval = between(*m.Interval)
		}
		if m.Splits > 1 {
			interval += fmt.Sprintf(" (%d splits)", m.Splits)
			overSplits = true
		}
		t.Add(text.Name(m.Name), text.Name(m.Dataset), fmt.Sprint(m.Fits), m.Side, fmt.Sprintf("%.2f %%", 100*m.Mean),
			interval)
	}
	if overSplits {
		t.Columns[5].Head += " or splits"
	}
	if t.Rows() == 0 {
		return nil
	}
	fmt.Fprintln(a.stdout)
	return a.printTable(t, "--json shows all")
}

func printComparison(w io.Writer, c runlog.Comparison) {
	for _, a := range []runlog.Setting{c.A, c.B} {
		interval := ""
		if a.Interval != nil {
			interval = ", 95 % interval over seeds " + between(*a.Interval)
			if a.Splits > 1 {
				interval = fmt.Sprintf(", 95 %% interval over %d splits %s", a.Splits, between(*a.Interval))
			}
		}
		fmt.Fprintf(w, "%s: mean %s top-1 %.2f %% of %s%s\n", text.Name(a.Name), a.Side, 100*a.Mean,
			text.Count(a.Fits, "fit"), interval)
	}
	fmt.Fprintf(w, "difference: %+.2f points", 100*c.Difference)
	if c.Interval != nil {
		fmt.Fprintf(w, ", 95 %% interval %+.2f to %+.2f, over the %d seeds that both have", 100*c.Interval[0],
			100*c.Interval[1], c.Seeds)
	} else if c.Seeds == 1 {
		fmt.Fprint(w, ", on the one seed that both have")
	}
	fmt.Fprintln(w)
	if c.Test == nil {
		fmt.Fprintf(w, "image by image: not compared, because %s\n", c.NoTest)
		return
	}
	says := "the difference may be chance"
	if c.Test.MidP < 0.05 {
		says = "the difference is more than chance"
	}
	if c.Groups > 0 {
		says += " (images of a group count as one)"
	}
	fmt.Fprintf(w, "image by image: %d predictions are right by the first alone, %d by the second alone, on %d "+
		"images; p %s: %s\n",
		c.Test.OnlyA, c.Test.OnlyB, c.Test.Images, pValue(c.Test.MidP), says)
	if c.Judged != nil {
		over := text.Count(c.Test.Images, "image")
		if c.Groups > 0 {
			over = text.Count(c.Groups, "group") + " of images"
		}
		fmt.Fprintf(w, "over seeds and %s: 95 %% interval of the difference %+.2f to %+.2f points\n", over,
			100*c.Judged[0], 100*c.Judged[1])
	}
}

// pValue goes behind "p".
func pValue(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("= %.3f", p)
}

// writeRunsCSV writes a header and a line per fit. Cells without a value are empty.
func writeRunsCSV(w io.Writer, rows []runlog.Row) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"id", "arm", "dataset", "backbone", "size", "cut", "seed", "images",
		"val_top1", "val_low", "val_high", "val_n", "test_top1", "test_low", "test_high", "test_n",
		"seconds", "time", "state", "allow_leak", "error", "split", "engine", "cpu",
		"own_seconds", "no_dedup", "test_seen"}}
	for _, r := range rows {
		line := []string{r.ID, r.Setting, r.Dataset, r.Backbone, fmt.Sprint(r.Size), r.Cut, fmt.Sprint(r.Seed),
			fmt.Sprint(r.Images)}
		for _, s := range []*runlog.Score{r.Val, r.Test} {
			if s == nil {
				line = append(line, "", "", "", "")
				continue
			}
			line = append(line, number(s.Top1), number(s.Interval[0]), number(s.Interval[1]), fmt.Sprint(s.N))
		}
		lines = append(lines, append(line, number(r.Seconds), r.Time.Format(time.RFC3339), r.State,
			fmt.Sprint(r.AllowLeak), r.Error, r.Split, r.Engine, r.CPU, number(r.Own), fmt.Sprint(r.NoDedup),
			fmt.Sprint(r.TestSeen)))
	}
	return out.WriteAll(lines)
}

// number is the shortest text that reads back as v.
func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
