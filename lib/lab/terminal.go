package lab

import (
	"context"
	"errors"
	"io"

	"imagelab/lib/internal/console"
	"imagelab/lib/internal/meter"
	"imagelab/lib/progress"
)

// Terminal is where the output of a program goes. What a terminal would obey is escaped, lines
// stand above the bar of progress, and a line that could not be written is remembered.
type Terminal struct {
	Stdout, Stderr io.Writer     // for people
	Data           io.Writer     // standard output for programs, such as JSON: it is not escaped
	Columns        int           // to which lines should keep; 0: no limit
	Progress       progress.Func // draws on Stderr; nil without [Terminal.Draw]

	out *console.Output
	bar *meter.Meter
}

// NewTerminal writes to stdout and stderr, and shows no progress.
func NewTerminal(stdout, stderr io.Writer) *Terminal {
	out := console.New(stdout)
	return &Terminal{Stdout: out, Stderr: console.New(stderr), Data: out.Data(), Columns: out.Columns(), out: out,
		bar: meter.New(stderr)}
}

// Draw makes the terminal draw progress.
func (t *Terminal) Draw() {
	t.Stdout, t.Stderr, t.Data = t.bar.Above(t.Stdout), t.bar.Above(t.Stderr), t.bar.Above(t.Data)
	t.Progress = t.bar.Report
}

// Stoppable returns a context that ends with the first Ctrl-C, which the terminal answers in the
// program's name. The second Ctrl-C ends the process at once.
func (t *Terminal) Stoppable(program string) context.Context { return t.bar.Stoppable(program) }

// Close writes what is left. It returns err, joined with an error that says what could not be
// written; an err that only says the same is left out, and so is one of a reader that went away
// before the end, such as head.
func (t *Terminal) Close(err error) error {
	lost := t.out.Close()
	if t.out.Err() != nil && errors.Is(err, t.out.Err()) {
		err = nil // lost says it better, or nobody wanted to read on
	}
	return errors.Join(err, lost)
}
