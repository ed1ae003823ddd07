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

	"imagelab/lib/runlog"
)

// Context is the context of this cell. It ends when the person stops the cell or the kernel goes away: training then
// keeps what it has, and the same cell continues when it is run again. The kernel kills a cell that goes on for 5 s more;
// what was saved until then, such as the state after the last whole epoch, is kept too.
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
		stop() // and with that another stop ends the cell at once
		time.Sleep(time.Second)
		fmt.Fprintln(os.Stderr, "stopping; "+kept)
	}()
	return ctx
}

const kept = "what is finished is kept, and running the cell again continues"

// Check ends the cell as failed when err is not nil, after one line that says what went wrong.
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

// Records returns what the fits below dir have recorded, or ends the cell when that is nothing yet: a cell above was
// stopped, or not run.
func Records(dir string) []runlog.Record {
	records, _, err := runlog.ReadDir(dir)
	Check(err)
	if len(records) == 0 {
		Check(fmt.Errorf("nothing is recorded in %s yet; run the cells above to their end first", dir))
	}
	return records
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
