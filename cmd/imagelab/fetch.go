package main

import (
	"fmt"
	"regexp"

	"github.com/spf13/cobra"

	"imagelab/lib/asset"
	"imagelab/lib/text"
)

// newFetchCmd is `imagelab fetch`: bring pinned files to the cache, or list them.
func newFetchCmd(app *app) *cobra.Command {
	var from string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "fetch [NAME...] [--from FILE]",
		Short: "Download pinned weights, plugins and data sets, or list them",
		Long: `Fetch downloads what you name into the cache folder (IMAGELAB_CACHE, or else the user's cache folder) and
prints its path; for several names, each path follows its name. The other commands download what they need by
themselves; use fetch to prepare for working offline. Every file is pinned by version and sha256; of ten
networks' weights only the first eight digits of the sha256 are published, and compared.

Without a name, fetch lists what it knows, with licence and size.

Without a network, get the file that the list names in another way and pass it with --from. If you have a copy of the
data set clothing, pass its folder. For xla-cuda, pass the folder of a Python environment that has jax[cuda13]: its
files are linked, not copied, and of them only the versions are compared; keep it.`,
		Example: `  imagelab fetch
  imagelab fetch xla-cpu efficientnet_lite0 solar
  imagelab fetch solar --from Downloads/elpv_dataset-1.0.0.post1-py3-none-any.whl
  imagelab fetch clothing --from ~/clothing-dataset-small
  imagelab fetch xla-cuda
  imagelab fetch xla-cuda --from ~/venv
  imagelab ingest "$(imagelab fetch solar)" --out data/solar`,
		Args: func(_ *cobra.Command, names []string) error { return checkFetch(names, from) },
		RunE: func(cmd *cobra.Command, names []string) error {
			if len(names) == 0 && asJSON {
				return app.json(map[string]any{"assets": jsonAssets()})
			}
			if len(names) == 0 {
				return listAssets(app)
			}
			return fetchAssets(cmd, app, names, from, asJSON)
		},
	}
	addJSON(cmd.Flags(), &asJSON)
	cmd.Flags().StringVar(&from, "from", "",
		"archive `file`, data set folder or Python environment that you have already, for one name")
	return cmd
}

// checkFetch finds bad usage before anything is downloaded.
func checkFetch(names []string, from string) error {
	if from != "" && len(names) != 1 {
		return fmt.Errorf("--from needs exactly one name, got %d: imagelab fetch NAME --from FILE", len(names))
	}
	for _, name := range names {
		if _, err := asset.Lookup(name); err != nil {
			return err
		}
	}
	return nil
}

func fetchAssets(cmd *cobra.Command, app *app, names []string, from string, asJSON bool) error {
	paths := map[string]string{}
	for _, name := range names {
		var path string
		var err error
		if from != "" {
			path, err = asset.FetchFrom(cmd.Context(), name, from, app.progress)
		} else {
			path, err = asset.FetchChecked(cmd.Context(), name, app.progress)
		}
		if err != nil {
			return err
		}
		paths[name] = path
		if asJSON {
			continue
		}
		if len(names) > 1 {
			fmt.Fprintf(app.data, "%s\t", name)
		}
		fmt.Fprintln(app.data, path) // alone it can stand in another command: ingest "$(imagelab fetch solar)"
	}
	if asJSON {
		return app.json(map[string]any{"paths": paths})
	}
	return nil
}

// listAssets prints one line per known asset.
func listAssets(a *app) error {
	t := text.Table{Columns: []text.Column{{Head: "NAME"}, {Head: "KIND", Spare: 2}, {Head: "SIZE", Number: true},
		{Head: "LICENCE", Spare: 1}, {Head: "CACHED"}, {Head: "FROM", Spare: 3, Least: 20},
		{Head: "WHAT", Least: 16}}}
	for _, ref := range asset.Catalogue() {
		cached := "no"
		if _, ok := asset.Cached(ref.Name); ok {
			cached = "yes"
		}
		t.Add(ref.Name, ref.Kind, fmt.Sprintf("%.1f MB", float64(ref.Bytes)/1e6), ref.License, cached,
			ref.Client+" "+commit.ReplaceAllString(ref.Spec(), "$1"), ref.About)
	}
	return a.printTable(t, "a wider terminal or a pipe shows all")
}

// commit is a commit's hash at the end of a package spec.
var commit = regexp.MustCompile(`([0-9a-f]{12})[0-9a-f]{28}$`)
