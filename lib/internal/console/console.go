// Package console writes the standard output of a command. It remembers a failed write, so that the
// exit code can report it, and removes control characters that a terminal would obey.
//
// Wrap the writer with [New], print for people to the [Output] and for programs to its
// [Output.Data], and ask [Output.Close] at the end what was lost.
package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"unicode/utf8"

	"golang.org/x/term"

	"imagelab/lib/text"
)

// Output writes text for people, through [text.Clean]. Once a write has failed, all further ones
// do. It is for one goroutine.
type Output struct {
	to       io.Writer
	terminal bool
	columns  int
	rest     []byte // the beginning of a character whose end is still to come
	err      error
}

// New wraps to, mostly standard output or standard error.
func New(to io.Writer) *Output {
	o := &Output{to: to}
	if f, ok := to.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		o.terminal = true
		o.columns, _, _ = term.GetSize(int(f.Fd()))
	}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		o.columns = n
	}
	return o
}

// Columns is the width to which lines should keep: what COLUMNS says, or the terminal's; 0 where
// there is no limit, as in a pipe or a file.
func (o *Output) Columns() int { return o.columns }

// Write writes text for people.
func (o *Output) Write(b []byte) (int, error) {
	whole := append(o.rest, b...)
	end := len(whole) - unfinished(whole)
	o.rest = append([]byte(nil), whole[end:]...)
	if err := o.write([]byte(text.Clean(string(whole[:end])))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// unfinished is how many bytes at the end of b begin a character of UTF-8 without ending it.
func unfinished(b []byte) int {
	for n := 1; n <= min(utf8.UTFMax-1, len(b)); n++ {
		if tail := b[len(b)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// Data takes what programs read, such as JSON, CSV and a path in $(...): it is written as it is,
// but on a terminal.
func (o *Output) Data() io.Writer {
	if o.terminal {
		return o
	}
	return data{o}
}

type data struct{ o *Output }

func (d data) Write(b []byte) (int, error) {
	if err := d.o.write(b); err != nil {
		return 0, err
	}
	return len(b), nil
}

func (o *Output) write(b []byte) error {
	if o.err == nil && len(b) > 0 {
		_, o.err = o.to.Write(b)
	}
	return o.err
}

// Err is the error of the first write that failed, also where nobody reads any more, and nil where
// all went well.
func (o *Output) Err() error { return o.err }

// Close writes what is left and reports what went wrong since [New]. A reader that went away before
// the end, such as head, is no failure; for a process to see it, and not to be ended, it must ask
// for the signal SIGPIPE. Close closes the wrapped writer only where that is the process's standard
// output: some disks tell only then that they are full.
func (o *Output) Close() error {
	if len(o.rest) > 0 {
		_ = o.write([]byte(text.Clean(string(o.rest))))
		o.rest = nil
	}
	if o.to == io.Writer(os.Stdout) {
		if err := os.Stdout.Close(); o.err == nil && !errors.Is(err, os.ErrClosed) {
			o.err = err
		}
	}
	if o.err == nil || errors.Is(o.err, syscall.EPIPE) {
		return nil
	}
	return fmt.Errorf("what should be printed was lost: %w", o.err)
}
