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

// Progress is a progress.Func that draws the stage under way as a bar with the time left, all in one place below the
// cell. Stages of two seconds and more leave a line there. Outside a notebook it is [meter.Meter]'s.
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

// closeProgress takes a bar that will not move any more off the page.
func closeProgress() {
	bars.mu.Lock()
	defer bars.mu.Unlock()
	if page, changed := bars.end(time.Now()); changed {
		gonbui.UpdateHTML(bars.id(), page)
	}
}

const (
	redraw  = 250 * time.Millisecond // between two drawings of a bar
	lasting = 2 * time.Second        // what a stage must take to leave a line
)

// board is what a block of progress shows: what finished stages took, and the bar of the one under way.
type board struct {
	mu       sync.Mutex
	block    string
	finished []stageTime
	stage    string // "" between stages
	began    time.Time
	drawn    time.Time
	from     int64 // done when the stage was first seen: what an earlier run did took no time
}

// stageTime is how long all stages of a name took together.
type stageTime struct {
	stage string
	took  time.Duration
}

// rounds finds the part of a stage's name that counts passes of the same length, "training epoch 3 of 20".
var rounds = regexp.MustCompile(` epoch (\d+) of (\d+)`)

// overall takes the passes of a stage as one stage, so that the time left is that of all of them.
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

// report takes one call of a progress.Func and returns the block's HTML, and whether it is worth drawing.
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
	return `<div class="` + Transient + `" style="color:#8a8f94">` + html.EscapeString(strings.Join(parts, " · ")) + `</div>`
}

// bar is the stage under way: name, bar, count and time left.
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
	return fmt.Sprintf(`<div class="%s">%s <progress value="%d" max="%d"></progress> %s</div>`, Transient, words, done, total, count)
}

// left estimates the time to the end from the stage's mean speed; 0 while too little is known.
func (b *board) left(now time.Time, done, total int64) time.Duration {
	took := now.Sub(b.began)
	if done <= b.from || took < time.Second {
		return 0
	}
	return time.Duration(float64(took) * float64(total-done) / float64(done-b.from))
}
