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
// Result (2 cores of an Intel Xeon, no GPU, 24 GiB, 2026-11-27, commit 4b99801, memory.csv; peak MB
// with 1,000, 10,000 and 100,000 photos):
//
//	ingest         27   66  446
//	dedup          20   56  320
//	split          21   71  648
//	train head    129  214  728
//	train stage7  290  331  878
//
// So a photo takes 3 to 6 kB, for its line in the manifest, not for its pixels: most of the line is
// its fingerprint, and Go's collector lets memory double. Since then a side is counted before it is
// copied, so that split takes less. All steps with 100,000 photos took 12 minutes.
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
