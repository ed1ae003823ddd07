package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagGroup is a part of the flags in a help text.
type flagGroup struct {
	title string
	flags []string
}

// flagGroups sort the flags of commands that have many. Those that no group names are in the first.
var flagGroups = []flagGroup{
	{"Common", nil},
	{"Augmentation", []string{"crop", "flip", "flip-v", "rotate90", "color", "erase", "views", "tta"}},
	{"Expert", []string{"weights", "random-weights", "crop-fraction", "steps", "batch", "lr", "head-lr", "weight-decay",
		"label-smoothing", "balance", "precision", "seed", "regime", "allow-leak", "shard", "claim", "quick"}},
}

// fewFlags is the number of flags up to which a help text lists them without groups.
const fewFlags = 15

// flagUsages lists the flags of a command in lines of at most this many columns. Where there are
// many, they stand in groups.
func flagUsages(cmd *cobra.Command, columns int) string {
	shown := 0
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			shown++
		}
	})
	if shown <= fewFlags {
		return strings.TrimRight("Flags:\n"+cmd.LocalFlags().FlagUsagesWrapped(columns), "\n")
	}
	groups := map[string]*pflag.FlagSet{}
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		title := groupOf(f.Name)
		if groups[title] == nil {
			groups[title] = pflag.NewFlagSet(title, pflag.ContinueOnError)
			groups[title].SortFlags = false
		}
		groups[title].AddFlag(f)
	})
	var out []string
	for _, g := range flagGroups {
		if flags := groups[g.title]; flags != nil {
			out = append(out, strings.TrimRight(g.title+":\n"+flags.FlagUsagesWrapped(columns), "\n"))
		}
	}
	return strings.Join(out, "\n\n")
}

func groupOf(flag string) string {
	for _, g := range flagGroups {
		if slices.Contains(g.flags, flag) {
			return g.title
		}
	}
	return flagGroups[0].title
}

// The templates of help texts call it.
func init() { cobra.AddTemplateFunc("flagUsages", flagUsages) }

// groupFlags lets the help of all commands list flags by [flagUsages].
func groupFlags(root *cobra.Command, columns int) {
	const plain = "Flags:\n{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}"
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), plain, fmt.Sprintf("{{flagUsages . %d}}", columns)))
}
