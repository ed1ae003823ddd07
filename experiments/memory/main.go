// Command memory asks: does the memory that training takes grow with the number of photos?
//
// Settings: 1,000, 10,000 and 100,000 generated photos of 64 x 64 pixels in four classes (their
// accuracy means nothing), from files to a model with cut head and with cut stage7, one epoch. Each
// step runs in a process of its own, so that memory of one does not count for the next. Only
// anonymous memory is counted: packed photos and stored activations are mapped files, whose pages
// the system drops when it needs memory.
//
//	go run ./experiments/memory [-quick] [-photos 1000]
//
// Result (2 cores of an AMD EPYC with AVX-512, 24 GiB, 2026-11-25, commit f28e4df, peak MB with
// 1,000, 10,000 and 100,000 photos): No record was kept of the runs. Ingest 22, 43, 174; dedup 14,
// 27, 150; split 16, 49, 285; training with cut head 127, 196, 374; with cut stage7 289, 346, 506.
// So a photo takes 1 to 3 kB, for its line in the manifest, not for its pixels: 100,000 more photos
// take 130 to 270 MB more, depending on the step. All steps with 100,000 photos took 7 minutes.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"imagelab/lib/dataset"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
)

var photos int

func flags(f *flag.FlagSet) { f.IntVar(&photos, "photos", 1000, "`number` of generated photos") }

func main() { lab.Main("memory", run, flags) }

func run(ctx context.Context, l *lab.Lab) error {
	p := defaultPlan(photos)
	if l.Quick {
		p = quickPlan(photos)
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	dir := filepath.Join(l.Dir, fmt.Sprint(photos))
	r, err := p.run(ctx, e, dir, l.Progress)
	if err != nil {
		return err
	}
	if err := dataset.WriteJSON(filepath.Join(dir, "memory.json"), r); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(l.Dir, "*", "memory.json"))
	if err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	rows := make([]row, len(files))
	for i, file := range files {
		data, err := os.ReadFile(file)
		if err == nil {
			err = json.Unmarshal(data, &rows[i])
		}
		if err != nil {
			return fmt.Errorf("memory: %s: %w", file, err)
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.Images, b.Images) })
	fmt.Fprint(l.Stdout, table(rows))
	return l.SaveCSV("memory.csv", []string{"photos", "step", "peak_bytes", "seconds"}, cells(rows))
}
