package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"imagelab/lib/asset"
	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/text"
)

// newCleanCmd is `imagelab clean`: what takes room, and getting rid of it.
func newCleanCmd(a *app) *cobra.Command {
	var all, asJSON bool
	cmd := &cobra.Command{
		Use:   "clean [NAME|DIR ...]",
		Short: "Show what the cache holds, and remove parts of it",
		Long: `Clean lists what imagelab keeps in its cache folder, with sizes. With names from that list it removes these parts,
with --all everything. With the folder of a data set it removes what was computed from the photos (packed pixels,
features), which training computes again. It never removes photos, manifests, decisions, models or records.`,
		Example: `  imagelab clean
  imagelab clean jupyter solar-1.0.0.post1
  imagelab clean data/mine`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 0 {
				return usageError{errors.New("--all removes everything in the cache: leave out the names, or --all")}
			}
			if !all && len(args) == 0 {
				return listCache(a, asJSON)
			}
			gone, err := clean(cmd.Context(), a, args)
			if asJSON {
				return cmp.Or(err, a.json(map[string]any{"removed": gone}))
			}
			for _, h := range gone {
				fmt.Fprintf(a.stdout, "removed %s, %s\n", text.Name(h.Name), text.Bytes(h.Bytes))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "remove everything in the cache")
	addJSON(cmd.Flags(), &asJSON)
	return cmd
}

func listCache(a *app, asJSON bool) error {
	held, err := asset.Holdings()
	if err != nil {
		return err
	}
	if asJSON {
		return a.json(map[string]any{"cache": append([]asset.Holding{}, held...)})
	}
	t := text.Table{Columns: []text.Column{{Head: "NAME"}, {Head: "SIZE", Number: true},
		{Head: "PATH", Spare: 1, Least: 20}}}
	var sum int64
	for _, h := range held {
		t.Add(text.Name(h.Name), text.Bytes(h.Bytes), text.Name(h.Path))
		sum += h.Bytes
	}
	t.Add("all", text.Bytes(sum), "")
	return a.printTable(t, "a wider terminal or --json shows all")
}

// clean removes parts of the cache, and what was computed for data sets.
func clean(ctx context.Context, a *app, args []string) ([]asset.Holding, error) {
	var names []string
	var gone []asset.Holding
	for _, arg := range args {
		if !lab.IsSet(arg) {
			names = append(names, arg)
			continue
		}
		h, err := cleanSet(ctx, a, arg)
		if err != nil {
			return gone, err
		}
		gone = append(gone, h)
	}
	if len(args) > 0 && len(names) == 0 {
		return gone, nil
	}
	more, err := asset.Remove(ctx, names, a.progress)
	return slices.Concat(gone, more), err
}

// cleanSet removes what was computed from the photos of a set.
func cleanSet(ctx context.Context, a *app, dir string) (asset.Holding, error) {
	h := asset.Holding{Name: filepath.Join(dir, "cache"), Path: filepath.Join(dir, "cache")}
	_, release, err := dataset.Hold(ctx, dir, a.progress)
	if err != nil {
		return h, err
	}
	defer release()
	info, err := os.Lstat(h.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	if !info.IsDir() {
		return h, fmt.Errorf("%s is no folder, and is left alone", text.Name(h.Path))
	}
	h.Bytes = asset.Size(h.Path)
	return h, os.RemoveAll(h.Path)
}
