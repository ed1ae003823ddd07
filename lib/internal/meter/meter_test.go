package meter

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// report is one call of Report, so long after the one before.
type report struct {
	after       time.Duration
	stage       string
	done, total int64
}

func TestReportToLog(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		reports      []report
		want         []string
	}{
		{"short", "a log is not filled with what took no time", []report{
			{0, "decoding photos", 0, 2}, {time.Second, "decoding photos", 2, 2},
		}, nil},
		{"ends", "stages of two seconds and more are noted", []report{
			{0, "fitting", 1, 3}, {5 * time.Second, "fitting", 3, 3},
		}, []string{"fitting: 5 s"}},
		{"another begins", "a stage that does not say that it ended", []report{
			{0, "fitting", 1, 3}, {5 * time.Second, "judging", 1, 10},
		}, []string{"fitting: 5 s"}},
		{"long", "a line every 15 seconds, however often the stage reports", []report{
			{0, "decoding photos", 0, 2624},
			{10 * time.Second, "decoding photos", 656, 2624},
			{5 * time.Second, "decoding photos", 984, 2624},
			{5 * time.Second, "decoding photos", 1312, 2624},
			{10 * time.Second, "decoding photos", 1968, 2624},
			{10 * time.Second, "decoding photos", 2624, 2624},
		}, []string{"decoding photos: 37 %, 984 of 2624, about 25 s left",
			"decoding photos: 75 %, 1968 of 2624, about 10 s left", "decoding photos: 40 s"}},
		{"hours", "the unit fits", []report{
			{0, "measuring", 0, 1000}, {20 * time.Second, "measuring", 1, 1000},
			{20 * time.Second, "measuring", 10, 1000}, {20 * time.Second, "measuring", 500, 1000},
		}, []string{"measuring: 0 %, 1 of 1000, about 5 h 33 min left",
			"measuring: 1 %, 10 of 1000, about 1 h 6 min left", "measuring: 50 %, 500 of 1000, about 1 min 0 s left"}},
		{"resumed", "what an earlier download brought took no time of this one", []report{
			{0, "downloading solar, bytes", 50e6, 91e6}, {20 * time.Second, "downloading solar, bytes", 70.5e6, 91e6},
		}, []string{"downloading solar: 77 %, 70.5 of 91.0 MB, about 20 s left"}},
		{"stuck", "no speed is known", []report{
			{0, "downloading solar, bytes", 0, 91e6}, {20 * time.Second, "downloading solar, bytes", 0, 91e6},
		}, []string{"downloading solar: 0 %, 0.0 of 91.0 MB, after 20 s"}},
		{"no total", "a share of the unknown", []report{
			{0, "waiting for another download to end", 0, 0}, {90 * time.Second, "waiting for another download to end", 0, 0},
		}, []string{"waiting for another download to end", "waiting for another download to end: for 1 min 30 s so far"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			m := New(&out)
			now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
			m.now = func() time.Time { return now }
			for _, r := range c.reports {
				now = now.Add(r.after)
				m.Report(r.stage, r.done, r.total)
			}
			var got []string
			if out.Len() > 0 {
				got = strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("the log got %q, want %q: %s", got, c.want, c.reason)
			}
		})
	}
}

// screen is what a terminal shows that got this: lines, overwritten after carriage returns, without
// blanks at their ends.
func screen(text string) []string {
	var lines []string
	for _, row := range strings.Split(text, "\n") {
		var shown []rune
		for _, part := range strings.Split(row, "\r") {
			letters := []rune(part)
			if len(letters) > len(shown) {
				shown = letters
			} else {
				shown = append(letters, shown[len(letters):]...)
			}
		}
		lines = append(lines, strings.TrimRight(string(shown), " "))
	}
	return lines
}

// TestLinesAboveTheBar prints while a bar is drawn: every line stands alone, and the bar comes back
// below.
func TestLinesAboveTheBar(t *testing.T) {
	for _, columns := range []int{24, 40, 60, 80, 140} {
		var out bytes.Buffer
		m := New(&out)
		m.columns = columns
		message := m.Above(&out)
		m.Report("fitting the head", 0, 5)
		fmt.Fprintln(message, "head, C = 0.001: training loss 0.465")
		m.Report("fitting the head", 5, 5)
		m.Report("training epoch 1 of 8 of a long name", 0, 100)
		fmt.Fprint(message, "two ")
		time.Sleep(110 * time.Millisecond) // the bar is drawn ten times a second at most
		m.Report("training epoch 1 of 8 of a long name", 50, 100)
		fmt.Fprint(message, "halves\n")
		time.Sleep(110 * time.Millisecond)
		m.Report("training epoch 1 of 8 of a long name", 60, 100)
		lines := screen(out.String())
		last := len(lines) - 1
		if want := []string{"head, C = 0.001: training loss 0.465", "two halves"}; !slices.Equal(lines[:last],
			want) || !strings.Contains(lines[last], "60%") {
			t.Errorf("%d columns: the screen shows %q, want %q and the bar", columns, lines, want)
		}
		if n := len([]rune(lines[last])); n > columns {
			t.Errorf("%d columns: the bar has %d: %q", columns, n, lines[last])
		}
	}
}
