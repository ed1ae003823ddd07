//go:build linux

// Package mutant gives damaged photos and bombs to ingest and to predict, each alone. Neither may
// die, take more than 10 s, or more than 1 GB of memory.
package mutant

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"imagelab/experiments/attack/campaign"
	"imagelab/experiments/attack/target"
)

// Limits.
const (
	longest = 10 * time.Second
	largest = 1 << 30 // bytes
)

// samples are photos of all formats, of imagelab's own tests.
const samples = "lib/photo/testdata/foreign"

// Campaign gives so many mutants of the samples, and all bombs, to each command.
func Campaign(ctx context.Context, t *target.Target, mutants int) (campaign.Campaign, error) {
	c := campaign.Campaign{Name: "mutant",
		What: "mutated images and bombs, each by ingest or predict: dead, over 10 s or over 1 GB"}
	folder, err := t.Source(ctx, samples)
	if err != nil {
		return c, err
	}
	files, err := photos(folder)
	if err != nil {
		return c, err
	}
	for i := range mutants {
		file := files[i%len(files)]
		draw := func(r *rand.Rand) ([]byte, error) { return mutate(files, file, r) }
		c.Trials = append(c.Trials, trials(t, filepath.Base(file), draw)...)
	}
	for _, b := range bombs {
		c.Trials = append(c.Trials, trials(t, b.name, func(*rand.Rand) ([]byte, error) { return b.make() })...)
	}
	return c, nil
}

// photos lists the files of a folder but for tables and texts.
func photos(dir string) (files []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("mutant: %w", err)
	}
	for _, e := range entries {
		if !e.IsDir() && !slices.Contains([]string{".csv", ".md", ".txt"}, filepath.Ext(e.Name())) {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	if len(files) == 0 {
		return nil, errors.New("mutant: no photos in " + dir)
	}
	return files, nil
}

// trials has a photo read by each command.
func trials(t *target.Target, name string, draw func(*rand.Rand) ([]byte, error)) []campaign.Trial {
	folder := filepath.Join(t.Root, "mutant")
	file := filepath.Join(folder, "class", name)
	var all []campaign.Trial
	for _, args := range [][]string{{"ingest", folder, "--out", t.Data()}, {"predict", t.Head(), file}} {
		what := args[0] + " " + name
		all = append(all, campaign.Trial{Name: what, Run: func(ctx context.Context, r *rand.Rand) (campaign.Verdict, error) {
			data, err := draw(r)
			if err != nil {
				return campaign.Verdict{}, err
			}
			if err := place(t, folder, file, data); err != nil {
				return campaign.Verdict{}, err
			}
			return judge(t.Run(ctx, target.Disturbance{}, args...)), nil
		}})
	}
	return all
}

// place makes a folder with the one photo; for ingest nothing is known of it, and for predict there
// is a model.
func place(t *target.Target, folder, file string, data []byte) error {
	if err := t.Restore(t.Index("train body")); err != nil {
		return err
	}
	err := errors.Join(os.RemoveAll(folder), os.RemoveAll(t.Data()), os.MkdirAll(filepath.Dir(file), 0o755))
	if err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}

func judge(o target.Outcome) campaign.Verdict {
	took := fmt.Sprintf("%.1f s, %d MB", o.Took.Seconds(), o.Peak>>20)
	switch dead := o.Dead(); {
	case dead != "":
		return campaign.Fell(dead+" after "+took+": "+o.Last(), o.Command)
	case o.Took > longest || o.Peak > largest:
		return campaign.Fell("it took "+took, o.Command)
	case o.Code != 0:
		return campaign.Held("refused", took+": "+o.Last())
	case strings.Contains(o.Stdout, "quarantine"):
		return campaign.Held("quarantined", took)
	}
	return campaign.Held("read", took)
}
