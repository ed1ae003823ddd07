package report

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"imagelab/lib/dataset"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/axetest"
)

// browser starts a headless browser that shows the file at path.
func browser(t *testing.T, path string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true))
	ctx, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	t.Cleanup(stop)
	open(t, ctx, path)
	return ctx
}

func open(t *testing.T, ctx context.Context, path string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+path)); err != nil {
		t.Fatal(err)
	}
}

func value[T any](t *testing.T, ctx context.Context, expression string, o ...chromedp.EvaluateOption) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, o...))
	if err != nil {
		t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// TestPagesAreSound renders every page at three widths, in both colour schemes and on paper:
// nothing overlaps, is cut off or scrolls unseen, and axe-core finds no obstacles.
func TestPagesAreSound(t *testing.T) {
	fulltest.Needs(t, "a browser and axe-core")
	ctx := browser(t, "/dev/null")
	for _, page := range everyPage(t) {
		open(t, ctx, page.path)
		for _, as := range []struct {
			width  int64
			scheme string
			axe    bool // colours and small screens are what axe-core looks at
		}{{420, "light", true}, {820, "dark", true}, {1400, "light", false}} {
			axetest.Show(ctx, t, as.width, as.scheme)
			state := fmt.Sprintf("%s, %d px, %s", page.name, as.width, as.scheme)
			axetest.CheckLayout(ctx, t, state)
			if as.axe {
				axetest.Check(ctx, t, state)
			}
		}
		axetest.Show(ctx, t, 700, "print")
		onPaper(t, ctx, page.name)
	}
}

// onPaper looks at the page as it is printed: folded tables are open, and nothing is wider than
// paper.
func onPaper(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	const folded = `[...document.querySelectorAll("details > :not(summary)")]
		.filter(e => !e.checkVisibility() || e.getBoundingClientRect().height === 0).length`
	if n := value[int](t, ctx, folded); n > 0 {
		t.Errorf("%s: %d parts are folded on paper", name, n)
	}
	if wide := value[string](t, ctx, `[...document.querySelectorAll("table, .figure, h1")]
		.filter(e => e.getBoundingClientRect().right > 701)
		.map(e => e.outerHTML.slice(0, 100) + e.getBoundingClientRect().right).join("\n")`); wide != "" {
		t.Errorf("%s: cut at the right edge of the paper: %s", name, wide)
	}
	background := true
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		pdf, err := cdp.Call(ctx, tab, cdppage.PrintToPDF, cdppage.PrintToPDFParams{PrintBackground: &background})
		if err == nil && len(pdf.Data) < 5000 {
			err = fmt.Errorf("a PDF of %d bytes", len(pdf.Data))
		}
		return err
	}))
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

// TestPhotosOpen clicks through the page: one click from a cell to its photos, one to a large
// photo, which is the original; then the table is filtered and sorted.
func TestPhotosOpen(t *testing.T) {
	fulltest.Needs(t, "a browser")
	s := photos(t, []string{"cat", "dog"}, 40)
	said, test := predicted(t, s, dataset.Test)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := Write(t.Context(), path, Input{Set: s, Record: fitted(t, s), Test: &test, Tested: said}); err != nil {
		t.Fatal(err)
	}
	ctx := browser(t, path)
	click := func(selector string) {
		t.Helper()
		value[int](t, ctx, fmt.Sprintf(`(document.querySelector(%q).click(), 0)`, selector))
	}
	click(`.matrix a[href="#cell-0-1"]`)
	if !value[bool](t, ctx, `document.querySelector("#cell-0-1").checkVisibility() &&
		document.querySelectorAll("#cell-0-1 .ph").length === 1`) {
		t.Error("a cell with one photo does not show it")
	}
	click("#cell-0-1 .ph")
	large := chromedp.Poll[bool](`(() => {
		const img = document.querySelector(".large:target img");
		return !!img && img.complete && img.naturalWidth === 40;
	})()`, chromedp.WithPollingTimeout(10*time.Second))
	if _, err := chromedp.Run(ctx, large); err != nil {
		t.Error("the large photo is not the original:", err)
	}
	if !value[bool](t, ctx, `document.querySelector(".large:target .pic").getBoundingClientRect().height >= 300`) {
		t.Error("the photo does not open large")
	}
	if !value[bool](t, ctx, `getComputedStyle(document.querySelector(".large:target .pic"))
		.backgroundImage.startsWith("url(")`) {
		t.Error("where the original is gone, nothing is seen large")
	}
	rows := value[string](t, ctx, `(() => {
		const f = document.querySelector("#filter");
		f.elements.right.value = "wrong";
		f.dispatchEvent(new Event("input"));
		const shown = () => document.querySelectorAll("#predictions tbody tr").length + " " +
			document.querySelector("#count").textContent;
		return new Promise(r => setTimeout(() => r(shown()), 400));
	})()`, chromedp.EvalAwaitPromise)
	if !strings.HasPrefix(rows, "2 2 of 20 photos") {
		t.Errorf("filtered by wrong: %q, want 2 rows", rows)
	}
}
