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
)

// Context is the context of this cell. It ends when the person stops the cell or the kernel goes away: training then
// keeps what it has, and the same cell continues when it is run again. The kernel waits 5 s before it kills the cell.
func Context() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		for parent := os.Getppid(); ctx.Err() == nil && os.Getppid() == parent; {
			time.Sleep(time.Second)
		}
		stop() // a killed kernel leaves its cell without a parent; and a second stop ends the cell at once
	}()
	return ctx
}

// Check ends the cell as failed when err is not nil, after one line that says what went wrong. A cell that was stopped
// says so instead.
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
		return "stopped; what was finished is kept, and running the cell again continues"
	}
	return "error: " + err.Error()
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
