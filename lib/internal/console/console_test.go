package console

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestWhatReachesTheReader(t *testing.T) {
	var out bytes.Buffer
	o := New(&out)
	fmt.Fprintf(o, "größe\x1b[31m\n")
	for _, b := range []byte("猫\u202e.") { // as buffers cut it
		if n, err := o.Write([]byte{b}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	fmt.Fprint(o.Data(), "\x1b\u202e\xff")
	o.Write([]byte("\xe7\x8c"))
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	if want := `größe\x1b[31m` + "\n猫" + `\u202e.` + "\x1b\u202e\xff" + `\xe7\x8c`; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}

// fails takes some writes and then fails.
type fails struct {
	good int
	err  error
}

func (f *fails) Write(b []byte) (int, error) {
	if f.good--; f.good < 0 {
		return 0, f.err
	}
	return len(b), nil
}

func TestCloseTellsWhatWasLost(t *testing.T) {
	for _, c := range []struct {
		reason string
		err    error
		lost   bool
	}{
		{"a full disk loses lines", syscall.ENOSPC, true},
		{"head has seen enough", &os.PathError{Op: "write", Path: "/dev/stdout", Err: syscall.EPIPE}, false},
	} {
		to := &fails{1, c.err}
		o := New(to)
		fmt.Fprintln(o, "first")
		if _, err := fmt.Fprintln(o, "second"); !errors.Is(err, c.err) {
			t.Errorf("%s: the write says %v", c.reason, err)
		}
		to.good = 100 // there is room again: what went lost stays lost
		if _, err := fmt.Fprintln(o.Data(), "third"); !errors.Is(err, c.err) {
			t.Errorf("%s: a later write says %v", c.reason, err)
		}
		if err := o.Close(); (err != nil) != c.lost || c.lost && !errors.Is(err, c.err) {
			t.Errorf("%s: close says %v", c.reason, err)
		}
	}
}

func TestColumns(t *testing.T) {
	for value, want := range map[string]int{"": 0, "72": 72, "0": 0, "-3": 0, "wide": 0} {
		t.Setenv("COLUMNS", value)
		if got := New(&strings.Builder{}).Columns(); got != want {
			t.Errorf("COLUMNS=%q: %d columns, want %d", value, got, want)
		}
	}
}
