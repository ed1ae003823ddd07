package progress

import (
	"context"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Each calls `do` with every number in [0,n), from one goroutine per core, and reports progress
// under the name `stage`. It stops at the first error, or when `ctx` ends, and returns that error;
// calls that have begun are finished first.
func Each(ctx context.Context, n int, stage string, p Func, do func(i int) error) error {
	return EachWorker(ctx, runtime.GOMAXPROCS(0), n, stage, p, func(_, i int) error { return do(i) })
}

// EachWorker is [Each] with a given number of goroutines. It tells `do` which of them calls, in
// [0,workers), so that each can keep a buffer. Where n is 0 it reports nothing: the time of what
// comes next would be told as that of this stage.
func EachWorker(ctx context.Context, workers, n int, stage string, p Func, do func(worker, i int) error) error {
	if n == 0 {
		return context.Cause(ctx)
	}
	group, running := errgroup.WithContext(ctx)
	var mu sync.Mutex
	next, done := 0, 0
	take := func() int { mu.Lock(); defer mu.Unlock(); next++; return next - 1 }
	finished := func() { mu.Lock(); defer mu.Unlock(); done++; p.Report(stage, int64(done), int64(n)) }
	p.Report(stage, 0, int64(n))
	for worker := range workers {
		group.Go(func() error {
			for i := take(); i < n && running.Err() == nil; i = take() {
				if err := do(worker, i); err != nil {
					return err
				}
				finished()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}
