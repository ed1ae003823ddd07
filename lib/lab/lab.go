// Package lab is what the scripts under experiments run in: flags, signals, folders, data sets, the engine and progress,
// so that a script holds its question and its arms and nothing else.
//
// A script's main is one call of [Main]; its test calls [Run] with -quick. Everything goes through the [Lab] that the
// script's function is given. Cells of a notebook get theirs from [Open].
package lab

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"imagelab/lib/console"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/figure"
	"imagelab/lib/meter"
	"imagelab/lib/progress"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
)

// Exit codes of [Run].
const (
	exitFailed = 1
	exitUsage  = 2
)

// Lab is the environment of one run of a script. It is for one goroutine.
type Lab struct {
	Name     string        // of the script
	Dir      string        // folder for data, records, figures and the page; it exists
	Quick    bool          // -quick: the smallest run that goes through everything
	Shard    sweep.Shard   // -shard: which fits are this process's
	Progress progress.Func // draws on standard error; to be passed on
	Stdout   io.Writer     // for results
	Stderr   io.Writer     // for notes

	engine   *engine.Engine
	licenses []string // of the pinned data sets that were asked for
}

// Main runs a script and ends the process, with exit code 0, 1 for failures and 2 for a bad command line. The flags are
// -quick, -out FOLDER (runs/name; runs/name-quick for a quick run, so that its records never mix with full ones) and
// -shard I/N; more adds those of the script alone. The first Ctrl-C ends ctx and with it the run, the second the process.
func Main(name string, run func(ctx context.Context, l *Lab) error, more ...func(*flag.FlagSet)) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // writes fail instead
	bar := meter.New(os.Stderr)
	os.Exit(begin(bar.Stoppable(name), bar, name, os.Args[1:], os.Stdout, os.Stderr, run, more))
}

// Run is [Main] for tests: it returns the exit code. args do not hold the program's name.
func Run(ctx context.Context, name string, args []string, stdout, stderr io.Writer, run func(context.Context, *Lab) error, more ...func(*flag.FlagSet)) int {
	return begin(ctx, meter.New(stderr), name, args, stdout, stderr, run, more)
}

func begin(ctx context.Context, bar *meter.Meter, name string, args []string, stdout, stderr io.Writer, run func(context.Context, *Lab) error, more []func(*flag.FlagSet)) int {
	out := console.New(stdout)
	l := &Lab{Name: name, Stdout: bar.Above(out), Stderr: bar.Above(console.New(stderr)), Progress: bar.Report}
	switch err := l.parse(args, more); {
	case errors.Is(err, flag.ErrHelp): // which printed the flags
		return 0
	case err != nil:
		return exitUsage
	}
	err := os.MkdirAll(l.Dir, 0o755)
	if err == nil {
		err = run(ctx, l)
		l.engine.Close()
	}
	if lost := out.Close(); err == nil {
		err = lost
	}
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(l.Stderr, "%s: stopped; what was finished is kept, and the same command continues\n", name)
	default:
		fmt.Fprintf(l.Stderr, "%s: %v\n", name, err)
	}
	return exitFailed
}

// Open returns the environment of a notebook, or of another program that has no flags, in dir, which it makes. Results and
// notes go to standard output: cells show standard error as a fault. The end of the process closes the engine.
func Open(dir string, quick bool, p progress.Func) (*Lab, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("lab: %w; choose a folder that can be written", err)
	}
	return &Lab{Name: filepath.Base(dir), Dir: dir, Quick: quick, Progress: p, Stdout: os.Stdout, Stderr: os.Stdout}, nil
}

// parse reads the flags; what is wrong with them it has told the person already.
func (l *Lab) parse(args []string, more []func(*flag.FlagSet)) error {
	f := flag.NewFlagSet(l.Name, flag.ContinueOnError)
	f.SetOutput(l.Stderr)
	f.BoolVar(&l.Quick, "quick", false, "the smallest run that goes through everything; its numbers mean nothing")
	f.StringVar(&l.Dir, "out", "", "`folder` for data, records and figures; the same command there does only what is missing (default runs/"+l.Name+")")
	f.Var(&l.Shard, "shard", "do part `I/N` of the fits; processes with other parts may run at the same time, into the same folder")
	for _, add := range more {
		add(f)
	}
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() > 0 {
		fmt.Fprintf(l.Stderr, "%s: takes no arguments, but was given %q; try -help\n", l.Name, f.Args())
		return errors.New("arguments")
	}
	if l.Dir == "" {
		l.Dir = filepath.Join("runs", l.Name)
		if l.Quick {
			l.Dir += "-quick"
		}
	}
	return nil
}

// Engine opens the engine at the first call, and writes to Stderr what a person should know about it. Run closes it.
func (l *Lab) Engine(ctx context.Context) (*engine.Engine, error) {
	if l.engine != nil {
		return l.engine, nil
	}
	e, err := engine.Open(ctx, l.Progress)
	if err != nil {
		return nil, err
	}
	if e.Notice != "" {
		fmt.Fprintln(l.Stderr, "note:", e.Notice)
	}
	l.engine = e
	return e, nil
}

// Records reads what all shards have recorded in Dir so far, as [runlog.ReadDir] does. Lines that killed processes
// broke off are counted on Stderr.
func (l *Lab) Records() ([]runlog.Record, error) {
	records, torn, err := runlog.ReadDir(l.Dir)
	if torn > 0 {
		fmt.Fprintf(l.Stderr, "note: records that broke off when a process was killed, passed over: %d\n", torn)
	}
	return records, err
}

// Save writes a figure into Dir as name, which ends in .svg or .png.
func (l *Lab) Save(name string, f figure.Figure) error {
	return f.Save(filepath.Join(l.Dir, name))
}

// SaveCSV writes a table into Dir as name.
func (l *Lab) SaveCSV(name string, header []string, rows [][]string) error {
	return dataset.WriteFile(filepath.Join(l.Dir, name), func(w io.Writer) error {
		return csv.NewWriter(w).WriteAll(append([][]string{header}, rows...))
	})
}

// Report writes Dir/report.html. Records and License are filled in where they are empty, from Dir and from the data sets
// that were asked for; a quick run says that it is one.
func (l *Lab) Report(s report.Sweep) error {
	if s.Records == nil {
		records, err := l.Records()
		if err != nil {
			return err
		}
		s.Records = records
	}
	if s.License == "" {
		s.License = strings.Join(l.licenses, "; ")
	}
	if l.Quick {
		s.Note = strings.TrimSpace(quickNote + "\n" + s.Note)
	}
	page := filepath.Join(l.Dir, "report.html")
	if err := report.WriteSweep(page, s); err != nil {
		return err
	}
	fmt.Fprintln(l.Stdout, "look at", page)
	return nil
}

const quickNote = "A quick run (-quick): it shows that everything works, and its numbers mean nothing."
