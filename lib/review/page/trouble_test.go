package page

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"imagelab/lib/fulltest"
	"imagelab/lib/review"
)

// shown says that the single view shows the photo itself.
const shown = `document.querySelector('#broken').hidden && document.querySelector('#large').src.includes('/photo/') &&
	document.querySelector('#large').complete && document.querySelector('#large').naturalWidth`

// problem says that the page tells of one with these words.
func problem(words string) string {
	return fmt.Sprintf(`document.querySelector('#problem').textContent.includes(%q)`, words)
}

// TestPageInTrouble: answers that get lost, a server that is away, started for another person or
// with another set, and an end that fails: the page neither loses a decision nor takes one twice,
// and shows no label on another photo.
func TestPageInTrouble(t *testing.T) {
	fulltest.Needs(t, "a browser")
	dir := plainSet(t, 24, "cat", "dog").Dir
	options := Options{Token: "secret", Port: freePort(t), Who: "ann", Frame: true}
	address, stop := serve(t, dir, options)
	p := browser(t, address, 1000, 700)
	p.await("the first grid", drawn1)

	p.intercept("api/decide", `async send => { window.lost = await send(); throw new TypeError('the answer is lost'); }`)
	p.press("2")
	p.await("an answer that was lost", `window.lost?.ok`)
	p.intercept("api/decide", `async send => window.again = await send()`)
	p.await("the decision saved with the next try", `window.again?.ok &&`+
		quiet+"&& document.querySelector('#problem').hidden &&"+label(0, "dog"))
	p.press("u")
	p.await("one undo, as of one decision", label(0, "cat"))

	p.intercept("api/state", `async send => {
		const news = await (await send()).json();
		return Response.json({ ...news, rows: [{ i: 99, label: 'cat' }] });
	}`)
	p.await("word of news that the page cannot show", problem("load it again"))
	p.press("2")
	p.await("a page that goes on", quiet+"&& document.querySelector('#problem').hidden")

	p.callMe("")
	p.await("no name kept that is the server's", `Object.keys(localStorage).length === 0`)
	p.callMe("eve")
	p.press(kb.Home)
	p.press("d")
	p.await("all of it saved", quiet)
	stop()
	lastBy(t, dir, "eve")

	p.press("\r")
	p.await("word that a photo cannot be fetched", `!document.querySelector('#broken').hidden`)
	options.Who = "bob"
	_, stop = serve(t, dir, options)
	p.await("the server", `document.querySelector('#problem').hidden`)
	p.press(kb.ArrowRight)
	p.await("a photo that could not be fetched ahead", shown)
	p.do(chromedp.Reload())
	p.await("the grid after loading again", drawn1)
	p.press(kb.End)
	p.press("d")
	p.await("all of it saved", quiet)
	lastBy(t, dir, "bob")

	p.loadsAgain()
	stop()

	stop = p.readAnew(dir, options)
	p.intercept("api/done", `async () => new Response('no room', { status: 507 })`)
	p.click("#finish")
	p.await("word that the page did not end", problem("Not ended: no room"))
	p.intercept("api/decide", `async send => { await new Promise(r => setTimeout(r, 500)); return send(); }`)
	p.press("1")
	p.click("#finish")
	p.await("the end, when all is saved", `document.body.innerText.startsWith('Done.')`)
	stop()
	lastBy(t, dir, "bob")
	if got := load(t, dir).Images[0].Class; got != "cat" { // the dog of above
		t.Errorf("the last decision before the end is not saved: photo 0 is %q, want cat", got)
	}
}

// loadsAgain checks that a tile and a photo that failed once are loaded again.
func (p *tab) loadsAgain() {
	p.t.Helper()
	evaluate[any](p, `document.querySelector('.cell img').dispatchEvent(new Event('error'))`)
	p.await("a tile that is drawn after all", `!document.querySelector('.broken')`)
	evaluate[any](p, `{
		const real = HTMLImageElement.prototype.decode;
		HTMLImageElement.prototype.decode = function () {
			HTMLImageElement.prototype.decode = real;
			return Promise.reject(new Error('cut off'));
		};
	}`)
	p.press("\r")
	p.await("a photo that is loaded again", shown)
	p.press("\r")
}

// callMe opens the help, types a name if there is one, and takes what stands there.
func (p *tab) callMe(name string) {
	p.t.Helper()
	p.press("?")
	p.await("the keys", `document.querySelector('#dialog').open`)
	if name != "" {
		evaluate[any](p, `document.querySelector('[name=who]').value = '`+name+`'`)
	}
	evaluate[any](p, `window.answered = false, document.querySelector('#dialog').addEventListener('close',
		() => setTimeout(() => { window.answered = true; }), { once: true })`) // the page hears of it a moment after the key
	p.press("\r")
	p.await("the name taken", `window.answered`)
}

// readAnew serves the set without its first photo, while the page shows it with that one. It loads
// the page again in the end.
func (p *tab) readAnew(dir string, o Options) (stop func()) {
	p.t.Helper()
	s := load(p.t, dir)
	s.Images = s.Images[1:]
	if err := s.Save(); err != nil {
		p.t.Fatal(err)
	}
	before := evaluate[string](p, `document.querySelector('#grid').innerText`)
	_, stop = serve(p.t, dir, o)
	p.await("word of another set", problem("load this page again"))
	if now := evaluate[string](p, `document.querySelector('#grid').innerText`); now != before {
		p.t.Errorf("photos have the labels of others: %s, before %s", now, before)
	}
	p.do(chromedp.Reload())
	p.await("the grid of the new set", drawn1+`&& document.querySelector('#progress').textContent.includes('of 23')`)
	return stop
}

// lastBy checks who decided last.
func lastBy(t *testing.T, dir, who string) {
	t.Helper()
	part, err := load(t, dir).Decisions().All()
	if err != nil || len(part.Decisions) == 0 {
		t.Fatal(part, err)
	}
	if got := part.Decisions[len(part.Decisions)-1]; got.Who != who || got.Kind == review.KindSeen {
		t.Errorf("the last decision is by %s, want %s: %+v", got.Who, who, got)
	}
}
