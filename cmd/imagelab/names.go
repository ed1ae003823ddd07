package main

import (
	"io"
	"strings"
)

// flagNames are what errors and notes of the library name, and what a person on the command line gives or runs for it.
var flagNames = strings.NewReplacer(
	"IngestOptions.AllowMissing", "--allow-missing",
	"IngestOptions.ClassDepth", "--class-depth",
	"IngestOptions.Columns.Group", "--group-column",
	"IngestOptions.Columns.Label", "--label-column",
	"IngestOptions.Columns.Path", "--path-column",
	"IngestOptions.Columns.Split", "--split-column",
	"IngestOptions.List", "--list",
	"IngestOptions.MaxPixels", "--max-pixels",
	"IngestOptions.Photos", "--photos",
	"Options.AllowPrivate", "--allow-private",
	"dedup.Options.Distance", "--distance",
	"split.Options.FixedTest", "--fixed-test",
	"split.Options.Forget", "--forget-rules",
	"split.Options.GroupPattern", "--group-pattern",
	"split.Options.GroupRun", "--group-run",
	"split.Options.Redo", "--redo",
	"Recipe.AllowLeak", "--allow-leak",
	"Options.Shard", "--shard or --claim",
	"embed.Part", "the command that began them, with --shard I/N,",
	"dataset.HashPart", "`imagelab dedup --shard I/N`",
	"dataset.IngestPart", "`imagelab ingest --shard I/N`",
	"dataset.Ingest", "`imagelab ingest`",
	"dedup.Run", "`imagelab dedup`",
	"split.Run", "`imagelab split`",
	"name the folder of a run", "name a folder that `imagelab train --out` wrote",
	"choose another folder", "choose another folder with --out",
	"choose a folder that can be written to", "choose a folder that can be written to with --out",
)

// withNames writes text for people in the names of the command line.
type withNames struct{ to io.Writer }

// Write implements io.Writer.
func (w withNames) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.to, flagNames.Replace(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// namesOf are notes of the library in the names of the command line.
func namesOf(notes []string) []string {
	var out []string
	for _, note := range notes {
		out = append(out, flagNames.Replace(note))
	}
	return out
}
