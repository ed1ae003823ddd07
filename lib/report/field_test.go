package report

import (
	"strings"
	"testing"
)

// TestField: what was not trained stands apart, and its times are warned of too.
func TestField(t *testing.T) {
	r := fourModels(t)
	if left := compared(r, r.Speeds); len(left) != 4 || len(r.Speeds) != 6 {
		t.Errorf("%d of %d speeds are of the four trained networks", len(left), len(r.Speeds))
	}
	for i := range r.Points {
		r.Points[i].Speed.Noise = 0
	}
	if warning := busy(r); !strings.Contains(warning, "44 %") {
		t.Errorf("no warning of the busy machine: %q", warning)
	}
	rows := PresetTable(r).Rows
	if len(rows) != 4 || !strings.Contains(rows[3][3], "69.8 % of ImageNet at 224 px, published") {
		t.Errorf("got %q, want three models of ours, and ResNet-50 with its published accuracy", rows)
	}
}
