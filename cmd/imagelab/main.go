// Command imagelab is the lab on the command line: from folders of photos to a measured model.
//
// Every verb calls the library under lib; this package holds flags and printing only.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/progress"
	"imagelab/lib/runlog"
	"imagelab/lib/text"
)

// Exit codes.
const (
	exitFailed  = 1
	exitUsage   = 2
	exitStopped = 128 + int(syscall.SIGINT) // as shells say it
)

// app is what the verbs share.
type app struct {
	stdout, stderr io.Writer // for people: what a terminal would obey is escaped
	data           io.Writer // standard output for programs: JSON, CSV, a path
	columns        int       // to which lines on stdout should keep; 0: no limit
	progress       progress.Func
	terminal       *lab.Terminal // of the process; nil: one that writes to stdout and stderr
}

// usageError marks a command line that was not understood.
type usageError struct{ error }

// stoppedError is a stop by Ctrl-C of a verb that does not go on where it was.
type stoppedError struct {
	error
	says string // what is kept, and how to go on
}

func (e stoppedError) Unwrap() error { return e.error }

// ifStopped says what a stop left, where err is one.
func ifStopped(err error, format string, args ...any) error {
	var said stoppedError
	if errors.Is(err, context.Canceled) && !errors.As(err, &said) {
		return stoppedError{err, fmt.Sprintf(format, args...)}
	}
	return err
}

func main() {
	// writes fail instead: what is under way is finished and recorded
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	t := lab.NewTerminal(os.Stdout, os.Stderr)
	ctx := t.Stoppable("imagelab")
	t.Draw()
	os.Exit(run(ctx, &app{terminal: t, progress: t.Progress}, os.Args[1:]))
}

// run executes one command line and returns the exit code. Output that was lost makes it a failure.
func run(ctx context.Context, a *app, args []string) int {
	t := a.terminal
	if t == nil {
		t = lab.NewTerminal(a.stdout, a.stderr)
	}
	a = &app{stdout: withNames{t.Stdout}, stderr: withNames{t.Stderr}, data: t.Data, columns: t.Columns,
		progress: a.progress}
	root := newRootCmd(a)
	root.SetArgs(args)
	cmd, err := root.ExecuteContextC(ctx)
	return a.exitCode(cmd, t.Close(err))
}

// exitCode tells the person about an error and returns the code that stands for it.
func (a *app) exitCode(cmd *cobra.Command, err error) int {
	var usage usageError
	var stopped stoppedError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(a.stderr, "imagelab: %s\nusage: %s\nTry `%s --help`.\n", indented(err), cmd.UseLine(), cmd.CommandPath())
		return exitUsage
	case errors.As(err, &stopped):
		fmt.Fprintf(a.stderr, "imagelab: stopped; %s\n", stopped.says)
		return exitStopped
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(a.stderr, "imagelab: stopped; what was finished is kept, and the same command continues")
		return exitStopped
	}
	fmt.Fprintf(a.stderr, "imagelab: %s\n", indented(err))
	return exitFailed
}

// indented is an error's text with all lines but the first set off, so that no name in it can
// pass for a line of its own.
func indented(err error) string { return strings.ReplaceAll(err.Error(), "\n", "\n  ") }

func newRootCmd(a *app) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "imagelab",
		Short: "Answer questions with photos: how good, how many, how fast, how clean",
		Long: `imagelab turns folders of photos into a measured image classifier on the machine you have.

The usual order, each step reading what the one before wrote:

  imagelab ingest PHOTOS --out data/mine    read and check the photos, write a manifest
  imagelab dedup data/mine                  find exact and near duplicates, before splitting
  imagelab review data/mine                 look at the photos: label, drop, undo
  imagelab split data/mine                  divide into train, validation and test, once
  imagelab train data/mine --out runs/a     fine-tune a pretrained network
  imagelab eval runs/a data/mine            measure accuracy on the test photos, once
  imagelab predict runs/a new.jpg           classify new photos

PHOTOS is a folder per class, the same inside train/validation/test folders, a CSV file (path,label[,group][,split])
or a flat folder. imagelab never changes the originals. Most steps, stopped by Ctrl-C, continue when they are run again.
Exit codes: 0 success, 1 something failed, 2 wrong command line, 130 stopped by Ctrl-C.

` + environment,
		Example:       "  imagelab demo      # all of it on photos of solar cells, in a few minutes",
		SilenceErrors: true, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				fmt.Fprintln(a.stdout, "imagelab", version())
				return nil
			}
			return cmd.Help()
		},
		Args: noVerb,
	}
	root.Flags().BoolVar(&showVersion, "version", false, "print version, commit, Go version and platform")
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.AddCommand(newAllCmd(a), newCollectCmd(a), newIngestCmd(a), newDedupCmd(a), newReviewCmd(a), newGroupsCmd(a),
		newSplitCmd(a), newSuspectsCmd(a), newAuditCmd(a), newTrainCmd(a), newEvalCmd(a), newPredictCmd(a),
		newExportCmd(a), newCurveCmd(a), newTradeoffCmd(a), newRunsCmd(a), newBackbonesCmd(a), newClusterCmd(a),
		newNotebookCmd(a), newDemoCmd(a), newFetchCmd(a), newCleanCmd(a), newDoctorCmd(a), newManCmd())
	root.AddCommand(newTopics()...)
	addGlobalFlags(root, a)
	complete(root)
	fitHelp(root, a.columns)
	markUsage(root)
	return root
}

// version says which program this is, in a line for a report of a fault: release, commit, whether
// files differed from it, Go and platform.
func version() string {
	words := []string{cmp.Or(runlog.Release(), "of no release")}
	if commit := runlog.Commit(); commit != "" {
		words = append(words, "commit "+strings.Replace(commit, "+changes", " with changes", 1))
	}
	return strings.Join(append(words, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH), ", ")
}

// markUsage makes errors of flags and arguments usage errors in all commands.
func markUsage(cmd *cobra.Command) {
	cmd.SetFlagErrorFunc(explainFlag)
	if check := cmd.Args; check != nil {
		cmd.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usageError{explainArguments(c, args, err)}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		markUsage(sub)
	}
}

// explainArguments says by name what a command line lacks or has too much of, where cobra counts.
func explainArguments(cmd *cobra.Command, args []string, err error) error {
	if !strings.Contains(err.Error(), "arg(s)") {
		return err
	}
	var needed, taken []string
	words := strings.Fields(cmd.Use)[1:]
	for i, w := range words {
		ofFlag := i > 0 && words[i-1] != "--" && strings.HasPrefix(words[i-1], "--")
		name := strings.Trim(w, "[].")
		if ofFlag || name == "" || !unicode.IsUpper(rune(name[0])) {
			continue
		}
		if taken = append(taken, name); w[0] != '[' {
			needed = append(needed, name)
		}
	}
	if len(args) < len(needed) {
		return fmt.Errorf("%s needs %s, and got %s", cmd.Name(), strings.Join(needed, " and "),
			cmp.Or(strings.Join(text.Names(args), " "), "nothing"))
	}
	return fmt.Errorf("%s takes %s alone, and got %d arguments; a pattern such as photos/* becomes many, and a name "+
		"with spaces needs quotes", cmd.Name(), strings.Join(taken, " and "), len(args))
}

// word writes a path so that a person can copy it into a shell.
func word(path string) string { return text.Path(path) }
