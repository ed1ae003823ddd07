package main

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"imagelab/lib/finetune"
	"imagelab/lib/lab"
)

// folderKind reports whether a folder is of a kind.
type folderKind func(dir string) bool

// isRun reports whether a folder has the records of fits.
func isRun(dir string) bool {
	_, err := os.Stat(finetune.RecordsPath(dir))
	return err == nil
}

// arguments are those that are folders of one kind, verb by verb.
var arguments = map[string][]folderKind{
	"dedup": {lab.IsSet}, "review": {lab.IsSet}, "groups": {lab.IsSet}, "split": {lab.IsSet},
	"suspects": {lab.IsSet}, "audit": {lab.IsSet}, "train": {lab.IsSet}, "curve": {lab.IsSet}, "tradeoff": {lab.IsSet},
	"eval": {isRun, lab.IsSet}, "predict": {isRun}, "export": {isRun}, "runs": {isRun, isRun},
}

// Limits of the search for folders: Tab must answer at once.
const (
	deepest    = 3
	mostLooked = 2000 // folders
)

// folderCompletion is [completeFolders] for arguments of these kinds.
func folderCompletion(kinds []folderKind) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		return completeFolders(args, typed, kinds)
	}
}

// completeFolders offers data sets and runs below the folder that was typed. Where there are
// none, and for arguments of other kinds, the shell completes files as it always does.
func completeFolders(args []string, typed string, kinds []folderKind) ([]string, cobra.ShellCompDirective) {
	if len(args) >= len(kinds) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	from, _ := filepath.Split(typed)
	looked := 0
	found := foldersBelow(from, deepest, &looked, kinds[len(args)])
	var fitting []string
	for _, dir := range found {
		if strings.HasPrefix(dir, typed) {
			fitting = append(fitting, dir)
		}
	}
	if len(fitting) == 0 {
		return nil, cobra.ShellCompDirectiveFilterDirs
	}
	return fitting, cobra.ShellCompDirectiveNoFileComp
}

// foldersBelow are the folders of a kind below dir, which ends in a separator or is empty. A
// folder of the kind is not searched.
func foldersBelow(dir string, deep int, looked *int, is folderKind) []string {
	entries, err := os.ReadDir(filepath.Clean(dir))
	if err != nil {
		return nil
	}
	var found []string
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || *looked >= mostLooked {
			continue
		}
		*looked++
		switch path := dir + e.Name(); {
		case is(path):
			found = append(found, path)
		case deep > 1:
			found = append(found, foldersBelow(path+string(filepath.Separator), deep-1, looked, is)...)
		}
	}
	return found
}
