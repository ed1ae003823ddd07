package report

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"imagelab/lib/curve"
	"imagelab/lib/dataset"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/axetest"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// browser starts a headless browser that shows the file at path.
func browser(t *testing.T, path string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("disable-background-networking", true))
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

// everyPage writes each kind of page.
func everyPage(t *testing.T) map[string]string {
	t.Helper()
	classes := []string{"cat", "a class with quite a long name", "dog", "emu", "fox", "goat", "hen"}
	s, dir := photos(t, classes, 20), t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name+".html") }
	said, test := predicted(t, s, dataset.Test)
	validated, _ := predicted(t, s, dataset.Val)
	record := fitted(t, s)
	record.Test = &test
	all := map[string]string{}
	save := func(name string, write func(path string) error) {
		if err := write(at(name)); err != nil {
			t.Fatal(name, err)
		}
		all[name] = at(name)
	}
	ctx := t.Context()
	in := Input{Set: s, Record: record, Test: &test, Tested: said, Validated: validated, Duplicates: copies(s), Note: "A remark."}
	save("report", func(p string) error { return Write(ctx, p, in) })
	in.Tested, in.Validated, in.Record.AllowLeak = nil, nil, true
	save("old report", func(p string) error { return Write(ctx, p, in) })
	save("duplicates", func(p string) error { return WriteDuplicates(ctx, p, s, copies(s)) })
	save("versus", func(p string) error {
		other := *validated
		other.Photos = append([]runlog.Prediction(nil), other.Photos...)
		other.Photos[0].Predicted = other.Photos[0].Label
		_, err := WriteVersus(ctx, p, Versus{Names: [2]string{"runs/a", "runs/b"}, Records: [2]runlog.Record{record, {}},
			Said: [2]*runlog.Predictions{validated, &other}, Set: s})
		return err
	})
	save("sweep", func(p string) error {
		table := Table{Title: "Means", Header: []string{"configuration", "accuracy", "a long heading of a column", "machine"},
			Rows: [][]string{{"20 a class", "75.0 %", "3", "Intel Xeon Platinum 8480+, 16 cores, xla:cuda"}}}
		return WriteSweep(p, Sweep{Title: "How many?", Verdict: "More would help.", Records: fits(6), Tables: []Table{table}})
	})
	save("curve", func(p string) error { return WriteSweep(p, Curves("How many photos?", curves2(t), nil)) })
	if _, err := WriteRuns(ctx, at("runs"), dir); err != nil {
		t.Fatal(err)
	}
	all["runs"] = at("runs")
	return all
}

// curves2 is a learning curve of three classes.
func curves2(t *testing.T) []curve.Result {
	t.Helper()
	var records []runlog.Record
	for i, size := range []int{5, 10, 20, 40, 80, 160, 0} {
		for seed := range 2 {
			o := runlog.Outcomes{Side: "test"}
			for k := range 300 {
				label := k % 3
				predicted := label
				if (k/3+7*seed)%100 < 60>>i {
					predicted = (label + 1) % 3
				}
				o.Labels, o.Predicted = append(o.Labels, label), append(o.Predicted, predicted)
			}
			n := size
			if n == 0 {
				n = 320
			}
			classes := []string{"cat", "dog", "emu"}
			r := runlog.Record{ID: fmt.Sprint(i, seed), Setting: fmt.Sprintf("%d a class", n), PerClass: size, Seed: uint64(seed), Split: "s", Dataset: "pets",
				Trained: map[string]int{"cat": n, "dog": n, "emu": n}, Outcomes: &o, Regime: "equal steps",
				Val: metric.Result{N: 30, Classes: classes, Top1: 0.9}, Test: &metric.Result{N: 300, Classes: classes, Top1: 0.9}}
			records = append(records, r)
		}
	}
	results, err := curve.All(records)
	if err != nil {
		t.Fatal(err)
	}
	return results
}

// sticksOut lists what is wider than the window, or than the box that holds it and does not scroll, and
// texts of figures that lie on each other or outside their figure.
const sticksOut = `(() => {
	const found = [], width = document.documentElement.clientWidth;
	if (document.documentElement.scrollWidth > width) found.push("the page is " + document.documentElement.scrollWidth + " px wide in " + width);
	for (const e of document.querySelectorAll("body *")) {
		const r = e.getBoundingClientRect();
		if (r.width === 0 || e.closest(".scroll, .large, .figure[tabindex], pre")) continue;
		if (r.right > width + 1) found.push(e.outerHTML.slice(0, 120) + " ends at " + r.right);
	}
	for (const svg of document.querySelectorAll("svg")) {
		const box = svg.getBoundingClientRect(), texts = [...svg.querySelectorAll("text")].map(t => [t, t.getBoundingClientRect()]);
		if (box.width === 0) continue;
		texts.forEach(([t, a], i) => {
			if (a.left < box.left - 2 || a.right > box.right + 2 || a.top < box.top - 2 || a.bottom > box.bottom + 2) found.push("cut off: " + t.textContent);
			for (const [u, b] of texts.slice(i + 1)) {
				const w = Math.min(a.right, b.right) - Math.max(a.left, b.left), h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
				if (w > 2 && h > 0.35 * Math.min(a.height, b.height)) found.push("overlap: " + t.textContent + " / " + u.textContent);
			}
		});
	}
	for (const e of document.querySelectorAll(".scroll, .figure")) {
		if (e.scrollWidth > e.clientWidth + 1 && e.tabIndex < 0) found.push("scrolls sideways without a keyboard: " + e.outerHTML.slice(0, 120));
	}
	return found.slice(0, 12).join("\n");
})()`

// TestPagesAreSound renders every page at three widths, in both colour schemes and on paper: nothing
// overlaps, is cut off or scrolls unseen, and axe-core finds no obstacles.
func TestPagesAreSound(t *testing.T) {
	fulltest.Needs(t, "a browser and axe-core")
	ctx := browser(t, "/dev/null")
	for name, path := range everyPage(t) {
		open(t, ctx, path)
		for i, width := range []int64{420, 820, 1400} {
			scheme := []string{"light", "dark"}[i%2]
			shown(t, ctx, width, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
			if found := value[string](t, ctx, sticksOut); found != "" {
				t.Errorf("%s, %d px: %s", name, width, found)
			}
			if width != 820 || scheme == "dark" {
				axetest.Check(ctx, t, fmt.Sprintf("%s, %d px, %s", name, width, scheme))
			}
		}
		shown(t, ctx, 700, emulation.SetEmulatedMediaParams{Media: "print"})
		onPaper(t, ctx, name)
	}
}

// shown sets the width of the window, pixels, and how the page is shown.
func shown(t *testing.T, ctx context.Context, width int64, media emulation.SetEmulatedMediaParams) {
	t.Helper()
	err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, media)
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// onPaper looks at the page as it is printed: folded tables are open, and nothing is wider than paper.
func onPaper(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	const folded = `[...document.querySelectorAll("details > :not(summary)")].filter(e => !e.checkVisibility() || e.getBoundingClientRect().height === 0).length`
	if n := value[int](t, ctx, folded); n > 0 {
		t.Errorf("%s: %d parts are folded on paper", name, n)
	}
	if wide := value[string](t, ctx, `[...document.querySelectorAll("table, .figure, h1")].filter(e => e.getBoundingClientRect().right > 701)
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

// TestPhotosOpen clicks through the page: one click from a cell to its photos, one to a large photo,
// which is the original; then the table is filtered and sorted.
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
	if !value[bool](t, ctx, `document.querySelector("#cell-0-1").checkVisibility() && document.querySelectorAll("#cell-0-1 .ph").length === 1`) {
		t.Error("a cell with one photo does not show it")
	}
	click("#cell-0-1 .ph")
	large := chromedp.Poll[bool](`(() => { const img = document.querySelector(".large:target img"); return !!img && img.complete && img.naturalWidth === 40; })()`,
		chromedp.WithPollingTimeout(10*time.Second))
	if _, err := chromedp.Run(ctx, large); err != nil {
		t.Error("the large photo is not the original:", err)
	}
	if !value[bool](t, ctx, `document.querySelector(".large:target .pic").getBoundingClientRect().height >= 300`) {
		t.Error("the photo does not open large")
	}
	rows := value[string](t, ctx, `(() => { const f = document.querySelector("#filter"); f.elements.right.value = "wrong"; f.dispatchEvent(new Event("input"));
		return new Promise(r => setTimeout(() => r(document.querySelectorAll("#predictions tbody tr").length + " " + document.querySelector("#count").textContent), 400)); })()`, chromedp.EvalAwaitPromise)
	if !strings.HasPrefix(rows, "2 2 of 20 photos") {
		t.Errorf("filtered by wrong: %q, want 2 rows", rows)
	}
}
