package field

import (
	"slices"
	"testing"

	"imagelab/lib/latency"
	"imagelab/lib/tradeoff"
)

// TestSpeeds: every network of the field is there, and was measured.
func TestSpeeds(t *testing.T) {
	speeds, err := Speeds()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range latency.Field() {
		i := slices.IndexFunc(speeds, func(s tradeoff.Speed) bool { return s.Backbone == n.Backbone && s.Size == n.Size })
		if i < 0 {
			t.Errorf("%s at %d px is missing", n.Backbone, n.Size)
			continue
		}
		if err := speeds[i].Validate(); err != nil || speeds[i].Published == nil || speeds[i].Error != "" {
			t.Errorf("%s at %d px: %v, %+v", n.Backbone, n.Size, err, speeds[i])
		}
	}
}
