package page

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestMeasureMany measures a large set: SHOT_MANY is its folder.
func TestMeasureMany(t *testing.T) {
	dir := os.Getenv("SHOT_MANY")
	if dir == "" {
		t.Skip()
	}
	begin := time.Now()
	address, _ := serve(t, dir, Options{Token: "t"})
	t.Log("server ready", time.Since(begin))
	for range 3 {
		p := browser(t, address, 1400, 900)
		p.await("grid", drawn1)
		t.Log("page open to full grid, ms", evaluate[float64](p, timed))
		t.Log(evaluate[string](p, `JSON.stringify(performance.getEntriesByType('resource').filter(e => e.name.includes('api/')).map(e => [e.name.slice(-30), Math.round(e.startTime), Math.round(e.responseEnd)]))`))
		for _, where := range []string{"grid", "single"} {
			if where == "single" {
				p.press("\r")
				p.await("large", `document.querySelector('#large').src.includes('photo/')`)
			}
			for _, key := range []string{"ArrowRight", "3"} {
				p.do()
				got, err := chromedp.Run(p.ctx, chromedp.Evaluate[string](`(`+pressing+`)(`+"'"+key+"'"+`)`, chromedp.EvalAwaitPromise))
				t.Log(where, key, got, err)
			}
		}
	}
}

// timed is when the last thumbnail of the first grid had arrived, ms after the page was asked for.
const timed = `Math.max(...performance.getEntriesByType('resource').filter(e => e.name.includes('/thumb/')).slice(0, 30).map(e => e.responseEnd))`

const pressing = `async key => {
  const took = [], handled = [];
  for (let n = 0; n < 30; n++) {
    const begin = performance.now();
    document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    handled.push(performance.now() - begin);
    const img = document.querySelector('#single').hidden ? document.querySelector('.cell.here img') : document.querySelector('#large');
    await img.decode().catch(() => {});
    await new Promise(requestAnimationFrame);
    await new Promise(done => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); });
    took.push(performance.now() - begin);
    await new Promise(done => setTimeout(done, 60));
  }
  const sorted = l => [...l].sort((a, b) => a - b);
  const s = sorted(took), h = sorted(handled);
  return 'shown median ' + s[15].toFixed(1) + ' p90 ' + s[27].toFixed(1) + ' max ' + s[29].toFixed(1) + ' ms; handler median ' + h[15].toFixed(1) + ' max ' + h[29].toFixed(1);
}`
