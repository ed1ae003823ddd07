//go:build linux

package main

import (
	"bytes"
	"strings"
	"testing"

	"imagelab/lib/fulltest"

	"imagelab/lib/lab"
)

// TestQuick is the attack's short form: nothing may fall, in any campaign.
func TestQuick(t *testing.T) {
	fulltest.Needs(t, "weights, and takes minutes")
	var out, notes bytes.Buffer
	o := options{}
	args := []string{"-quick", "-out", t.TempDir()}
	if code := lab.Start(t.Context(), "attack", args, &out, &notes, o.run, o.flags); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, out.String(), notes.String())
	}
	for _, want := range []string{"flips", "pairs", "mutated", "kills", "full disk"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line about %s in\n%s", want, out.String())
		}
	}
}

func TestUnknownCampaign(t *testing.T) {
	o := options{only: "kill,fire"}
	if _, err := o.chosen(); err == nil || !strings.Contains(err.Error(), "fire") {
		t.Errorf("a campaign that there is not: %v", err)
	}
}
