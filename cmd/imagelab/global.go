package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"

	"imagelab/lib/asset"
	"imagelab/lib/backbone"
	"imagelab/lib/recipe"
)

// environment is the part of the help about environment variables.
const environment = `Environment variables:

  IMAGELAB_CACHE     folder for downloads; default: the user's cache folder
  GOMLX_BACKEND      engine to use: xla:cuda, xla:cpu or go; default: the first that works
  XLA_FLAGS          options for XLA; imagelab adds its own and keeps yours
  IMAGELAB_GOPLS     "off": no names are completed in cells, which saves memory
  IMAGELAB_PROGRAMS  "off": programs that XLA compiled are not kept for later
  IMAGELAB_RESIDENT  MiB of photos that stay in a GPU's memory; see docs/gpu.md
  HF_ENDPOINT        mirror of huggingface.co; HF_TOKEN is the token for it
  HTTPS_PROXY        proxy for downloads
  COLUMNS            width of tables and help
  NO_COLOR           accepted; imagelab prints no colour`

// addGlobalFlags adds the flags that every command has.
func addGlobalFlags(root *cobra.Command, a *app) {
	var quiet, plain bool
	root.PersistentFlags().BoolVarP(&quiet, "quiet", "q", false, "show no progress")
	root.PersistentFlags().BoolVar(&plain, "no-color", false, "accepted for scripts; imagelab prints no colour")
	root.PersistentPreRun = func(*cobra.Command, []string) {
		if quiet {
			a.progress = nil
		}
	}
}

// choices are the values of flags that take one of a few, or several of them.
var choices = map[string]func() []string{
	"backbone":  backbone.Names,
	"backbones": backbone.Names,
	"cut":       cuts,
	"cuts":      cuts,
	"precision": recipe.Precisions,
	"keep":      fixed("first", "largest"),
	"regime":    fixed("epochs", "steps"),
	"split":     fixed("test", "val"),
}

func fixed(values ...string) func() []string { return func() []string { return values } }

// cuts are the values of --cut: no backbone has other stages than the first one.
func cuts() []string {
	spec, err := backbone.Lookup(backbone.Names()[0])
	if err != nil {
		return nil
	}
	return slices.Concat([]string{backbone.CutHead}, spec.Stages(), []string{backbone.CutAll})
}

// complete lets the shell complete the values of flags, and the names that fetch knows.
func complete(root *cobra.Command) {
	for _, verb := range root.Commands() {
		for name, values := range choices {
			if verb.Flags().Lookup(name) == nil {
				continue
			}
			// It fails for a flag that has one already.
			_ = verb.RegisterFlagCompletionFunc(name, completed(values, strings.HasSuffix(name, "s")))
		}
		if kinds := arguments[verb.Name()]; kinds != nil {
			verb.ValidArgsFunction = folderCompletion(kinds)
		}
		if verb.Name() == "fetch" {
			verb.ValidArgsFunction = completed(assets, false)
		}
	}
}

func assets() []string {
	var names []string
	for _, ref := range asset.Catalogue() {
		names = append(names, ref.Name)
	}
	return names
}

// completed offers values that begin with what was typed; in a list, with what follows the last
// comma.
func completed(values func() []string, list bool) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		before := ""
		if i := strings.LastIndex(typed, ","); list && i >= 0 {
			before = typed[:i+1]
		}
		var found []string
		for _, v := range values() {
			if strings.HasPrefix(before+v, typed) {
				found = append(found, before+v)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}

// newManCmd is `imagelab man`, for those who package imagelab.
func newManCmd() *cobra.Command {
	return &cobra.Command{
		Use:     "man DIR",
		Short:   "Write the manual pages into a folder",
		Long:    "Man writes a manual page for every command into a folder, which is made where it is missing.",
		Example: "  imagelab man share/man/man1",
		Hidden:  true,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return fmt.Errorf("man: %w; choose a folder that can be written", err)
			}
			root := cmd.Root()
			for _, c := range append(root.Commands(), root) {
				c.Long = setOff(c.Long)
			}
			header := &doc.GenManHeader{Section: "1", Source: "imagelab", Manual: "imagelab"}
			return doc.GenManTree(root, header, filepath.Clean(args[0]))
		},
	}
}

// tables matches the lines that are indented by two spaces, with what stands before them.
var tables = regexp.MustCompile(`\n+((?:  .*(?:\n|$))+)`)

// setOff makes indented lines of a text blocks of Markdown, whose line breaks stay.
func setOff(text string) string {
	return tables.ReplaceAllStringFunc(text, func(block string) string {
		return "\n\n" + strings.ReplaceAll("  "+strings.TrimLeft(block, "\n"), "\n  ", "\n    ")
	})
}
