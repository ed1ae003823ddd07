//go:build linux

package target

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"imagelab/experiments/internal/patches"
	"imagelab/lib/progress"
)

// photos is how many are drawn, beside a copy of one and a file that is none.
const photos = 24

// drawPhotos makes the originals: four classes, a copy that dedup finds and a file that ingest puts
// into quarantine.
func drawPhotos(ctx context.Context, dir string, p progress.Func) error {
	if err := patches.Draw(ctx, dir, photos, 48, p); err != nil {
		return err
	}
	first := filepath.Join(dir, "synthetic-red", "000000.jpg")
	data, err := os.ReadFile(first)
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(first), "copy.jpg"), data, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(filepath.Dir(first), "torn.jpg"), data[:len(data)/2], 0o644)
	}
	if err != nil {
		return fmt.Errorf("target: %w", err)
	}
	return nil
}
