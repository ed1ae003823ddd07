package page

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"imagelab/lib/dataset"
	"imagelab/lib/photo/phototest"
)

// plainSet is a set of photos of one colour each, a few in each class.
func plainSet(t *testing.T, photos int, classes ...string) *dataset.Set {
	t.Helper()
	source := t.TempDir()
	for i := range photos {
		img := image.NewNRGBA(image.Rect(0, 0, 64, 48))
		for p := range 64 * 48 {
			c := color.NRGBA{uint8(37 * i), uint8(91*i + p%64), uint8(11 * i), 255}
			copy(img.Pix[4*p:], []byte{c.R, c.G, c.B, c.A})
		}
		name := fmt.Sprintf("%s/%03d.jpg", classes[i%len(classes)], i)
		phototest.Put(t, source, name, phototest.Encode(t, "jpeg", img))
	}
	s, err := dataset.Ingest(t.Context(), source, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// serve serves a set until stop is called, which waits for the end.
func serve(t *testing.T, dir string, o Options) (address string, stop func()) {
	t.Helper()
	s, err := dataset.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	server, err := New(s, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	addresses, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- server.Serve(ctx, func(a string) { addresses <- a }, nil) }()
	done := false
	stop = func() {
		if done {
			return
		}
		done = true
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) && !(err == nil && o.Frame) { // ended by its button
			t.Error(err)
		}
		server.Close()
	}
	t.Cleanup(stop)
	select {
	case address = <-addresses:
	case err := <-ended:
		done = true
		t.Fatal(err)
	}
	return address, stop
}

// tab is a page in a headless browser.
type tab struct {
	t   *testing.T
	ctx context.Context
}

// browser starts a browser and opens the address in a window of this size, pixels.
func browser(t *testing.T, address string, width, height int) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(width, height),
		chromedp.Flag("disable-background-networking", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	p := &tab{t, ctx}
	err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height)), chromedp.Navigate(address))
	if err != nil {
		t.Fatalf("open a page: %v; this test needs Chromium (Debian: apt install chromium)", err)
	}
	return p
}

// another opens the address in a second tab of the same browser.
func (p *tab) another(address string) *tab {
	p.t.Helper()
	ctx, stop := chromedp.NewContext(p.ctx)
	p.t.Cleanup(stop)
	q := &tab{p.t, ctx}
	q.do(chromedp.Navigate(address))
	return q
}

func (p *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// press presses keys one after the other, as a person does.
func (p *tab) press(keys string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(keys, chromedp.KeyModifiers(modifiers...)))
}

// click clicks an element, which may be out of sight.
func (p *tab) click(selector string) {
	p.t.Helper()
	evaluate[any](p, fmt.Sprintf("document.querySelector(%q).click()", selector))
}

// await waits until a JavaScript expression is true.
func (p *tab) await(what, condition string) {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, 20*time.Second)
	defer stop()
	holds := chromedp.Poll[bool]("!!("+condition+")", chromedp.WithPollingInterval(50*time.Millisecond))
	if _, err := chromedp.Run(ctx, holds); err != nil {
		p.shoot("missing.png")
		p.t.Fatalf("%s did not come: %v; the page shows: %s", what, err, evaluate[string](p, "document.body.innerText"))
	}
}

func evaluate[T any](p *tab, expression string) T {
	p.t.Helper()
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return value
}

// intercept has the page's next request to a path handled by a JavaScript function, which gets a
// function that sends it.
func (p *tab) intercept(path, handle string) {
	p.t.Helper()
	evaluate[any](p, fmt.Sprintf(`{
		const real = window.fetch, handle = %s;
		window.fetch = (address, options) => {
			if (!address.startsWith(%q)) return real(address, options);
			window.fetch = real;
			return handle(() => real(address, options));
		};
	}`, handle, path))
}

// dark asks for the dark colours.
func (p *tab) dark() {
	p.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

// shoot keeps a picture of the page where a person asked for pictures.
func (p *tab) shoot(name string) {
	p.t.Helper()
	dir := os.Getenv("IMAGELAB_TEST_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err := errors.Join(err, os.WriteFile(filepath.Join(dir, name), png, 0o644)); err != nil {
		p.t.Fatal(err)
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
