package progress

import (
	"context"
	"runtime"
	"sync"
)

// Each calls do with every number in [0,n), from as many goroutines as there are cores, and reports progress under the name
// of a stage. The first error, or the end of ctx, stops it; what has begun is finished first.
func Each(ctx context.Context, n int, stage string, p Func, do func(i int) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	var mu sync.Mutex
	next, done := 0, 0
	take := func() int { mu.Lock(); defer mu.Unlock(); next++; return next - 1 }
	p.Report(stage, 0, int64(n))
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for i := take(); i < n && ctx.Err() == nil; i = take() {
				if err := do(i); err != nil {
					stop(err)
					return
				}
				mu.Lock()
				done++
				p.Report(stage, int64(done), int64(n))
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return context.Cause(ctx)
}
