package nbui

import "testing"

func TestEither(t *testing.T) {
	if got := Either(true, 96, 224); got != 96 {
		t.Errorf("the quick form has %d, want 96", got)
	}
	if got := Either(false, 96, 224); got != 224 {
		t.Errorf("the full form has %d, want 224", got)
	}
}
