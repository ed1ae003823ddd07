package nbui

import (
	"fmt"
	"html"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui"

	"imagelab/lib/internal/meter"

	"imagelab/lib/text"
)

// Progress is a progress.Func that shows the present stage as a bar with the time left, in one
// block below the cell. Stages of two seconds or more leave a line there. Outside a notebook it is
// that of [meter.Meter].
func Progress(stage string, done, total int64) {
	if !gonbui.IsNotebook {
		terminal().Report(stage, done, total)
		return
	}
	bars.mu.Lock()
	defer bars.mu.Unlock()
	if page, changed := bars.report(time.Now(), stage, done, total); changed {
		gonbui.UpdateHTML(bars.id(), page)
		if total > 0 && done >= total {
			gonbui.Sync() // the cell may end here
		}
	}
}

var terminal = sync.OnceValue(func() *meter.Meter { return meter.New(os.Stderr) })

// bars is the cell's one block of progress.
var bars = &board{}

// closeProgress removes a bar that has ended.
func closeProgress() {
	bars.mu.Lock()
	defer bars.mu.Unlock()
	if page, changed := bars.end(time.Now()); changed {
		gonbui.UpdateHTML(bars.id(), page)
	}
}

const (
	redraw  = 250 * time.Millisecond // time between two updates of a bar
	lasting = 2 * time.Second        // shortest time of a stage that leaves a line
)

// board is the content of the progress block: the times of finished stages, and the bar of the
// present one.
type board struct {
	mu       sync.Mutex
	block    string
	finished []stageTime
	stage    string // present stage; "" between stages
	began    time.Time
	drawn    time.Time
	from     int64 // value of `done` when the stage began: work of an earlier run took no time
}

// stageTime is the time of all stages of one name together.
type stageTime struct {
	stage string
	took  time.Duration
}

// rounds matches the part of a stage's name that counts epochs, as in "training epoch 3 of 20".
var rounds = regexp.MustCompile(` epoch (\d+) of (\d+)`)

// overall treats the epochs of a stage as one stage, so that the time left is that of all epochs.
func overall(stage string, done, total int64) (string, int64, int64) {
	m := rounds.FindStringSubmatch(stage)
	if m == nil {
		return stage, done, total
	}
	i, _ := strconv.ParseInt(m[1], 10, 32)
	n, _ := strconv.ParseInt(m[2], 10, 32)
	return strings.Replace(stage, m[0], "", 1), (i-1)*total + done, n * total
}

func (b *board) id() string {
	if b.block == "" {
		b.block = "progress_" + gonbui.UniqueId()
	}
	return b.block
}

// report handles one call of a progress.Func and returns the HTML of the block, and whether to draw
// it.
func (b *board) report(now time.Time, stage string, done, total int64) (page string, changed bool) {
	stage, done, total = overall(stage, done, total)
	if stage != b.stage {
		b.finish(now)
		b.stage, b.began, b.from, b.drawn = stage, now, done, time.Time{}
	}
	if total > 0 && done >= total {
		return b.end(now)
	}
	if now.Sub(b.drawn) < redraw {
		return "", false
	}
	b.drawn = now
	return b.lines() + b.bar(now, done, total), true
}

func (b *board) end(now time.Time) (page string, changed bool) {
	changed = b.stage != ""
	b.finish(now)
	return b.lines(), changed
}

func (b *board) finish(now time.Time) {
	if b.stage == "" {
		return
	}
	name := strings.TrimSuffix(b.stage, ", bytes")
	i := slices.IndexFunc(b.finished, func(s stageTime) bool { return s.stage == name })
	if i < 0 {
		i, b.finished = len(b.finished), append(b.finished, stageTime{stage: name})
	}
	b.finished[i].took += now.Sub(b.began)
	b.stage = ""
}

func (b *board) lines() string {
	var parts []string
	for _, s := range b.finished {
		if s.took >= lasting {
			parts = append(parts, s.stage+": "+text.Duration(s.took))
		}
	}
	if parts == nil {
		return ""
	}
	return `<div class="` + Transient + `" style="color:#8a8f94">` + html.EscapeString(strings.Join(parts, " · ")) +
		`</div>`
}

// bar is the present stage: name, bar, count and time left.
func (b *board) bar(now time.Time, done, total int64) string {
	name, bytes := strings.CutSuffix(b.stage, ", bytes")
	words := html.EscapeString(name)
	if total <= 0 {
		return `<div class="` + Transient + `">` + words + ` …</div>`
	}
	count := fmt.Sprintf("%d of %d", done, total)
	if bytes {
		count = fmt.Sprintf("%d of %d MB", done/1e6, total/1e6)
	}
	if left := b.left(now, done, total); left > 0 {
		count += ", " + text.Duration(left) + " left"
	}
	return fmt.Sprintf(`<div class="%s">%s <progress value="%d" max="%d"></progress> %s</div>`, Transient, words,
		done, total, count)
}

// left estimates the time left from the mean speed of the stage; 0 if too little is known.
func (b *board) left(now time.Time, done, total int64) time.Duration {
	took := now.Sub(b.began)
	if done <= b.from || took < time.Second {
		return 0
	}
	return time.Duration(float64(took) * float64(total-done) / float64(done-b.from))
}
