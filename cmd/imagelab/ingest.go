package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"imagelab/lib/imgset"
)

// newIngestCmd is `imagelab ingest`: photos in, manifest out.
func newIngestCmd(a *app) *cobra.Command {
	var out string
	options := imgset.DefaultIngest()
	cmd := &cobra.Command{
		Use:   "ingest PHOTOS --out DIR",
		Short: "Read and check photos, and write a manifest",
		Long: `Ingest opens every photo once: it applies the EXIF orientation, hashes the content, downsizes photos over
4 megapixels into DIR, and writes DIR/manifest.jsonl with a line per image. Files that are no whole photo go to
DIR/quarantine.jsonl with the reason. The originals are only read, and must stay where they are.

PHOTOS is one of
  a folder per class                          PHOTOS/cat/1.jpg
  the same inside train, validation, test     PHOTOS/train/cat/1.jpg   (kept as the split)
  a CSV file: path,label[,group]              paths relative to the file
  a flat folder                               no labels; for looking and deduplicating`,
		Example: "  imagelab ingest ~/photos --out data/mine",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageError{fmt.Errorf("ingest needs --out DIR, the folder for the manifest, such as data/mine")}
			}
			if options.MaxPixels < 0 {
				return usageError{fmt.Errorf("--max-pixels is a number of pixels, or 0 for no limit, not %d", options.MaxPixels)}
			}
			s, err := imgset.Ingest(cmd.Context(), args[0], out, options, a.progress)
			if err != nil {
				return err
			}
			return printSet(a, s)
		},
	}
	cmd.Flags().StringVarP(&out, "out", "o", "", "folder `DIR` for the manifest")
	cmd.Flags().IntVar(&options.MaxPixels, "max-pixels", options.MaxPixels, "larger photos are downsized to this many `pixels`")
	return cmd
}

func printSet(a *app, s *imgset.Set) error {
	counts := map[string]int{}
	for _, im := range s.Images {
		counts[im.Class]++
	}
	fmt.Fprintf(a.stdout, "%d images in %s\n", len(s.Images), s.Dir)
	for _, class := range s.Classes() {
		fmt.Fprintf(a.stdout, "  %5d  %s\n", counts[class], class)
	}
	for _, note := range s.Notes {
		fmt.Fprintf(a.stdout, "note: %s\n", note)
	}
	rejected, err := s.Quarantine()
	if err != nil {
		return err
	}
	for i, r := range rejected {
		if i == 10 {
			fmt.Fprintf(a.stdout, "  and %d more: see quarantine.jsonl\n", len(rejected)-i)
			break
		}
		fmt.Fprintf(a.stdout, "quarantined %q: %s\n", r.Path, r.Reason)
	}
	fmt.Fprintf(a.stdout, "next: imagelab dedup %s\n", word(s.Dir))
	return nil
}
