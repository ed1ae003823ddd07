package photo

import (
	"path/filepath"
	"testing"

	"imagelab/lib/asset"
)

// BenchmarkHashFile is the hash of a real photo of 307 x 173 pixels, on one core.
func BenchmarkHashFile(b *testing.B) {
	dir, err := asset.Fetch(b.Context(), "foods", nil)
	if err != nil {
		b.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.jpeg"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no photos in %s, %v", dir, err)
	}
	for i := 0; b.Loop(); i++ {
		if _, _, err := FingerprintFile(files[i%len(files)]); err != nil {
			b.Fatal(err)
		}
	}
}
