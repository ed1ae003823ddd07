// Package driver uses the review page in a headless browser as a person does, and measures it.
package driver

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/chromedp/chromedp"

	"imagelab/lib/dataset"
	"imagelab/lib/review/page"
)

//go:embed driver.js
var script string

// Page is the page of a set in a browser.
type Page struct {
	ctx     context.Context
	Address string
	made    chan struct{} // closed when all thumbnails are made
}

// Wait waits until all thumbnails are made.
func (p Page) Wait() error {
	select {
	case <-p.made:
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

// Use serves the page of a set, shows it in a browser and calls use.
func Use(ctx context.Context, s *dataset.Set, g page.Guesser, use func(Page) error) error {
	server, err := page.New(s, page.Options{Who: "driver", Guesser: g})
	if err != nil {
		return err
	}
	defer server.Close()
	ctx, stop := context.WithCancel(ctx)
	addresses, ended, made := make(chan string, 1), make(chan error, 1), make(chan struct{})
	once := sync.OnceFunc(func() { close(made) })
	report := func(stage string, done, total int64) {
		if stage == "making thumbnails" && done >= total {
			once()
		}
	}
	go func() { ended <- server.Serve(ctx, func(a string) { addresses <- a }, report) }()
	select {
	case err = <-ended:
		stop()
		return err
	case address := <-addresses:
		err = browse(ctx, Page{Address: address, made: made}, use)
	}
	stop()
	if end := <-ended; !errors.Is(end, context.Canceled) {
		err = errors.Join(err, end)
	}
	return err
}

func browse(ctx context.Context, p Page, use func(Page) error) error {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1400, 900),
		chromedp.Flag("disable-background-networking", true))
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	defer stop()
	ctx, stop = chromedp.NewContext(ctx)
	defer stop()
	p.ctx = ctx
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1400, 900)); err != nil {
		return fmt.Errorf("driver: start a browser: %w (this needs Chromium)", err)
	}
	return use(p)
}

// grid is true when all photos of the first screen are drawn.
const grid = `document.querySelectorAll('.cell').length > 5 &&
	[...document.querySelectorAll('.cell img')].every(i => i.complete && i.naturalWidth)`

// Open loads the page, and returns how long it took until the last photo of the first screen had
// arrived, ms.
func (p Page) Open() (float64, error) {
	if err := chromedp.Do(p.ctx, chromedp.Navigate(p.Address)); err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(p.ctx, time.Minute)
	defer stop()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](grid,
		chromedp.WithPollingInterval(50*time.Millisecond))); err != nil {
		return 0, fmt.Errorf("driver: the grid did not come: %w", err)
	}
	const last = `;(() => { const shown = new Set(tiles().map(p => document.querySelector('.cell[data-at="' + p.at + '"] img').src));
		return Math.max(...performance.getEntriesByType('resource').filter(e => shown.has(e.name)).map(e => e.responseEnd)); })()`
	return chromedp.Run(p.ctx, chromedp.Evaluate[float64](script+last))
}

// Keys presses a key again and again. shown are the times until the photo at the cursor is drawn,
// saved those until the server has said that a decision is on the disk, ms.
func (p Page) Keys(key string, times int) (shown, saved []float64, err error) {
	text, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](fmt.Sprintf("timed(%q, %d)", key, times),
		chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, nil, err
	}
	var got struct{ Shown, Kept []float64 }
	err = json.Unmarshal([]byte(text), &got)
	return got.Shown, got.Kept, err
}

// Press presses a key once.
func (p Page) Press(key string) error {
	_, err := chromedp.Run(p.ctx, chromedp.Evaluate[any](fmt.Sprintf("press(%q)", key)))
	return err
}

// Clean corrects the labels of a set of which truth holds the true ones, by file name, and
// returns the strokes.
func (p Page) Clean(truth map[string]string) (int, error) { return p.strokes("clean(%s)", truth) }

// FromNothing labels a set without labels, the first photos one at a time.
func (p Page) FromNothing(truth map[string]string, first int) (int, error) {
	return p.strokes(fmt.Sprintf("fromNothing(%%s, %d)", first), truth)
}

func (p Page) strokes(call string, truth map[string]string) (int, error) {
	data, err := json.Marshal(truth)
	if err != nil {
		return 0, err
	}
	ctx, stop := context.WithTimeout(p.ctx, 20*time.Minute)
	defer stop()
	if _, err := p.Open(); err != nil {
		return 0, err
	}
	return chromedp.Run(ctx, chromedp.Evaluate[int](fmt.Sprintf(call, data), chromedp.EvalAwaitPromise))
}
