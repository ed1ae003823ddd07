package nbui

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"imagelab/lib/curve"
	"imagelab/lib/runlog"
)

// Context is the context of this cell. It ends when the person stops the cell or the kernel ends.
// Training then saves its state, and continues when the cell is run again. The kernel kills a cell
// that has not ended after 5 s; the state after the last complete epoch is saved by then.
func Context() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		parent := os.Getppid()
		for ctx.Err() == nil && os.Getppid() == parent { // a killed kernel leaves its cell without a parent
			select {
			case <-ctx.Done():
			case <-time.After(500 * time.Millisecond):
			}
		}
		stop() // so a second stop ends the cell at once
		time.Sleep(time.Second)
		fmt.Fprintln(os.Stderr, "stopping; "+kept)
	}()
	return ctx
}

const kept = "what is finished is kept, and running the cell again continues"

// Check ends the cell with a one-line message if err is not nil.
func Check(err error) {
	if err == nil {
		return
	}
	closeProgress()
	gonbui.Sync()
	fmt.Fprintln(os.Stderr, message(err))
	os.Exit(1)
}

func message(err error) string {
	if errors.Is(err, context.Canceled) {
		return "stopped; " + kept
	}
	return "error: " + err.Error()
}

// Records returns the records of the fits below dir. It ends the cell if there are none yet,
// because a cell above was stopped or not run.
func Records(dir string) []runlog.Record {
	records, _, err := runlog.ReadDir(dir)
	Check(err)
	if len(records) == 0 {
		Check(fmt.Errorf("there are no records in %s yet; run the cells above to their end first", dir))
	}
	return records
}

// Curve is the learning curve of the records below dir. It ends the cell if there are none yet, or
// those of more than one configuration.
func Curve(dir string) curve.Result {
	curves := Must(curve.All(Records(dir)))
	if len(curves) == 0 {
		Check(fmt.Errorf("no fit in %s is finished yet; run the cells above to their end first", dir))
	}
	if len(curves) != 1 {
		Check(fmt.Errorf("the records in %s make %d learning curves, not one; choose with curve.All", dir, len(curves)))
	}
	return curves[0]
}

// Must returns v, or ends the cell as [Check] does.
func Must[T any](v T, err error) T {
	Check(err)
	return v
}

// Must2 is [Must] for functions that return two values and an error.
func Must2[T, U any](v T, w U, err error) (T, U) {
	Check(err)
	return v, w
}
