package asset

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"imagelab/lib/internal/filelock"
	"imagelab/lib/progress"
)

// Lock waits until this call alone may write to a folder of the cache, which it makes, see
// [filelock.Wait].
func Lock(ctx context.Context, cache string, p progress.Func) (unlock func(), err error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, fmt.Errorf("%w; set IMAGELAB_CACHE to a folder that can be written", err)
	}
	l, err := filelock.Wait(ctx, filepath.Join(cache, "lock"), p)
	if err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("%w; set IMAGELAB_CACHE to a folder that can be written", err)
	}
	return func() { l.Close() }, err
}
