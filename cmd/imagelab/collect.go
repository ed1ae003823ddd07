package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/collect"
	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/report"
	"imagelab/lib/text"
)

// collectFlags are the flags of collect.
type collectFlags struct {
	collect.Options
	set            string
	plan, asJSON   bool
	megabytes, mpx int64
}

// newCollectCmd is `imagelab collect`: a plan of queries in, photos with their origin out.
func newCollectCmd(a *app) *cobra.Command {
	f := collectFlags{Options: collect.Options{Limits: collect.DefaultLimits()}}
	cmd := &cobra.Command{
		Use:   "collect PLAN.yaml --out DIR",
		Short: "Fetch photos for a plan of queries, with licence and author",
		Long: `Collect asks image searches for photos and puts them into a folder for each class, which ingest reads. The plan
says what is asked. This one makes 21 queries, of 7 classes, for at most 1,050 photos:

  contact: you@example.org          # sent with every request
  provider: openverse               # or commons, or both in a list
  words:
    garment: [blouse, hoodie, pullover, sweater, shirt, tshirt, vest]
    pattern: [striped, dotted, leopard]
  templates: ["{pattern} {garment}"]
  class: garment                    # the words that make the class; else the whole query does
  results: 50                       # most photos a query

Further keys:

  synonyms: {tshirt: [t-shirt, tee]}   each makes one more query, of the same class
  exclude: [leopard vest]              queries with all of these words are not asked
  without: [drawing, logo]             results with such a title are left out
  rate: 2                              most requests a second to one host

Providers, as "provider: NAME" or "provider: {kind: NAME, ...}":

  openverse   openly licensed photos of many sites; key: NAME of an environment variable with a token
  commons     Wikimedia Commons
  service     any search that answers in JSON, such as
              address: 'https://HOST/search?q={query}&page={page}', results: data.items, image: urls.0.full
              The address may have {offset}, {results} and {key} too. results is the path of the list in the answer;
              image, page, title, author and licence are paths in each result; next is that of the next page's address.
  addresses   file: a CSV with address, query, page, author, licence, or a text with lines "# QUERY" above addresses
  folder      folder: with a folder for each query

Web pages are not scraped. The image search of Bing, which older tutorials use, has been closed since August 2025.

Collect says who it is, obeys robots.txt where photos are, waits as hosts ask, and keeps licence, author and page
of every photo in DIR/collected.jsonl and DIR/ATTRIBUTION.md; ingest takes them into the manifest. It does not connect
to this machine or to private networks. A photo that is found for two classes lies in both folders, and dedup marks it
as a conflict.

Answers and photos are recorded: the same command continues, and --replay DIR makes the same collection without a
network. To ask anew, use a new folder. DIR/funnel.html shows how many photos came through each stage.`,
		Example: `  imagelab collect plan.yaml --plan                              # what would be asked; fetches nothing
  imagelab collect plan.yaml --out photos/garments
  imagelab ingest photos/garments --out data/garments
  imagelab collect plan.yaml --out photos/garments --set data/garments   # the funnel after dedup and review`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runCollect(cmd.Context(), a, args[0], f) },
	}
	f.add(cmd.Flags())
	return cmd
}

func (f *collectFlags) add(flags *pflag.FlagSet) {
	flags.StringVarP(&f.Dir, "out", "o", "", "folder `DIR` for the photos")
	flags.BoolVar(&f.plan, "plan", false, "print the queries and the budget, and fetch nothing")
	flags.StringVar(&f.Replay, "replay", "",
		"take answers and photos from `FOLDER`, which collect wrote, and not from the network")
	flags.StringVar(&f.set, "set", "", "data set `DIR` that was made of the photos: count what it keeps")
	flags.BoolVar(&f.AllowPrivate, "allow-private", false,
		"also connect to this machine, to private networks and through a proxy")
	flags.DurationVar(&f.Limits.Time, "max-time", f.Limits.Time, "longest `time` for one photo")
	flags.Int64Var(&f.megabytes, "max-megabytes", f.Limits.Bytes>>20, "largest file of a photo, `MB`")
	flags.Int64Var(&f.mpx, "max-megapixels", f.Limits.Pixels/1e6, "largest photo, `megapixels`")
	addJSON(flags, &f.asJSON)
}

func runCollect(ctx context.Context, a *app, file string, f collectFlags) error {
	f.Limits.Bytes, f.Limits.Pixels = f.megabytes<<20, f.mpx*1e6
	switch {
	case f.Dir == "" && !f.plan:
		return usageError{errors.New("collect needs --out DIR, the folder for the photos, such as photos/mine; " +
			"or --plan to see what would be asked")}
	case f.Limits.Time <= 0 || f.megabytes < 1 || f.megabytes > 1024 || f.mpx < 1 || f.mpx > 200:
		return usageError{errors.New("--max-time lies above 0, --max-megabytes in 1..1024 and --max-megapixels in 1..200")}
	}
	plan, err := collect.ReadPlan(file)
	if err != nil {
		return err
	}
	queries, err := plan.Queries()
	if err != nil {
		return err
	}
	if f.plan {
		return printPlan(a, plan, queries, f.asJSON)
	}
	if err := lab.CheckFolder(f.Dir, lab.CollectionFolder, ""); err != nil {
		return withFlags(err)
	}
	if !f.asJSON {
		fmt.Fprintln(a.stdout, budget(queries))
	}
	r, err := collect.Run(ctx, plan, f.Options, a.progress)
	if err != nil {
		return err
	}
	if f.set != "" {
		s, err := dataset.LoadQuiet(ctx, f.set, a.progress)
		if err != nil {
			return err
		}
		r.CountKept(s)
	}
	page := filepath.Join(f.Dir, "funnel.html")
	if err := report.WriteCollection(page, r); err != nil {
		return err
	}
	if f.asJSON {
		err = a.json(r)
	} else {
		err = printCollected(a, r, page)
	}
	if err == nil && r.Stages.Unique == 0 {
		err = fmt.Errorf("no photo came for any query of %s: %s says what was found and why nothing was kept",
			text.Path(file), text.Path(page))
	}
	return err
}

// budget says how much a plan asks for.
func budget(queries []collect.Query) string {
	return fmt.Sprintf("%s, at most %s photos", text.Count(len(queries), "query", "queries"),
		text.Thousands(int64(collect.Budget(queries))))
}

// printPlan shows what would be asked.
func printPlan(a *app, plan collect.Plan, queries []collect.Query, asJSON bool) error {
	if asJSON {
		return a.json(struct {
			Queries int             `json:"queries"`
			Budget  int             `json:"budget"`
			List    []collect.Query `json:"list"`
		}{len(queries), collect.Budget(queries), queries})
	}
	t := text.Table{Columns: []text.Column{{Head: "QUERY", Least: 16}, {Head: "CLASS", Least: 12}, {Head: "PHOTOS",
		Number: true}}}
	for _, q := range queries {
		t.Add(text.Name(q.Text), text.Name(q.Class), fmt.Sprint(q.Results))
	}
	if err := a.printTable(t, "see --json"); err != nil {
		return err
	}
	_, err := fmt.Fprintf(a.stdout, "%s; if they are all on one host, at least %s\n", budget(queries),
		text.Duration(plan.Least(collect.Budget(queries))))
	return err
}

// printCollected shows the funnel by class.
func printCollected(a *app, r collect.Result, page string) error {
	heads := []text.Column{{Head: "CLASS", Least: 12}}
	for i := range r.Stages.Counts() {
		heads = append(heads, text.Column{Head: []string{"PLANNED", "FOUND", "FETCHED", "DECODABLE", "UNIQUE", "KEPT"}[i],
			Number: true})
	}
	t := text.Table{Columns: heads}
	for _, c := range r.ByClass {
		row := []string{text.Name(c.Class)}
		for _, n := range c.Counts() {
			row = append(row, fmt.Sprint(n))
		}
		t.Add(row...)
	}
	if err := a.printTable(t, "see --json"); err != nil {
		return err
	}
	for _, f := range r.Failed {
		again := ""
		if f.Later > 0 {
			again = "; the same command tries again"
		}
		fmt.Fprintf(a.stdout, "%s: %s, for example %s (%s)%s\n", f.Reason, text.Count(f.Addresses, "address", "addresses"),
			text.Name(f.Example),
			text.Name(cmp.Or(f.Detail, f.Reason)), again)
	}
	if err := a.printAnswer(r, page); err != nil {
		return err
	}
	if r.Stages.Unique == 0 {
		return nil
	}
	_, err := fmt.Fprintf(a.stdout, "next: imagelab ingest %s --out data/%s\n", word(r.Dir), word(filepath.Base(r.Dir)))
	return err
}
