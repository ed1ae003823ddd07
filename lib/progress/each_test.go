package progress

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestEachDoesAll(t *testing.T) {
	seen := make([]atomic.Int64, 1000)
	last := int64(-1)
	report := func(stage string, done, total int64) {
		if stage != "counting" || done <= last || total != 1000 {
			t.Errorf("%s: %d of %d after %d", stage, done, total, last)
		}
		last = done
	}
	if err := Each(t.Context(), len(seen), "counting", report,
		func(i int) error { seen[i].Add(1); return nil }); err != nil {
		t.Fatal(err)
	}
	for i := range seen {
		if n := seen[i].Load(); n != 1 {
			t.Errorf("%d was done %d times", i, n)
		}
	}
	if last != 1000 {
		t.Errorf("the last report says %d", last)
	}
}

func TestEachStops(t *testing.T) {
	damaged := errors.New("damaged")
	err := Each(t.Context(), 1000, "", nil, func(i int) error {
		if i == 3 {
			return damaged
		}
		return nil
	})
	if !errors.Is(err, damaged) {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var done atomic.Int64
	if err := Each(ctx, 1000, "", nil, func(int) error { done.Add(1); stop(); return nil }); !errors.Is(err,
		context.Canceled) || done.Load() > 100 {
		t.Errorf("%v after %d", err, done.Load())
	}
}

// TestEachOfNothing reports no stage, whose time would be that of what comes after it.
func TestEachOfNothing(t *testing.T) {
	report := func(stage string, done, total int64) { t.Errorf("%s: %d of %d", stage, done, total) }
	if err := Each(t.Context(), 0, "counting", report, nil); err != nil {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := Each(ctx, 0, "counting", report, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}
