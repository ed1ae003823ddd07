package classifier

import "testing"

// TestTwoGraphsAtMost: whatever the number of photos, there is a graph for one and a graph for
// several.
func TestTwoGraphsAtMost(t *testing.T) {
	p := &Predictor{batch: 8}
	for n := 1; n <= 1000; n++ {
		want := 8
		if n == 1 {
			want = 1
		}
		if got := p.batchOf(n); got != want {
			t.Fatalf("%d photos go through a graph of %d, want %d", n, got, want)
		}
	}
}
