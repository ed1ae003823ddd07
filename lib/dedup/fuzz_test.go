package dedup

import (
	"os"
	"path/filepath"
	"testing"

	"imagelab/lib/dataset"
)

// FuzzResult reads a duplicates.json of any bytes: what follows from it never breaks.
func FuzzResult(f *testing.F) {
	f.Add([]byte(`{"version":2,"options":{"distance":16,"keep":"first"},"images":1,"kept":1,"groups":[{"kept":"a","members":[{"path":"a"},{"path":"b"}]}]}`))
	f.Add([]byte(`{"options":{"distance":-1},"groups":[null,{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &dataset.Set{Dir: t.TempDir(), Images: []dataset.Image{{Path: "a"}, {Path: "b", DuplicateOf: "a"}}}
		if err := os.WriteFile(filepath.Join(s.Dir, resultFile), data, 0o644); err != nil {
			t.Fatal(err)
		}
		Seen(s)
		if d := DistanceOf(s); d < 0 {
			t.Errorf("a distance of %d", d)
		}
		if o, ok, err := Kept(s.Dir); ok && (err != nil || o.Validate() != nil) {
			t.Errorf("kept options %+v, %v", o, err)
		}
	})
}
