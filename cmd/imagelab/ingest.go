package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"imagelab/lib/dataset"
	"imagelab/lib/lab"
	"imagelab/lib/part"
	"imagelab/lib/split"
	"imagelab/lib/text"
)

// ingestFlags are the flags of `imagelab ingest`.
type ingestFlags struct {
	dataset.IngestOptions
	out   string // folder
	shard part.Shard
	json  bool
}

// newIngestCmd is `imagelab ingest`: photos in, manifest out.
func newIngestCmd(a *app) *cobra.Command {
	o := ingestFlags{IngestOptions: dataset.DefaultIngest()}
	cmd := &cobra.Command{
		Use:   "ingest PHOTOS --out DIR",
		Short: "Read and check photos, and write a manifest",
		Long: `Ingest opens every photo once. It applies the EXIF orientation, hashes the content, writes smaller versions
of photos over 4 megapixels (but not those with 16 bits a channel) into DIR, and writes DIR/manifest.jsonl with one line
for each photo. Files that cannot be read as a photo are listed in DIR/quarantine.jsonl with the reason. Ingest reads
JPEG, PNG, GIF, WebP, BMP and TIFF (of animations the first frame); transparent pixels become white. Photos with 16
bits a sample that use less than half of the 65,536 levels are stretched by the range that the whole set uses. Ingest
does not change the originals; they must stay where they are.

PHOTOS is one of
  a folder per class                          PHOTOS/cat/1.jpg
  the same inside train, validation, test     PHOTOS/train/cat/1.jpg   (this split is kept)
  a CSV file: path,label[,group][,split]      paths relative to the file; a text list or JSON too
  a flat folder                               no labels; for looking and finding duplicates

Ingest also understands other names of folders and columns if their meaning is certain ("seg_train", "Test Set",
"image_id", "diagnosis"), and a note says how. Every file becomes a photo of the set, goes to quarantine, or is left out
for a reason that is printed.

If the photos moved, ingest them from their new place into the same DIR: they are recognised by their content and keep
their split.

Many machines that share PHOTOS and DIR can read the photos together: each runs the same command with another --shard
(imagelab cluster writes a script that does), and ingest without --shard puts the parts together. The set is the same,
byte for byte. A part that broke off continues when it is run again.`,
		Example: `  imagelab ingest ~/photos --out data/mine
  imagelab ingest labels.csv --photos ~/photos --label-column species --out data/mine
  imagelab ingest /share/photos --shard 2/8 --out /share/mine   # on the second of eight machines`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd, a, args[0]) },
	}
	o.addTo(cmd.Flags())
	return cmd
}

func (o *ingestFlags) addTo(f *pflag.FlagSet) {
	f.StringVarP(&o.out, "out", "o", "", "folder `DIR` for the manifest")
	f.Var(&o.shard, "shard", "read part `I/N` of the photos alone, such as 2/8; without it, parts are put together")
	addJSON(f, &o.json)
	f.IntVar(&o.MaxPixels, "max-pixels", o.MaxPixels, "larger photos are downsized to this many `pixels`")
	f.IntVar(&o.ClassDepth, "class-depth", 0, "`depth` of the folders that are the classes: 1 for those "+
		"directly in PHOTOS (-1: find out; 0: as before, or find out)")
	f.StringVar(&o.List, "list", "",
		"`file` that names the photos to take, a path in each line, relative to PHOTOS (default: all)")
	f.StringVar(&o.Photos, "photos", "", "`folder` that the paths of a CSV are relative to (default: the CSV's)")
	f.StringVar(&o.Columns.Path, "path-column", "", "`name` of the CSV's column with the photos (default: find out)")
	f.StringVar(&o.Columns.Label, "label-column", "", "`name` of the CSV's column with the classes (default: find out)")
	f.StringVar(&o.Columns.Group, "group-column", "", "`name` of the CSV's column with the groups that "+
		"stay on one side (default: group)")
	f.StringVar(&o.Columns.Split, "split-column", "", "`name` of the CSV's column with train, val, test "+
		"(default: find out)")
	f.BoolVar(&o.AllowMissing, "allow-missing", false, "if the photos moved, continue without those that are missing")
}

func (o *ingestFlags) run(cmd *cobra.Command, a *app, photos string) error {
	if err := o.check(); err != nil {
		return usageError{err}
	}
	if err := checkSource("ingest", photos); err != nil {
		return usageError{err}
	}
	if err := lab.CheckFolder(o.out, lab.SetFolder, ""); err != nil {
		return withFlags(err)
	}
	if !cmd.Flags().Changed("max-pixels") {
		o.MaxPixels = -1 // as before, or the default
	}
	ctx := cmd.Context()
	if o.shard.Count > 0 {
		done, err := dataset.IngestPart(ctx, photos, o.out, o.IngestOptions, o.shard, a.progress)
		if err != nil {
			return err
		}
		return a.printPart(o.shard, done, o.json)
	}
	s, err := dataset.Ingest(ctx, photos, o.out, o.IngestOptions, a.progress)
	if err != nil {
		return err
	}
	if o.json {
		return a.json(account(s))
	}
	return printSet(a, s)
}

func (o *ingestFlags) check() error {
	switch {
	case o.out == "":
		return errors.New("ingest needs --out DIR, the folder for the manifest, such as data/mine")
	case o.MaxPixels < 0:
		return fmt.Errorf("--max-pixels is a number of pixels, or 0 for no limit, not %d", o.MaxPixels)
	case o.ClassDepth < -1:
		return fmt.Errorf("--class-depth is 1 for the folders in PHOTOS, 2 for those inside them, or -1 to find "+
			"out, not %d", o.ClassDepth)
	}
	return nil
}

// ingested is what `ingest --json` prints. Files = Images + Quarantined + the files of LeftOut.
type ingested struct {
	Dir         string            `json:"dir"`
	Root        string            `json:"root"`
	Source      string            `json:"source"`
	Files       int               `json:"files"`
	Images      int               `json:"images"`
	Excluded    int               `json:"excluded"` // of Images
	Quarantined int               `json:"quarantined"`
	LeftOut     []dataset.LeftOut `json:"left_out"`
	Classes     map[string]int    `json:"classes"`
	Sides       map[string]int    `json:"sides"`
	Notes       []string          `json:"notes"`
}

func account(s *dataset.Set) ingested {
	r := ingested{Dir: s.Dir, Root: s.Root, Source: s.Source, Images: len(s.Images),
		Excluded: dataset.Excluded(s.Images), Quarantined: s.Quarantined, LeftOut: s.LeftOut,
		Classes: map[string]int{}, Sides: map[string]int{}, Notes: namesOf(s.Notes)}
	r.Files = r.Images + r.Quarantined
	for _, o := range s.LeftOut {
		r.Files += o.Files
	}
	for _, im := range s.Images {
		if im.Class != "" {
			r.Classes[im.Class]++
		}
		if im.Split != "" {
			r.Sides[im.Split]++
		}
	}
	return r
}

func printSet(a *app, s *dataset.Set) error {
	r := account(s)
	fmt.Fprintf(a.stdout, "%d images in %s\n", r.Images, text.Name(s.Dir))
	for _, class := range s.Classes() {
		fmt.Fprintf(a.stdout, "  %5d  %s\n", r.Classes[class], text.Name(class))
	}
	if r.Excluded > 0 {
		fmt.Fprintf(a.stdout, "%d of them are excluded, as decided in review\n", r.Excluded)
	}
	if r.Files > r.Images {
		fmt.Fprintf(a.stdout, "%d files: %d images, %d quarantined, %d "+
			"left out\n", r.Files, r.Images, r.Quarantined, r.Files-r.Images-r.Quarantined)
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
		fmt.Fprintf(a.stdout, "quarantined %s: %s\n", text.Name(r.Path), r.Reason)
	}
	if wasSplit(s) {
		fmt.Fprintf(a.stdout, "next: imagelab train %s --out runs/a\n", word(s.Dir))
		return nil
	}
	if _, before, err := split.Kept(s.Dir); before || err != nil { // a damaged file is the split's affair
		fmt.Fprintln(a.stdout, "note: what dedup and split had marked is gone with another ingest: run both again")
	}
	fmt.Fprintf(a.stdout, "next: imagelab dedup %s\n", word(s.Dir))
	return nil
}

// wasSplit reports whether the set brought a split of its own along from where its photos were, for
// all of them.
func wasSplit(s *dataset.Set) bool {
	own := false
	for _, im := range s.Kept() {
		if im.Split == "" {
			return false
		}
		own = own || im.Split != im.GivenSplit
	}
	return own
}
