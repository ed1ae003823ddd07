package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

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
with --all everything. Files and folders there that imagelab did not make stay. With the folder of a data set it
removes what was computed from the photos (packed pixels, features), which training computes again, and never photos,
manifests, decisions, models or records. A data set that was fetched is in the cache with its photos: sets that were
ingested from it need them.`,
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
		return a.json(map[string]any{"cache": held})
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

// clean removes parts of the cache, and what was computed for data sets. A name that is neither is
// an error before anything is removed.
func clean(ctx context.Context, a *app, args []string) ([]asset.Holding, error) {
	var names, sets []string
	for _, arg := range args {
		if lab.IsSet(arg) {
			sets = append(sets, arg)
		} else {
			names = append(names, arg)
		}
	}
	var gone []asset.Holding
	if len(sets) == 0 || len(names) > 0 {
		var err error
		if gone, err = asset.Remove(ctx, names, a.progress); err != nil {
			return gone, err
		}
	}
	for _, dir := range sets {
		bytes, kept, err := cleanSet(ctx, a, dir)
		if err != nil {
			return gone, err
		}
		cache := filepath.Join(dir, dataset.CacheFolder)
		if len(kept) > 0 {
			fmt.Fprintf(a.stderr, "note: imagelab did not make these, and leaves them in %s: %s\n", text.Name(cache),
				strings.Join(kept, ", "))
		}
		if bytes == 0 {
			fmt.Fprintf(a.stderr, "note: nothing was computed for %s: there is nothing to remove\n", text.Name(dir))
			continue
		}
		gone = append(gone, asset.Holding{Name: cache, Path: cache, Bytes: bytes})
	}
	return gone, nil
}

// cleanSet removes what was computed from the photos of a set, see [dataset.ClearCache].
func cleanSet(ctx context.Context, a *app, dir string) (bytes int64, kept []string, err error) {
	_, release, err := dataset.Hold(ctx, dir, a.progress)
	if err != nil {
		return 0, nil, err
	}
	defer release()
	return dataset.ClearCache(dir)
}
