package nbui

import (
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// TestReviewNeverWaitsForNobody: outside a notebook, and where a notebook is executed, the cell
// ends.
func TestReviewNeverWaitsForNobody(t *testing.T) {
	Review(&dataset.Set{Root: "/photos/garments"}, "")
	if got := unattended(&dataset.Set{Root: "/photos/garments"}); !strings.Contains(got, "garments") {
		t.Errorf("the cell says %q", got)
	}
}

func TestFrameIsEscaped(t *testing.T) {
	if got := frame(`http://x/"><script>`); strings.Contains(got, "<script>") {
		t.Errorf("the frame is %s", got)
	}
}
