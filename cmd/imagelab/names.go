package main

import (
	"io"
	"regexp"
	"strings"
)

// argument is a word as text.Word writes it.
const argument = `([\w./+:,@%=-]+|\$'(?:[^'\\]|\\.)*'|'[^']*'(?:\\''[^']*')*)`

// calls are calls with their arguments that errors and notes of the library advise, and the command
// lines that do the same.
var calls = []struct {
	call *regexp.Regexp
	line string
}{
	{regexp.MustCompile(`dataset\.Ingest\(` + argument + `, ` + argument + `\)`), "`imagelab ingest $1 --out $2`"},
	{regexp.MustCompile(`asset\.FetchFrom\(` + argument + `, ` + argument + `\)`), "`imagelab fetch $1 --from $2`"},
	{regexp.MustCompile(`asset\.Fetch\(` + argument + `\)`), "`imagelab fetch $1`"},
	{regexp.MustCompile(`in a review of ` + argument), "with `imagelab review $1`"},
}

// inFlags is text of the library in the names of the command line.
func inFlags(text string) string {
	for _, c := range calls {
		text = c.call.ReplaceAllString(text, c.line)
	}
	return flagNames.Replace(text)
}

// flagNames are what errors and notes of the library name, and what a person on the command line
// gives or runs for it.
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
	"split.Options.Buffer", "--buffer",
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
	"fetch without this environment", "leave out --from",
	"choose another folder", "choose another folder with --out",
	"choose a folder that can be written to", "choose a folder that can be written to with --out",
)

// withNames writes text for people in the names of the command line.
type withNames struct{ to io.Writer }

// Write implements io.Writer.
func (w withNames) Write(b []byte) (int, error) {
	if _, err := io.WriteString(w.to, inFlags(string(b))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// namesOf are notes of the library in the names of the command line.
func namesOf(notes []string) []string {
	var out []string
	for _, note := range notes {
		out = append(out, inFlags(note))
	}
	return out
}
