package jupyter

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// page is a notebook in a headless browser.
type page struct {
	t   *testing.T
	ctx context.Context
}

// open serves the folder and shows a notebook of it. Cells are not helped with, which costs every
// kernel 10 s of a core, unless a test has set [HelpVariable].
func open(t *testing.T, k *Kit, dir, name string) *page {
	t.Helper()
	if os.Getenv(HelpVariable) == "" {
		t.Setenv(HelpVariable, "off")
	}
	address := serve(t, k, dir)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.WindowSize(1300, 1700), chromedp.Flag("disable-background-networking", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	p := &page{t, ctx}
	address = strings.Replace(address, "/lab?", "/lab/tree/"+name+"?reset&", 1)
	// The first call starts the browser, which lives as long as this call's context.
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		t.Fatalf("open a page: %v; this test needs Chromium (Debian: apt install chromium)", err)
	}
	p.click(`document.querySelector('.jp-Notebook .jp-MarkdownCell')`) // the status bar tells of what is in use
	p.await("an idle kernel", 5*time.Minute, idle)
	return p
}

// serve starts JupyterLab for the test and returns its address.
func serve(t *testing.T, k *Kit, dir string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	addresses, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		server := Server{Dir: dir, IP: "127.0.0.1", Port: freePort(t)}
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

// evaluate returns the value of a JavaScript expression.
func evaluate[T any](p *page, expression string) T {
	p.t.Helper()
	ctx, stop := context.WithTimeout(p.ctx, 2*time.Minute)
	defer stop()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		p.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return value
}

// await waits until a JavaScript expression is true.
func (p *page) await(what string, limit time.Duration, condition string) {
	p.t.Helper()
	deadline := time.Now().Add(limit)
	for !evaluate[bool](p, "!!("+condition+")") {
		if time.Sleep(100 * time.Millisecond); time.Now().After(deadline) {
			p.shoot("missing.png")
			p.t.Fatalf("%s did not come in %v; the page shows: %s", what, limit, evaluate[string](p, "document.body.innerText"))
		}
	}
}

// menu clicks an entry of a menu of JupyterLab, as a person does.
func (p *page) menu(name, command string) {
	p.t.Helper()
	p.click(fmt.Sprintf(`[...document.querySelectorAll('.lm-MenuBar-item')].find(e => e.textContent.trim() === %q)`, name))
	p.click(fmt.Sprintf("document.querySelector(`.lm-Menu-item[data-command=%q]`)", command))
}

// click waits for an element that has come to rest and clicks into it.
func (p *page) click(element string) {
	p.t.Helper()
	p.await(element, 2*time.Minute, element)
	place := `(r => [r.x + r.width / 2, r.y + r.height / 2])((` + element + `).getBoundingClientRect())`
	at, before := evaluate[[]float64](p, place), []float64(nil)
	for !slices.Equal(at, before) {
		time.Sleep(300 * time.Millisecond)
		at, before = evaluate[[]float64](p, place), at
	}
	move := chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at[0], at[1])
	if err := chromedp.Do(p.ctx, move, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		p.t.Fatalf("click %s: %v", element, err)
	}
}

// shoot keeps a picture of the page where a person asked for pictures.
func (p *page) shoot(name string) {
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

// Conditions of a page.
const (
	idle   = `/\| (Idle|Unknown)/.test(document.querySelector('#jp-main-statusbar')?.innerText)` // unknown before the first cell
	allRan = `[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].every(e => /\[\d+\]/.test(e.textContent))`
)

// save writes the notebook to its file.
func (p *page) save() {
	p.t.Helper()
	p.menu("File", "docmanager:save")
}

// TestPage opens a saved notebook, whose figures show before a cell has run, runs it again, saves
// it, and gets help with typing.
func TestPage(t *testing.T) {
	k := prepare(t)
	t.Setenv(HelpVariable, "on")
	dir := t.TempDir()
	copyFile(t, "testdata/small.ipynb", filepath.Join(dir, "small.ipynb"))
	p := open(t, k, dir, "small.ipynb")
	p.await("the figure of the saved notebook", time.Minute, `document.querySelector('.jp-RenderedSVG')`)
	p.shoot("opened.png")
	p.menu("Edit", "editmenu:clear-all")
	p.await("a cleared page", time.Minute, `!document.querySelector('.jp-RenderedSVG')`)
	p.menu("Run", "runmenu:run-all")
	p.await("the end of the last cell", 2*time.Minute, allRan)
	p.await("the new figure", time.Minute, `document.querySelector('.jp-RenderedSVG')`)
	p.save()
	awaitSaved(t, filepath.Join(dir, "small.ipynb"), "testdata/small.ipynb")
	checkHelp(t, k, dir)
}

// committed are the notebooks of the repository that match a pattern. Tests of the others stand
// beside them.
func committed(t *testing.T, pattern string) []string {
	t.Helper()
	repo, err := Repo(".")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(repo, "notebooks", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no notebook matches %s: %v", pattern, err)
	}
	return paths
}

// TestNotebookPages does what a person does with a notebook that trains: runs all cells, sees the
// progress, stops the training, runs all cells again to the end, sees the figures and saves. What
// is saved shows what the committed notebook does, so these notebooks need no other run.
func TestNotebookPages(t *testing.T) {
	k := prepare(t)
	for _, path := range append(committed(t, "01_*"), committed(t, "03_*")...) {
		name := filepath.Base(path)
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			copyFile(t, path, filepath.Join(dir, name))
			want, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			p := open(t, k, dir, name)
			p.menu("Edit", "editmenu:clear-all")
			p.menu("Run", "runmenu:run-all")
			p.await("a bar of progress", 2*time.Minute, `document.querySelector('.jp-OutputArea progress')`)
			p.await("the progress of a fit", 5*time.Minute, `[...document.querySelectorAll('.imagelab-transient')].
				some(e => /training|features|fitting/.test(e.textContent))`)
			p.menu("Kernel", "kernelmenu:interrupt")
			p.await("the word that it was stopped", time.Minute, says("what is finished is kept"))
			p.await("the end of all cells", 2*time.Minute, allRan)
			p.menu("Edit", "editmenu:clear-all")
			p.menu("Run", "runmenu:run-all")
			p.await("the end of all cells, run again", 8*time.Minute, allRan)
			p.shoot(strings.TrimSuffix(name, ".ipynb") + ".png")
			got := evaluate[int](p, `document.querySelectorAll('.jp-RenderedSVG').length`)
			if figures := want.count("image/svg+xml"); got < figures {
				t.Errorf("the page shows %d figures, the committed notebook %d", got, figures)
			}
			if evaluate[bool](p, `!!document.querySelector('.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]')`) {
				t.Errorf("a cell failed: %s", evaluate[string](p, "document.body.innerText"))
			}
			p.save()
			awaitSaved(t, filepath.Join(dir, name), path)
		})
	}
}

// awaitSaved waits a minute until each code cell of the notebook at path shows what that of the
// committed one does, in any order: a training that goes on may add a note.
func awaitSaved(t *testing.T, path, committed string) {
	t.Helper()
	want, failure := Load(committed)
	if failure != nil {
		t.Fatal(failure)
	}
	for range 120 {
		n, err := Load(path)
		if failure = err; err == nil {
			n.Tidy()
			failure = errors.Join(n.Problem(), lacks(n, want))
		}
		if failure == nil {
			return
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Errorf("what was saved differs from the committed notebook: %v", failure)
}

// lacks says what kinds of outputs a notebook lacks.
func lacks(n, want *Notebook) error {
	shown, expected := n.Outputs(), want.Outputs()
	if len(shown) != len(expected) {
		return fmt.Errorf("%d code cells instead of %d", len(shown), len(expected))
	}
	for i, kinds := range expected {
		for _, kind := range kinds {
			if !slices.Contains(shown[i], kind) {
				return fmt.Errorf("code cell %d shows %q and lacks %s: %s", i+1, shown[i], kind, n.Text(i))
			}
		}
	}
	return nil
}

// count is how many outputs are of a kind.
func (n *Notebook) count(kind string) int {
	found := 0
	for _, kinds := range n.Outputs() {
		for _, k := range kinds {
			if k == kind {
				found++
			}
		}
	}
	return found
}

func says(text string) string { return fmt.Sprintf(`document.body.innerText.includes(%q)`, text) }
