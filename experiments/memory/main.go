// Command memory asks: does the memory that training takes grow with the number of photos?
//
// Arms: 1,000, 10,000 and 100,000 generated photos of 64 x 64 pixels in four classes (synthetic: they say nothing about
// accuracy), from files to a model at cut head and at cut stage7, one epoch. Anonymous memory counts: packed photos and
// stored activations are mapped files, whose pages the system drops when it needs room.
//
//	go run ./experiments/memory [-quick]
package main

import (
	"context"
	"fmt"
	"path/filepath"

	"imagelab/lib/footprint"
	"imagelab/lib/lab"
)

func main() { lab.Main("memory", run) }

func run(ctx context.Context, l *lab.Lab) error {
	plan := footprint.Default()
	if l.Quick {
		plan = footprint.Quick()
	}
	e, err := l.Engine(ctx)
	if err != nil {
		return err
	}
	rows, err := plan.Run(ctx, e, filepath.Join(l.Dir, "photos"), l.Progress)
	fmt.Fprint(l.Stdout, footprint.Table(rows))
	return err
}
