package axetest

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// sticksOut lists what is wider than the window, or than the box that holds it and does not
// scroll, and texts of figures that lie on each other or outside their figure.
const sticksOut = `(() => {
	const found = [], width = document.documentElement.clientWidth, needed = document.documentElement.scrollWidth;
	if (needed > width) found.push("the page is " + needed + " px wide in " + width);
	const scrolls = e => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
	const inScroller = e => !!e.parentElement && (scrolls(e.parentElement) || inScroller(e.parentElement));
	for (const e of document.querySelectorAll("body *")) {
		const r = e.getBoundingClientRect();
		if (r.width > 0 && r.right > width + 1 && !inScroller(e))
			found.push(e.outerHTML.slice(0, 120) + " ends at " + r.right);
	}
	for (const svg of document.querySelectorAll("svg")) {
		const box = svg.getBoundingClientRect();
		const texts = [...svg.querySelectorAll("text")].map(t => [t, t.getBoundingClientRect()]);
		if (box.width === 0) continue;
		texts.forEach(([t, a], i) => {
			if (a.left < box.left - 2 || a.right > box.right + 2 || a.top < box.top - 2 || a.bottom > box.bottom + 2)
				found.push("cut off: " + t.textContent);
			for (const [u, b] of texts.slice(i + 1)) {
				const w = Math.min(a.right, b.right) - Math.max(a.left, b.left);
				const h = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
				if (w > 2 && h > 0.35 * Math.min(a.height, b.height))
					found.push("overlap: " + t.textContent + " / " + u.textContent);
			}
		});
	}
	for (const e of document.querySelectorAll("body *")) {
		if (e.scrollWidth <= e.clientWidth + 1 || !scrolls(e) || e.tabIndex >= 0) continue;
		if (e.querySelector("a[href], button, input, select")) continue;
		found.push("scrolls sideways without a keyboard: " + e.outerHTML.slice(0, 120));
	}
	return found.slice(0, 12).join("\n");
})()`

// CheckLayout fails the test if the page in the browser of ctx, as it is now, is wider than its
// window, or if parts of it overlap or are cut off.
func CheckLayout(ctx context.Context, t testing.TB, state string) {
	t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[string](sticksOut))
	if err != nil {
		t.Fatalf("%s: %v", state, err)
	}
	if found != "" {
		t.Errorf("%s: %s", state, found)
	}
}

const twoFrames = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`

// Show sets the width of the window, pixels, and how the page is shown: in the scheme "light" or
// "dark", or as it is printed.
func Show(ctx context.Context, t testing.TB, width int64, scheme string) {
	t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme",
		Value: scheme}}}
	if scheme == "print" {
		media = emulation.SetEmulatedMediaParams{Media: "print"}
	}
	err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900),
		chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, media)
			return err
		}))
	if err != nil {
		t.Fatal(err)
	}
	// Pages that lay themselves out anew do so in a frame after this one.
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[bool](twoFrames, chromedp.EvalAwaitPromise)); err != nil {
		t.Fatal(err)
	}
}
