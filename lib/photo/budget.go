package photo

import "sync"

// budget hands out a number of units at a time, so that many huge photos are not in memory together.
type budget struct {
	mu          sync.Mutex
	freed       sync.Cond
	free, total int64
}

func newBudget(total int64) *budget {
	b := &budget{free: total, total: total}
	b.freed.L = &b.mu
	return b
}

// acquire waits for n units, or for all of them where n is more, and returns the function that gives them back.
func (b *budget) acquire(n int64) (release func()) {
	n = min(n, b.total)
	b.mu.Lock()
	for b.free < n {
		b.freed.Wait()
	}
	b.free -= n
	b.mu.Unlock()
	return func() {
		b.mu.Lock()
		b.free += n
		b.mu.Unlock()
		b.freed.Broadcast()
	}
}
