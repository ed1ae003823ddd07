package meter

import (
	"bytes"
	"testing"
	"time"
)

func TestReportToLog(t *testing.T) {
	var out bytes.Buffer
	m := New(&out)
	m.Report("decoding photos", 1, 2)
	m.Report("decoding photos", 2, 2)
	if out.Len() != 0 {
		t.Errorf("a log got %q of a stage that took no time", out.String())
	}
	for _, next := range []func(){
		func() { m.Report("fitting", 3, 3) },  // ends
		func() { m.Report("judging", 1, 10) }, // another begins
	} {
		out.Reset()
		m.Report("fitting", 1, 3)
		m.started = m.started.Add(-5 * time.Second)
		if next(); out.String() != "fitting: 5 s\n" {
			t.Errorf("a long stage left %q, want one line without control characters", out.String())
		}
	}
}
