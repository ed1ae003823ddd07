package lab

import (
	"io"
	"os"
	"strings"
	"testing"

	"imagelab/lib/runlog"
)

// TestShowSettings has one setting that worked on two splits and one whose only fit failed.
func TestShowSettings(t *testing.T) {
	fit := func(setting, split string, wrong int) runlog.Record {
		o := &runlog.Outcomes{Side: "test", Labels: make([]int, 20), Predicted: make([]int, 20), Images: split}
		for i := range wrong {
			o.Predicted[i] = 1
		}
		return runlog.Record{ID: setting + split, Setting: setting, Split: split, Outcomes: o}
	}
	failed := fit("broken", "1", 0)
	failed.Error = "no memory"
	works := []runlog.Record{fit("fine", "1", 0), fit("fine", "2", 1)}
	for _, c := range []struct {
		name, reason string
		records      []runlog.Record
		want         []string
	}{
		{"works", "no accuracy is above 100 %", works, []string{"97.5 %", "to 100.0)"}},
		{"one failed", "it has no accuracy to show", append(works[:2:2], failed),
			[]string{"97.5 %", "broken ", "no finished fit"}},
		{"all failed", "the page is still written", []runlog.Record{failed}, []string{"no finished fit"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			l := &Lab{Name: "question", Dir: t.TempDir(), Stdout: &out, Stderr: io.Discard}
			shown := SettingsPage{Question: "Which?", Title: "Which?", Table: "Settings"}
			if err := l.ShowSettings(shown, c.records); err != nil {
				t.Fatal(err)
			}
			page, err := os.ReadFile(l.Dir + "/" + pageFile)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("%q lacks %q: %s", out.String(), want, c.reason)
				}
			}
			if strings.Contains(out.String()+string(page), "NaN") {
				t.Errorf("NaN is shown: %s", c.reason)
			}
		})
	}
}
