// Command decode asks: when does JPEG decoding dominate an epoch?
//
// Settings: photos of 0.3, 1, 4 and 12 megapixels, stored as original files, as ingest downsizes
// them, as small files and as packed pixels; 6 rounds over 16 photos each, compared with the time
// of the network for as many photos. The photos are those of foods, enlarged and with added
// sensor noise, so that a file of 12 megapixels has 3 MB, as from a phone.
//
//	go run ./experiments/decode [-quick]
//
// Result (2 cores of an Intel Xeon, no GPU, 2026-11-27, commit 4b99801, decode.csv; seconds for
// 1,000 photos of 0.3, 1, 4 and 12 megapixels):
//
//	original files        5.5  16.5  41.6  125.8
//	downsized by ingest   5.6  16.6  41.8   68.6
//	small files           2.8   2.6   2.7    2.5
//
// Packed pixels take 0.005. Training from stage6 on takes 12.5 and the forward pass 8.3, so reading
// takes longer than the network from 0.73 megapixels on for training, and from 0.48 on for the
// forward pass. The figure shows how far the rounds differ. Machines differ more: the notebook on
// speed measures the one that it runs on.
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
