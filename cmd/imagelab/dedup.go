package main

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"imagelab/lib/dedup"
	"imagelab/lib/imgset"
	"imagelab/lib/report"
	"imagelab/lib/text"
)

// newDedupCmd is `imagelab dedup`: copies are found and left out before splitting.
func newDedupCmd(a *app) *cobra.Command {
	options := dedup.Default()
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "dedup DIR",
		Short: "Find exact and near duplicates, and leave them out",
		Long: `Dedup compares all images of the set by bytes, by pixels and by a 256-bit difference hash (dhash, 16 x 16). Of
each group one image is kept. A photo that occurs under two labels is a conflict: none of its copies takes part until
its label is decided. Nothing is deleted; the manifest says what is a copy of what, and DIR/duplicates.html shows
every group.

Do this before splitting: a copy on both sides of a split makes a model look better than it is.`,
		Example: "  imagelab dedup data/mine\n  imagelab dedup data/mine --keep largest",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := cmp.Or(oneOf("keep", options.Keep, dedup.KeepFirst, dedup.KeepLargest), options.Validate()); err != nil {
				return usageError{err}
			}
			s, err := imgset.Load(args[0])
			if err != nil {
				return err
			}
			r, err := dedup.Run(cmd.Context(), s, options, a.progress)
			if err != nil {
				return err
			}
			page := filepath.Join(s.Dir, "duplicates.html")
			if err := report.WriteDuplicates(cmd.Context(), page, s, r); err != nil {
				return err
			}
			if asJSON {
				return a.json(r)
			}
			printDuplicates(a, r)
			fmt.Fprintf(a.stdout, "look at %s\n", text.Name(page))
			if len(s.Classes()) > 0 {
				fmt.Fprintf(a.stdout, "next: imagelab split %s\n", word(s.Dir))
			}
			return nil
		},
	}
	cmd.Flags().IntVar(&options.Distance, "distance", options.Distance, "largest distance of copies, `bits` of 256")
	cmd.Flags().StringVar(&options.Keep, "keep", options.Keep, "which image of a group stays: `first` or largest")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func printDuplicates(a *app, r dedup.Result) {
	fmt.Fprintf(a.stdout, "images %d, kept %d, left out %d; photos that occur more than once: %d\n", r.Images, r.Kept, r.Removed, len(r.Groups))
	if r.Conflicts > 0 {
		fmt.Fprintf(a.stdout, "of these with more than one label: %d. Correct their labels, then ingest and dedup again, or go on without their %d images\n", r.Conflicts, r.Conflicted)
	}
}
