// Package axetest looks for obstacles in pages, for people who use a screen reader or see little
// contrast: it runs axe-core (Deque Systems, MPL-2.0) in a headless browser.
package axetest

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"imagelab/lib/asset"
)

// axe is axe-core, which tests alone need.
var axe = asset.Ref{
	Name: "axe-core", Client: "npm", Package: "axe-core", Version: "4.10.3", File: "axe-core-4.10.3.tgz",
	SHA256: "0f2b4d7dcdf7d1219df8d1959ad68e565f51d14c3f0d88bb71cd59abeb956292", Bytes: 563802,
	Payload: asset.Payload{Bytes: 553446, SHA256: "880970c081707360e64f34cea25ff91892f5bc95675b0776925b9709dd8a68bb"},
	Member:  "package/axe.min.js", Layout: asset.LayoutFile, License: "MPL-2.0",
}

// Finding is one rule of axe-core that the page breaks.
type Finding struct {
	Rule     string   `json:"rule"`
	Help     string   `json:"help"`
	Elements []string `json:"elements"` // their HTML
}

// run asks for all rules but the experimental ones. Colours are compared as they are now.
const run = `axe.run().then(r => JSON.stringify(r.violations.map(v => ({ rule: v.id, help: v.help,
	elements: v.nodes.slice(0, 5).map(n => n.html + ' ' + n.failureSummary) }))))`

// load puts axe-core into the page, unless it is there: a page is checked several times.
func load(ctx context.Context, t testing.TB) {
	t.Helper()
	there, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`typeof axe !== "undefined"`))
	if err != nil || there {
		return // the run of axe-core says what is wrong
	}
	path, err := axe.Fetch(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[any](string(script)+";0")); err != nil {
		t.Fatalf("load axe-core: %v", err)
	}
}

// Check fails the test for each rule that the page in the browser of ctx breaks as it is now.
func Check(ctx context.Context, t testing.TB, state string) {
	t.Helper()
	load(ctx, t)
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](run, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("run axe-core: %v", err)
	}
	var findings []Finding
	if err := json.Unmarshal([]byte(text), &findings); err != nil {
		t.Fatal(err)
	}
	for _, f := range findings {
		t.Errorf("%s: %s: %s: %q", state, f.Rule, f.Help, f.Elements)
	}
}
