package jupytertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"imagelab/lib/fulltest"
	"imagelab/lib/jupyter"
)

// Page is a notebook in a headless browser.
type Page struct {
	t   *testing.T
	ctx context.Context
}

// Open serves the folder and shows a notebook of it. Cells are not helped with, which costs every
// kernel 10 s of a core, unless a test has set [jupyter.HelpVariable].
func Open(t *testing.T, k *jupyter.Kit, dir, name string) *Page {
	t.Helper()
	if os.Getenv(jupyter.HelpVariable) == "" {
		t.Setenv(jupyter.HelpVariable, "off")
	}
	address := Serve(t, k, dir)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.WindowSize(1300, 1700), chromedp.Flag("disable-background-networking", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	p := &Page{t, ctx}
	address = strings.Replace(address, "/lab?", "/lab/tree/"+name+"?reset&", 1)
	// The first call starts the browser, which lives as long as this call's context.
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("open a page: %v; this test needs Chromium (Debian: apt install chromium)", err)
	}
	p.Click(`document.querySelector('.jp-Notebook .jp-MarkdownCell')`) // the status bar tells of what is in use
	p.Await("an idle kernel", 5*time.Minute, Idle)
	return p
}

// Serve starts JupyterLab for the test and returns its address.
func Serve(t *testing.T, k *jupyter.Kit, dir string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	addresses, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		server := jupyter.Server{Dir: dir, IP: "127.0.0.1", Port: FreePort(t)}
		ended <- k.Serve(ctx, server, func(address string, _ bool) { addresses <- address })
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
	select {
	case address := <-addresses:
		return address
	case err := <-ended:
		ended <- context.Canceled
		t.Fatal(err)
	case <-time.After(5 * time.Minute):
		t.Fatal("JupyterLab did not start in five minutes")
	}
	return ""
}

// Evaluate returns the value of a JavaScript expression.
func Evaluate[T any](p *Page, expression string) T {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, 2*time.Minute)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return value
}

// Await waits until a JavaScript expression is true.
func (p *Page) Await(what string, limit time.Duration, condition string) {
	p.t.Helper()
	deadline := time.Now().Add(limit)
	for !Evaluate[bool](p, "!!("+condition+")") {
		if time.Sleep(100 * time.Millisecond); time.Now().After(deadline) {
			p.Shoot("missing.png")
			p.t.Fatalf("%s did not come in %v; the page shows: %s", what, limit, Evaluate[string](p, "document.body.innerText"))
		}
	}
}

// Menu clicks an entry of a menu of JupyterLab, as a person does.
func (p *Page) Menu(name, command string) {
	p.t.Helper()
	p.Click(fmt.Sprintf(`[...document.querySelectorAll('.lm-MenuBar-item')].find(e => e.textContent.trim() === %q)`, name))
	p.Click(fmt.Sprintf("document.querySelector(`.lm-Menu-item[data-command=%q]`)", command))
}

// Click waits for an element that has come to rest and clicks into it.
func (p *Page) Click(element string) {
	p.t.Helper()
	p.Await(element, 2*time.Minute, element)
	place := `(r => [r.x + r.width / 2, r.y + r.height / 2])((` + element + `).getBoundingClientRect())`
	at, before := Evaluate[[]float64](p, place), []float64(nil)
	for !slices.Equal(at, before) {
		time.Sleep(300 * time.Millisecond)
		at, before = Evaluate[[]float64](p, place), at
	}
	move := chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1])
	if err := chromedp.Do(p.ctx, move, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		p.t.Fatalf("click %s: %v", element, err)
	}
}

// Shoot keeps a picture of the page where a person asked for pictures.
func (p *Page) Shoot(name string) {
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

// Conditions of a page that [Page.Await] waits for.
const (
	Idle   = `/\| (Idle|Unknown)/.test(document.querySelector('#jp-main-statusbar')?.innerText)` // unknown before the first cell
	AllRan = `(all => all.length > 0 && all.every(e => /\[\d+\]/.test(e.textContent)))` +
		`([...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')])`
)

// Save writes the notebook to its file at path. When it returns, the file is that of the page, and
// not the one that was opened.
func (p *Page) Save(path string) {
	p.t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		p.t.Fatal(err)
	}
	p.Menu("File", "docmanager:save")
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		after, err := os.Stat(path)
		if err == nil && after.ModTime().After(before.ModTime()) {
			break
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s was not saved in a minute: %v", path, err)
		}
	}
	p.Await("a saved notebook", time.Minute, "!document.querySelector('.lm-TabBar-tab.jp-mod-dirty')")
}

// Says is the condition that the page shows a text.
func Says(text string) string { return fmt.Sprintf(`document.body.innerText.includes(%q)`, text) }

// Prepare installs what notebooks need. A test that calls it is left out of a short run.
func Prepare(t *testing.T) *jupyter.Kit {
	t.Helper()
	fulltest.Needs(t, "Jupyter and all that the notebooks use")
	repo, err := jupyter.Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	k, err := jupyter.Prepare(t.Context(), repo, nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// FreePort is a port of this machine that nobody listens on.
func FreePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// CopyFile copies a file.
func CopyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
