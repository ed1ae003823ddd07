// Package meter draws the progress that the library reports, for programs with a terminal or a log.
//
// Give [New]'s [Meter.Report] wherever a progress.Func is asked for.
package meter

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Meter draws progress on a terminal as a bar, and elsewhere as a line at the end of each stage that took time.
type Meter struct {
	out      io.Writer
	terminal bool
	stage    string
	started  time.Time
	bar      *progressbar.ProgressBar
}

// New draws on out, mostly standard error.
func New(out io.Writer) *Meter {
	f, ok := out.(*os.File)
	return &Meter{out: out, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// Report is a progress.Func.
func (m *Meter) Report(stage string, done, total int64) {
	if stage != m.stage {
		m.begin(stage, total)
	}
	if m.bar != nil {
		m.bar.ChangeMax64(max(total, 1))
		_ = m.bar.Set64(done)
	}
	if total > 0 && done >= total {
		m.end()
	}
}

func (m *Meter) begin(stage string, total int64) {
	m.end()
	m.stage, m.started = stage, time.Now()
	if !m.terminal {
		return
	}
	options := []progressbar.Option{
		progressbar.OptionSetWriter(m.out), progressbar.OptionSetDescription(strings.TrimSuffix(stage, ", bytes")),
		progressbar.OptionSetPredictTime(true), progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionSetWidth(30),
	}
	if strings.HasSuffix(stage, ", bytes") {
		options = append(options, progressbar.OptionShowBytes(true))
	}
	m.bar = progressbar.NewOptions64(max(total, 1), options...)
}

// end closes the stage; stages of two seconds and more leave a line.
func (m *Meter) end() {
	if m.stage == "" {
		return
	}
	if m.bar != nil {
		_ = m.bar.Finish()
		m.bar = nil
	}
	if took := time.Since(m.started); took >= 2*time.Second {
		fmt.Fprintf(m.out, "%s: %.0f s\n", m.stage, took.Seconds())
	}
	m.stage = ""
}
