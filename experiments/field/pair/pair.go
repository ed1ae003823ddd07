// Package pair times networks against those of PyTorch, in turns.
package pair

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"time"

	"imagelab/experiments/speed/peer"
	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/latency"
	"imagelab/lib/metric"
	"imagelab/lib/progress"
	"imagelab/lib/text"
	"imagelab/lib/tradeoff"
)

// classes of the classifier, on both sides.
const classes = 10

// Header names the columns of a row: milliseconds for one image, by the clock and by the CPUs'
// time, medians of the turns; and the medians of PyTorch's time over ours.
var Header = []string{"network", "pixels", "batch", "parameters", "multiply_adds",
	"ours_ms", "pytorch_ms", "ratio", "ours_cpu_ms", "pytorch_cpu_ms", "cpu_ratio", "pairs"}

// Meter times networks. Torch may be nil: then only ours are timed.
type Meter struct {
	Engine   *engine.Engine
	Photo    string
	Pairs    int
	Torch    *peer.Worker
	Progress progress.Func
}

// Run times the networks at these batches and keeps a row for each in the CSV file at path; those
// that it has are not timed again. It returns all rows without the header.
func (m Meter) Run(ctx context.Context, names []string, batches []int, path string) ([][]string, error) {
	rows, err := read(path)
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		m.Progress.Report("timing networks", int64(i), int64(len(names)))
		if slices.ContainsFunc(rows, func(r []string) bool { return r[0] == name }) {
			continue
		}
		more, err := m.network(ctx, name, batches)
		if err != nil {
			return nil, fmt.Errorf("pair: %s: %w", name, err)
		}
		rows = append(rows, more...)
		if err := write(path, rows); err != nil {
			return nil, err
		}
	}
	m.Progress.Report("timing networks", int64(len(names)), int64(len(names)))
	return rows, nil
}

func (m Meter) network(ctx context.Context, name string, batches []int) ([][]string, error) {
	spec, err := backbone.Lookup(name)
	if err != nil {
		return nil, err
	}
	f, err := latency.NewForward(ctx, m.Engine, tradeoff.Network{Backbone: name, Classes: classes, Random: true}, m.Photo)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var rows [][]string
	for _, batch := range batches {
		t, err := m.turns(ctx, f, spec, batch)
		if err != nil {
			return nil, err
		}
		row := []string{name, strconv.Itoa(spec.Size), strconv.Itoa(batch),
			strconv.FormatInt(latency.Parameters(spec, 0), 10),
			strconv.FormatInt(latency.MultiplyAdds(spec, spec.Size, 0), 10)}
		rows = append(rows, append(row, t.cells(m.Torch != nil)...))
	}
	return rows, nil
}

// turn is what one side took for an image, milliseconds.
type turn struct{ wall, cpu float64 }

// turns are those of both sides.
type turns struct{ ours, torch []turn }

// turns lets both sides work after each other. The first turn warms up.
func (m Meter) turns(ctx context.Context, f *latency.Forward, spec backbone.Spec, batch int) (turns, error) {
	var t turns
	_, title := spec.Architecture()
	repeat := max(8/batch, 1)
	each := 1000 / float64(repeat*batch)
	for i := range 1 + m.Pairs {
		start, cpu := time.Now(), used()
		for range repeat {
			if err := f.Run(batch); err != nil {
				return t, err
			}
		}
		ours, torch := turn{time.Since(start).Seconds() * each, (used() - cpu) * each}, turn{}
		if m.Torch != nil {
			a, err := m.Torch.Do(ctx, peer.Task{Work: peer.Forward, Network: title, Repeat: repeat, Batch: batch,
				Size: spec.Size, Classes: classes})
			if err != nil {
				return t, err
			}
			torch = turn{a.Seconds * each, a.CPU * each}
		}
		if i > 0 {
			t.ours, t.torch = append(t.ours, ours), append(t.torch, torch)
		}
	}
	return t, nil
}

func (t turns) cells(both bool) []string {
	var out []string
	wall, cpu := func(t turn) float64 { return t.wall }, func(t turn) float64 { return t.cpu }
	for _, of := range []func(turn) float64{wall, cpu} {
		var ours, torch, ratios []float64
		for i := range t.ours {
			ours, torch = append(ours, of(t.ours[i])), append(torch, of(t.torch[i]))
			ratios = append(ratios, of(t.torch[i])/max(of(t.ours[i]), 1e-9))
		}
		out = append(out, number(metric.Median(ours)))
		if !both {
			out = append(out, "", "")
			continue
		}
		out = append(out, number(metric.Median(torch)), number(metric.Median(ratios)))
	}
	return append(out, strconv.Itoa(len(t.ours)))
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', 3, 64) }

// Table shows the rows to people.
func Table(w io.Writer, rows [][]string) error {
	t := text.Table{Columns: []text.Column{{Head: "network"}, {Head: "batch", Number: true},
		{Head: "ours ms", Number: true}, {Head: "PyTorch ms", Number: true}, {Head: "ratio", Number: true},
		{Head: "CPU ratio", Number: true}}}
	for _, r := range rows {
		t.Add(r[0], r[2], r[5], r[6], r[7], r[10])
	}
	_, err := t.Write(w, 100)
	return err
}

func read(path string) ([][]string, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("pair: %w", err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err == nil && (len(rows) == 0 || !slices.Equal(rows[0], Header)) {
		err = errors.New("its columns are others")
	}
	if err != nil {
		return nil, fmt.Errorf("pair: %s does not hold results of this experiment: choose another folder (%w)",
			text.Path(path), err)
	}
	return rows[1:], nil
}

func write(path string, rows [][]string) error {
	return dataset.WriteFile(path, func(w io.Writer) error {
		return csv.NewWriter(w).WriteAll(append([][]string{Header}, rows...))
	})
}
