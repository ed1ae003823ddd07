// Package meter draws the progress that the library reports, for programs with a terminal or a log.
//
// Give [New]'s [Meter.Report] wherever a progress.Func is asked for, and print other lines through
// [Meter.Above].
package meter

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"imagelab/lib/text"
)

// every is how often a stage leaves a line where there is no terminal.
const every = 15 * time.Second

// Meter draws progress on a terminal as a bar, and elsewhere as lines: every 15 seconds, and at the
// end of each stage that took time. Its methods may be called from several goroutines.
type Meter struct {
	out     io.Writer
	columns int // of the terminal; 0: there is none
	now     func() time.Time
	stage   string
	started time.Time
	first   int64     // done when the stage started
	said    time.Time // when the stage last left a line, or started
	bar     *progressbar.ProgressBar
	mu      sync.Mutex
	torn    bool // the line above is not ended yet: a bar would overwrite it
}

// New draws on out, mostly standard error.
func New(out io.Writer) *Meter {
	m := &Meter{out: out, now: time.Now}
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		m.columns = 80
		if columns, _, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 {
			m.columns = columns
		}
	}
	return m
}

// Above is a writer to the same terminal, or to any other place, that takes the bar away before it
// writes. The bar comes back below with the next report.
func (m *Meter) Above(to io.Writer) io.Writer { return above{m, to} }

type above struct {
	meter *Meter
	to    io.Writer
}

// Write implements io.Writer.
func (a above) Write(b []byte) (int, error) {
	a.meter.mu.Lock()
	defer a.meter.mu.Unlock()
	if len(b) == 0 {
		return 0, nil
	}
	if a.meter.bar != nil && !a.meter.torn {
		_ = a.meter.bar.Clear()
	}
	a.meter.torn = b[len(b)-1] != '\n'
	return a.to.Write(b)
}

// Report is a progress.Func.
func (m *Meter) Report(stage string, done, total int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if stage != m.stage {
		m.begin(stage, done, total)
	}
	if m.bar != nil && !m.torn {
		if most := max(total, 1); m.bar.GetMax64() != most { // which draws the bar with the count from before
			m.bar.ChangeMax64(most)
		}
		_ = m.bar.Set64(done)
	}
	switch now := m.now(); {
	case total > 0 && done >= total:
		m.end()
	case m.columns == 0 && now.Sub(m.said) >= every:
		fmt.Fprintln(m.out, m.line(now.Sub(m.started), done, total))
		m.said = now
	}
}

// line is how far the stage has come after it took so long.
func (m *Meter) line(took time.Duration, done, total int64) string {
	name, bytes := strings.CutSuffix(m.stage, ", bytes")
	count, all := fmt.Sprint(done), fmt.Sprint(total)
	if bytes {
		count, all = fmt.Sprintf("%.1f", float64(done)/1e6), fmt.Sprintf("%.1f MB", float64(total)/1e6)
	}
	if total <= 0 {
		return fmt.Sprintf("%s: for %s so far", name, text.Duration(took))
	}
	line := fmt.Sprintf("%s: %d %%, %s of %s", name, 100*done/total, count, all)
	if done <= m.first {
		return fmt.Sprintf("%s, after %s", line, text.Duration(took))
	}
	left := float64(took) / float64(done-m.first) * float64(total-done)
	return fmt.Sprintf("%s, about %s left", line, text.Duration(time.Duration(left)))
}

func (m *Meter) begin(stage string, done, total int64) {
	m.end()
	m.stage, m.started, m.first = stage, m.now(), done
	m.said = m.started
	if strings.HasPrefix(stage, "waiting for ") { // for whom fits no bar, and a person may have to do something
		fmt.Fprintln(m.out, stage)
		return
	}
	if m.columns == 0 {
		return
	}
	l := m.layout(strings.TrimSuffix(stage, ", bytes"))
	options := []progressbar.Option{
		progressbar.OptionSetWriter(m.out), progressbar.OptionSetDescription(l.name),
		progressbar.OptionSetPredictTime(l.times), progressbar.OptionSetElapsedTime(l.times),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionSetWidth(l.width),
	}
	if l.counts {
		options = append(options, progressbar.OptionShowCount(),
			progressbar.OptionShowBytes(strings.HasSuffix(stage, ", bytes")))
	}
	m.bar = progressbar.NewOptions64(max(total, 1), options...)
}

// layout is what a bar shows beside its percentage. A bar that is wider than the terminal would
// leave a line with every step.
type layout struct {
	name          string // of the stage
	width         int    // of the bar
	counts, times bool
}

// layout fits the terminal: where it is narrow, counts are left out first, and then times.
func (m *Meter) layout(stage string) layout {
	const share, counts, times = 8, 22, 16 // columns of " 100% ||" and, at their longest, of counts and times
	const least, most, short = 4, 30, 8    // of the bar, and of the name
	used := share + counts + times
	l := layout{counts: true, times: true}
	if used+least+short > m.columns {
		l.counts, used = false, used-counts
	}
	if used+least+short > m.columns {
		l.times, used = false, used-times
	}
	l.name = text.Shorten(stage, max(m.columns-used-least, short))
	l.width = min(max(m.columns-used-text.Width(l.name), least), most)
	return l
}

// end closes the stage; stages of two seconds and more leave a line.
func (m *Meter) end() {
	if m.stage == "" {
		return
	}
	if m.bar != nil {
		if !m.torn {
			_ = m.bar.Finish()
		}
		m.bar = nil
	}
	if took := m.now().Sub(m.started); took >= 2*time.Second && !m.torn {
		fmt.Fprintf(m.out, "%s: %s\n", strings.TrimSuffix(m.stage, ", bytes"), text.Duration(took))
	}
	m.stage = ""
}
