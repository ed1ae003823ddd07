package page

import (
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"imagelab/lib/dataset"
	"imagelab/lib/fulltest"
)

// Conditions of the page.
const (
	drawn1 = `document.querySelectorAll('.cell').length > 5 &&
		[...document.querySelectorAll('.cell img')].every(i => i.complete && i.naturalWidth)`
	quiet = `Object.keys(sessionStorage).every(k => !k.startsWith('unsaved'))`
)

// label is the text below the photo at a place of the view.
func label(at int, want string) string {
	return fmt.Sprintf(`document.querySelector('.cell[data-at="%d"] .name')?.textContent === %q`, at, want)
}

// TestPageFromEndToEnd drives the page as a person does: by its keys, in a browser.
func TestPageFromEndToEnd(t *testing.T) {
	fulltest.Needs(t, "a browser")
	dir := plainSet(t, 24, "cat", "dog").Dir
	options := Options{Token: "secret", Port: freePort(t), Who: "ann"}
	address, stop := serve(t, dir, options)
	p := browser(t, address, 1000, 700)
	p.await("the first grid", drawn1)

	p.press("2")
	p.await("the first photo with the second class", label(0, "dog"))
	p.press(kb.ArrowRight, chromedp.ModifierShift)
	p.press(kb.ArrowRight, chromedp.ModifierShift)
	p.press("2")
	p.await("a range of three labelled", label(1, "dog")+"&&"+label(2, "dog")+"&&"+label(3, "dog"))
	p.press("u")
	p.await("the range undone, and nothing else", label(1, "cat")+"&&"+label(3, "cat")+"&&"+label(0, "dog"))
	p.press("U", chromedp.ModifierShift)
	p.await("the range done again", label(1, "dog")+"&&"+label(3, "dog"))
	p.press(kb.Home)
	p.press("1")
	p.await("the first photo labelled back", label(0, "cat"))
	p.press("d")
	p.await("the second photo dropped", `document.querySelector('.cell[data-at="1"]').classList.contains('drop')`)
	p.await("all of it saved", quiet)

	p.do(chromedp.Reload())
	p.await("the grid after loading again", drawn1)
	p.await("labels after loading again", label(0, "cat")+"&&"+label(2, "dog"))

	second := p.another(address)
	second.await("a second page", drawn1)
	p.press(kb.End)
	p.click("[data-command=label]")
	p.await("a dialog", `document.querySelector('#dialog').open && document.activeElement.name === 'name'`)
	p.press("<b>bird</b>\r")
	second.press(kb.End)
	second.await("what the other page decided", label(23, "<b>bird</b>"))

	stop()
	p.press(kb.Home)
	p.press("2")
	p.await("word that the server is gone", `document.querySelector('#problem').textContent.includes('again')`)
	_, stop = serve(t, dir, options)
	p.await("the decision saved after the server came back", quiet+"&& document.querySelector('#problem').hidden")
	stop()
	s, err := dataset.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[int]string{0: "dog", 1: "dog", 2: "dog", 23: "<b>bird</b>"} {
		if got := s.Images[at].Class; got != want {
			t.Errorf("the set says that photo %d is %q, want %q", at, got, want)
		}
	}
	if s.Images[1].Excluded == "" {
		t.Error("the dropped photo is not excluded from the set")
	}
	if _, err := os.Stat(s.File(s.Images[1])); err != nil {
		t.Errorf("a dropped photo must stay where it is: %v", err)
	}
}
