// Command memory asks: does the memory that training takes grow with the number of photos?
//
// Arms: 1,000, 10,000 and 100,000 generated photos of 64 x 64 pixels in four classes (synthetic: they say nothing about
// accuracy), from files to a model at cut head and at cut stage7, one epoch; each in a process of its own, or what one
// leaves would count for the next. Anonymous memory counts: packed photos and stored activations are mapped files, whose
// pages the system drops when it needs room.
//
//	go run ./experiments/memory [-quick] [-photos 1000]
//
// Result (2 cores of an AMD EPYC with AVX-512, 24 GiB, 2026-11-25, commit f28e4df, MB at most with 1,000, 10,000 and 100,000
// photos): ingest 22, 43, 174; dedup 14, 27, 150; split 16, 49, 285; training at cut head 127, 196, 374; at cut stage7 289,
// 346, 506. So a photo takes 2 to 3 kB, which is its line of the manifest and not its pixels: 100,000 more photos take 130 to
// 270 MB more, by stage. The whole way with 100,000 took 7 minutes.
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
	return nil
}
