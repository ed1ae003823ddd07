// Command decode asks: when does JPEG decoding dominate an epoch?
//
// Settings: photos of 0.3, 1, 4 and 12 megapixels, stored as original files, as ingest downsizes
// them, as small files and as packed pixels; 6 rounds over 16 photos each, compared with the time
// of the network for as many photos. The photos are those of foods, enlarged and with added
// sensor noise, so that a file of 12 megapixels has 3 MB, as from a phone.
//
//	go run ./experiments/decode [-quick]
//
// Result (2 cores of an AMD EPYC without AVX-512, 2026-11-25, commit f67dd09, seconds for 1,000
// photos of 0.3, 1, 4, 12 megapixels): No record was kept of the times. Original files 8.4, 18.6,
// 45.7, 96.2; as ingest downsizes them 7.2, 21.5, 42.6, 61.8; small files 3.9 to 4.7; packed pixels
// 0.004. Training from stage6 on takes 11.4 and the forward pass 11.3, so decoding dominated from
// 0.5 megapixels on. The decoder has been replaced since: notebook 08 as it is committed (its quick
// form, 2 cores of an Intel Xeon) finds 1.1 megapixels for training and 0.92 for the forward pass.
// Runs of 2026-11-26 found 2.9 and 2.5, and on a shared machine 3.5 and 0.95. It must be measured
// again before it is quoted.
package main

import (
	"context"
	"fmt"

	"imagelab/experiments/decode/reading"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/split"
)

func main() { lab.Main("decode", run) }

func run(ctx context.Context, l *lab.Lab) error {
	plan := reading.Default()
	if l.Quick {
		plan = reading.Quick()
	}
	set, err := l.Dataset(ctx, "foods", split.Options{Val: 0.1, Seed: 1})
	if err != nil {
		return err
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	r, err := plan.Run(ctx, e, set, l.Dir, l.Progress)
	if err != nil {
		return err
	}
	fmt.Fprintf(l.Stdout, "%s\n%s\n", r.Table(), r.Verdict())
	f := r.Figure()
	if err := l.Save("decode.svg", f); err != nil {
		return err
	}
	columns, cells := r.Cells()
	if err := l.SaveCSV("decode.csv", columns, cells); err != nil {
		return err
	}
	header, rows := r.Rows()
	return l.Report(report.Sweep{
		Title: "When does JPEG decoding dominate an epoch?", Verdict: r.Verdict(),
		Figures: []report.Figure{{Title: "Reading photos", Figure: f}},
		Tables:  []report.Table{{Title: "Seconds for 1,000 photos", Header: header, Rows: rows}},
	})
}
