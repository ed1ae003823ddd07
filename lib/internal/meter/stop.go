package meter

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"imagelab/lib/text"
)

// Stoppable returns a context that ends with the first Ctrl-C or SIGTERM. What computes ends at its
// next step, and m says at once, in the program's name, for what that waits: compiling a network
// takes seconds in which nothing can be asked. The second Ctrl-C ends the process at once. Nothing
// that was saved is lost with it: files appear whole or not at all, and locks end with their
// process.
func (m *Meter) Stoppable(program string) context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		stop() // from now on a signal does what it does by default, whatever is under way
		fmt.Fprintf(m.Above(m.out), "%s: stopping, after %s; Ctrl-C again ends it at once, and what was saved is "+
			"kept\n", program, m.underWay())
	}()
	return ctx
}

// underWay names the stage that is not finished, and for how long it has gone on.
func (m *Meter) underWay() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stage == "" {
		return "the step under way"
	}
	return fmt.Sprintf("the step under way (%s, for %s so far)", text.Clean(strings.TrimSuffix(m.stage, ", bytes")),
		text.Duration(m.now().Sub(m.started)))
}
