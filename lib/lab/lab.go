// Package lab is the front of imagelab: from a folder of photos to a measured model in six calls,
// the same in programs, in notebooks and behind the command line.
//
//	l, err := lab.Open("runs/garments")                       // a folder for all results
//	defer l.Close()
//	set, err := l.Photos(ctx, "photos/garments")              // read, mark copies, split
//	run, err := l.Train(ctx, set, lab.Recipe{})               // the default recipe
//	test, err := l.Evaluate(ctx, run)                         // reads the test photos, and records it
//	guesses, err := l.Predict(ctx, run, "new.jpg", 3)         // names a photo
//	curve, err := l.LearningCurve(ctx, set, lab.Recipe{Cut: "head"}, lab.Sizes{})
//	best, err := l.TradeOff(ctx, set, lab.Models{})
//
// Each call writes its records, figures and page, and does only what is missing: a stopped
// program goes on when it is started again. Results print well with package fmt, and have a
// figure to show. [Lab.All] makes all calls in turn. In notebooks, package nblab offers the same
// without contexts and errors.
//
// Experiments are scripts whose main is one call of [Main], which reads flags; their tests call
// [Start] with -quick.
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
	"strconv"
	"strings"
	"syscall"

	"imagelab/lib/classifier"
	"imagelab/lib/dataset"
	"imagelab/lib/engine"
	"imagelab/lib/figure"
	"imagelab/lib/part"
	"imagelab/lib/progress"
	"imagelab/lib/report"
	"imagelab/lib/runlog"
	"imagelab/lib/sweep"
)

// Exit codes of [Start].
const (
	exitFailed = 1
	exitUsage  = 2
)

// Lab is where results go and who is told about progress. It is for one goroutine.
type Lab struct {
	Name     string        // of the script
	Dir      string        // folder for data, records, figures and the page; it exists
	Quick    bool          // -quick: the smallest run that goes through everything
	Shard    part.Shard    // -shard: which fits are this process's
	Worker   string        // see [sweep.Options]; of a process that takes whatever fit nobody has
	Trial    *Trial        // filled by a sweep, which then makes one fit and no page
	Progress progress.Func // draws on standard error; to be passed on
	Stdout   io.Writer     // for results
	Stderr   io.Writer     // for notes

	Epoch func(runlog.Epoch) // told of a fit's epochs in Train; nil: each is a line on Stderr

	engine   *engine.Engine
	licenses []string              // of the pinned data sets that were asked for
	ready    *classifier.Model     // what predicts is of
	predicts *classifier.Predictor // nil until a photo is to be named
}

// Main runs a script and ends the process, with exit code 0, 1 for failures and 2 for a bad
// command line. The flags are -quick, -out FOLDER (runs/name; runs/name-quick for a quick run, so
// that its records never mix with full ones), -shard I/N and -claim; more adds those of the script
// alone. The first Ctrl-C ends ctx and with it the run, the second the process.
func Main(name string, run func(ctx context.Context, l *Lab) error, more ...func(*flag.FlagSet)) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) // writes fail instead
	t := NewTerminal(os.Stdout, os.Stderr)
	os.Exit(begin(t.Stoppable(name), t, name, os.Args[1:], run, more))
}

// Start is [Main] for tests: it returns the exit code. args do not hold the program's name.
func Start(ctx context.Context, name string, args []string, stdout, stderr io.Writer,
	run func(context.Context, *Lab) error, more ...func(*flag.FlagSet)) int {
	return begin(ctx, NewTerminal(stdout, stderr), name, args, run, more)
}

func begin(ctx context.Context, t *Terminal, name string, args []string, run func(context.Context, *Lab) error,
	more []func(*flag.FlagSet)) int {
	t.Draw()
	l := &Lab{Name: name, Stdout: t.Stdout, Stderr: t.Stderr, Progress: t.Progress}
	switch err := l.parse(args, more); {
	case errors.Is(err, flag.ErrHelp): // which printed the flags
		return 0
	case err != nil:
		return exitUsage
	}
	err := os.MkdirAll(l.Dir, 0o755)
	if err == nil {
		err = run(ctx, l)
		l.Close()
	}
	err = t.Close(err)
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

// Open returns a lab for programs whose results go below dir, which it makes. Notes and progress
// go to standard error; set the fields to change that. Close it at the end.
func Open(dir string) (*Lab, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("lab: %w; choose a folder that can be written", err)
	}
	t := NewTerminal(os.Stdout, os.Stderr)
	t.Draw()
	return &Lab{Name: filepath.Base(dir), Dir: dir, Progress: t.Progress, Stdout: t.Stdout, Stderr: t.Stderr}, nil
}

// Close frees the engine.
func (l *Lab) Close() {
	l.closePredictor()
	l.engine.Close()
	l.engine = nil
}

// note tells a person something that is no failure.
func (l *Lab) note(format string, args ...any) { l.print("note: "+format, args...) }

// say is note for what others have to say.
func (l *Lab) say(text string) { l.note("%s", text) }

func (l *Lab) sayAll(texts []string) {
	for _, text := range texts {
		l.say(text)
	}
}

func (l *Lab) print(format string, args ...any) {
	if l.Stderr != nil {
		fmt.Fprintf(l.Stderr, format+"\n", args...)
	}
}

// parse reads the flags; what is wrong with them it has told the person already.
func (l *Lab) parse(args []string, more []func(*flag.FlagSet)) error {
	f := flag.NewFlagSet(l.Name, flag.ContinueOnError)
	f.SetOutput(l.Stderr)
	f.BoolVar(&l.Quick, "quick", false, "the smallest run that goes through everything; its numbers mean nothing")
	f.StringVar(&l.Dir, "out", "", "`folder` for data, records and figures; the same command there does only what "+
		"is missing (default runs/"+l.Name+")")
	f.BoolFunc("claim", "take whatever fit no other process in the same folder has, until all are done; processes "+
		"may come and go", func(value string) error {
		l.Worker = ""
		claim, err := strconv.ParseBool(value)
		if claim {
			l.Worker = sweep.NewWorker()
		}
		return err
	})
	f.Var(&l.Shard, "shard", "do part `I/N` of the fits; processes with other parts may run at the same time, "+
		"into the same folder")
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

// Engine opens the engine at the first call, and writes to Stderr what a person should know about
// it. Close closes it.
func (l *Lab) Engine(ctx context.Context) (*engine.Engine, error) {
	if l.engine != nil {
		return l.engine, nil
	}
	e, err := engine.Open(ctx, l.Progress)
	if err != nil {
		return nil, err
	}
	l.take(e)
	return e, nil
}

// take makes e the lab's engine, and writes to Stderr what a person should know about it.
func (l *Lab) take(e *engine.Engine) {
	if l.engine = e; e.Notice != "" {
		l.say(e.Notice)
	}
}

// Compute returns what do computes with the lab's engine, which is opened if needed. Where a GPU's
// memory does not suffice, a note says so, and do is called once more with an engine on the CPU,
// which stays the lab's.
func Compute[T any](ctx context.Context, l *Lab, do func(*engine.Engine) (T, error)) (T, error) {
	e, err := l.Engine(ctx)
	if err != nil {
		var none T
		return none, err
	}
	result, err := do(e)
	if e.Name != engine.XLACUDA || !errors.Is(err, engine.ErrMemory) {
		return result, err
	}
	cpu, openErr := engine.OpenWithoutGPU(ctx, l.Progress)
	if openErr != nil {
		return result, err // which says what a person can do
	}
	l.note("%s computes instead of the GPU: %v", cpu.Name, err)
	l.Close()
	l.take(cpu)
	return do(cpu)
}

// notePrecision writes to Stderr where an engine computes in another precision than p.
func (l *Lab) notePrecision(e *engine.Engine, p string) {
	if notice := e.PrecisionNotice(p); notice != "" {
		l.say(notice)
	}
}

// Records reads what all shards have recorded in Dir so far, as [runlog.ReadDir] does. Lines that
// killed processes broke off are counted on Stderr.
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

// Report writes Dir/report.html. Records and License are filled in where they are empty, from Dir
// and from the data sets that were asked for; a quick run says that it is one.
func (l *Lab) Report(s report.Sweep) error {
	if s.Records == nil {
		records, err := l.Records()
		if err != nil {
			return err
		}
		s.Records = records
	}
	page := filepath.Join(l.Dir, pageFile)
	if err := l.writePage(page, s); err != nil {
		return err
	}
	fmt.Fprintln(l.Stdout, "look at", page)
	return nil
}

// writePage writes the page of many fits. It says which licences the photos have, and whether
// this is a quick run.
func (l *Lab) writePage(path string, s report.Sweep) error {
	if s.License == "" {
		s.License = strings.Join(l.licenses, "; ")
	}
	if l.Quick {
		s.Note = strings.TrimSpace(quickNote + "\n" + s.Note)
	}
	return report.WriteSweep(path, s)
}

const quickNote = "A quick run (-quick): it shows that everything works, and its numbers mean nothing."
