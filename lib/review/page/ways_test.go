package page

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"imagelab/lib/dataset"
	"imagelab/lib/fulltest"
	"imagelab/lib/internal/axetest"
	"imagelab/lib/photo/phototest"
	"imagelab/lib/review"
)

// hostileSet is a set with names that are markup, a photo twice and a photo that is gone.
func hostileSet(t *testing.T) *dataset.Set {
	t.Helper()
	source := t.TempDir()
	noise, sample := phototest.Noise(90, 60), phototest.Encode(t, "png", phototest.Sample())
	for name, data := range map[string][]byte{
		"cat/<img src=x onerror=alert(1)>.jpg": phototest.Encode(t, "jpeg", noise),
		"cat/copy.png":                         phototest.Encode(t, "png", noise),
		"dog/plain.png":                        sample,
		"dog/gone.bmp":                         phototest.Encode(t, "bmp", phototest.Noise(30, 30)),
	} {
		phototest.Put(t, source, name, data)
	}
	s, err := dataset.Ingest(t.Context(), source, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range s.Images { // as dedup marks copies
		if s.Images[i].Path == "cat/copy.png" {
			s.Images[i].DuplicateOf = "cat/<img src=x onerror=alert(1)>.jpg"
		}
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	guide := "# Guide\n\n<script>alert(1)</script> A **cat** purrs.\n- `tail`\n  and whiskers\n"
	if err := os.WriteFile(filepath.Join(s.Dir, guideFile), []byte(guide), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(source, "dog/gone.bmp")); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestHostileNamesAndOtherWays: names and guides are text whatever is in them; a photo that is
// gone says so; copies are decided side by side; a class gets a new name while another page uses
// the old one.
func TestHostileNamesAndOtherWays(t *testing.T) {
	fulltest.Needs(t, "a browser")
	s := hostileSet(t)
	var labels []review.Decision // so that the keys of classes go on with letters: q is the last one
	for _, class := range []string{"c3", "c4", "c5", "c6", "c7", "c8", "c9", "c10", "c11", "dog"} {
		labels = append(labels, review.Decision{Who: "ann", SHA256: s.Images[3].SHA256, Kind: review.KindLabel, After: class})
	}
	if _, err := s.Decisions().Append(t.Context(), labels...); err != nil {
		t.Fatal(err)
	}
	address, stop := serve(t, s.Dir, Options{Token: "secret"})
	p := browser(t, address, 1000, 700)
	p.await("the tile of the photo that is gone",
		`[...document.querySelectorAll('.reason')].some(e => e.textContent.includes('not there'))`)
	p.await("a name that is text", `[...document.querySelectorAll('.cell')].some(c => c.title.includes('<img src=x'))`)
	p.await("names for a screen reader",
		`[...document.querySelectorAll('.cell, button, select, input')].filter(e => e.offsetParent).every(e =>
		e.getAttribute('aria-label') || e.textContent.trim() || e.closest('label'))`)
	p.await("one place to enter the grid", `document.querySelectorAll('.cell[tabindex="0"]').length === 1`)
	p.await("a link that the keyboard opens", `document.querySelector('#groups').dispatchEvent(
		new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true }))`)

	p.click("[data-command=guide]")
	p.await("the guide as text", `document.querySelector('#guidetext').textContent.includes('<script>alert(1)</script>') &&
		document.querySelector('#guidetext strong').textContent === 'cat' &&
		document.querySelector('#guidetext li').textContent === 'tail and whiskers' &&
		document.querySelector('#guidetext li code')`)
	p.click("[data-command=pin]")
	p.await("the photo pinned to the guide", `document.querySelector('#guidetext img.pinned')?.naturalWidth`)

	p.press("v")
	p.await("both copies side by side", `document.querySelectorAll('#copies img').length === 2`)
	p.press("cdq")
	p.press(kb.ArrowRight)
	p.click("#classes button")
	p.click("#marks button")
	p.await("nothing decided about photos that are out of sight",
		`document.querySelector('#progress').textContent.startsWith('1 of 4 · seen 1 of 4') &&
		document.querySelector('#live').textContent.includes('First choose')`)
	p.press("0")
	p.await("word of what comes next", `document.querySelector('#live').textContent.includes('no copies')`)
	p.await("both kept", `document.querySelectorAll('.cell.keep').length === 2`)
	p.await("all of it saved", quiet)
	both, err := dataset.Load(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	apart := slices.DeleteFunc(both.Images, func(im dataset.Image) bool { return im.Apart == nil })
	if len(apart) != 2 || !slices.Equal(apart[0].Apart, apart[1].Apart) {
		t.Errorf("photos that are no copies of each other: %+v", apart)
	}
	p.press("u")
	p.await("neither kept", `!document.querySelector('.cell.keep')`)
	p.press("v")
	p.await("both copies side by side once more", `document.querySelectorAll('#copies img').length === 2`)
	p.press("2")
	p.await("the first of them dropped", `document.querySelector('.cell.drop')`)
	p.click("[data-command=rename]")
	p.await("a dialog", `document.querySelector('#dialog').open`)
	evaluate[any](p, `document.querySelector('[name=from]').value = 'dog',
		document.querySelector('[name=to]').value = 'hound'`)
	p.click("#ok")
	p.await("the new name of the class",
		`[...document.querySelectorAll('.name')].filter(e => e.textContent.startsWith('hound')).length === 2`)
	evaluate[any](p, `document.querySelector('#show').value = 'ambiguous',
		document.querySelector('#show').dispatchEvent(new Event('change'))`)
	p.press("c")
	if said := evaluate[string](p, `document.querySelector('#live').textContent`); strings.Contains(said, "confirmed") {
		t.Errorf("in an empty view the page says %q", said)
	}
	evaluate[any](p, `document.querySelector('#show').value = '',
		document.querySelector('#show').dispatchEvent(new Event('change'))`)
	p.press(kb.End)
	p.press(" ")
	p.press("c")
	p.await("the last photo confirmed", `document.querySelector('.cell[data-at="3"]').classList.contains('keep')`)
	p.await("all of it saved", quiet)
	if alerts := evaluate[bool](p, `[...document.scripts].some(s => s.textContent.includes('alert'))`); alerts {
		t.Error("the guide became markup")
	}
	stop()
	now, err := dataset.Load(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	dropped, hounds := 0, 0
	for _, im := range now.Images {
		if im.Excluded != "" {
			dropped++
		}
		if im.Class == "hound" {
			hounds++
		}
	}
	if dropped != 1 || hounds != 2 {
		t.Errorf("%d photos dropped and %d hounds, want 1 and 2", dropped, hounds)
	}
}

// TestGuessesAreConfirmedByScreen: with a dozen of labels there are guesses; they follow a new name
// of their class; one key confirms the screen, and a label that a person gave stays.
func TestGuessesAreConfirmedByScreen(t *testing.T) {
	fulltest.Needs(t, "a browser")
	source := t.TempDir()
	for i := range 20 {
		phototest.Put(t, source, string(rune('a'+i))+".png", phototest.Encode(t, "png", phototest.Noise(20+i, 20)))
	}
	s, err := dataset.Ingest(t.Context(), source, filepath.Join(t.TempDir(), "set"), dataset.DefaultIngest(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var given []review.Decision
	for i, im := range s.Images[:13] {
		given = append(given, review.Decision{Who: "ann", SHA256: im.SHA256, Kind: review.KindLabel,
			After: []string{"wide", "narrow"}[i%2]})
	}
	guesser := func(_ context.Context, labels map[string]string) (map[string]Guess, error) {
		out := map[string]Guess{}
		for _, im := range s.Images {
			out[im.SHA256] = Guess{Class: "wide", Score: 0.9}
		}
		return out, nil
	}
	address, stop := serve(t, s.Dir, Options{Token: "secret", Guesser: guesser})
	p := browser(t, address, 1500, 1100)
	p.await("the first grid", drawn1)
	if _, err := s.Decisions().Append(t.Context(), given...); err != nil { // another program
		t.Fatal(err)
	}
	p.await("what another program decided", label(0, "wide"))
	p.await("guesses", `document.querySelector('.guess')`)
	rename := review.Decision{Who: "ann", Kind: review.KindRename, Before: "wide", After: "broad"}
	if _, err := s.Decisions().Append(t.Context(), rename); err != nil {
		t.Fatal(err)
	}
	p.await("guesses under the new name", label(0, "broad")+`&&
		[...document.querySelectorAll('.guess')].every(e => e.textContent === ' broad?')`)
	p.press("C")
	p.await("the screen confirmed", `document.querySelectorAll('.cell.keep').length >= 20`)
	p.await("all of it saved", quiet)
	stop()
	now, err := dataset.Load(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range map[int]string{0: "broad", 1: "narrow", 14: "broad"} {
		if got := now.Images[i].Class; got != want {
			t.Errorf("photo %d is %q, want %q", i, got, want)
		}
	}
}

// TestRangeByTouchAndMouse: a finger that stays on a photo and then moves selects the range that
// it passes over, and one that moves at once does not; a click with shift selects a range too.
func TestRangeByTouchAndMouse(t *testing.T) {
	fulltest.Needs(t, "a browser")
	address, _ := serve(t, plainSet(t, 24, "cat", "dog").Dir, Options{Token: "secret"})
	p := browser(t, address, 420, 800)
	p.await("the first grid", drawn1)
	touch := func(kind input.DispatchTouchEventType, at int) {
		t.Helper()
		var points []*input.TouchPoint
		if kind != input.DispatchTouchEventTypeTouchEnd {
			where := evaluate[[]float64](p, fmt.Sprintf(
				`(r => [r.x + r.width / 2, r.y + r.height / 2])(
					document.querySelector('.cell[data-at="%d"]').getBoundingClientRect())`, at))
			points = []*input.TouchPoint{{X: where[0], Y: where[1]}}
		}
		p.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, input.DispatchTouchEvent,
				input.DispatchTouchEventParams{Type: kind, TouchPoints: points})
			return err
		}))
	}
	selected := func(want string) string {
		return `[...document.querySelectorAll('.cell.chosen')].map(c => c.dataset.at).join() === '` + want + `'`
	}
	touch(input.DispatchTouchEventTypeTouchStart, 1)
	p.await("a photo selected by a long press", selected("1"))
	touch(input.DispatchTouchEventTypeTouchMove, 2)
	touch(input.DispatchTouchEventTypeTouchMove, 5)
	p.await("a range selected by a finger", selected("1,2,3,4,5"))
	touch(input.DispatchTouchEventTypeTouchMove, 3)
	p.await("a smaller range, as the finger goes back", selected("1,2,3"))
	touch(input.DispatchTouchEventTypeTouchEnd, 0)
	p.press("2")
	p.await("the range labelled", label(1, "dog")+"&&"+label(3, "dog")+"&&"+label(4, "cat"))
	evaluate[any](p, `
		document.querySelector('#grid').dispatchEvent(new PointerEvent('pointerdown', { pointerType: 'mouse' })),
		document.querySelector('.cell[data-at="2"]').click(),
		document.querySelector('.cell[data-at="4"]').dispatchEvent(
			new PointerEvent('click', { bubbles: true, shiftKey: true }))`)
	p.await("a range by shift and click", selected("2,3,4"))
	evaluate[any](p, `
		document.querySelector('.cell[data-at="2"]').dispatchEvent(
			new PointerEvent('click', { bubbles: true, ctrlKey: true }))`)
	p.press("\r1")
	p.await("the last of the range, with which the next key goes on, after all of it was labelled",
		`document.querySelector('.cell[data-at="4"]').title === document.querySelector('#large').alt`)
	p.press("\r")
	p.await("all of the range labelled", label(3, "cat")+"&&"+label(4, "cat")+"&&"+label(2, "dog"))
}

// TestBlindSecondPass: the page of a second pass shows the sample without any trace of its
// labels; what is decided there is kept apart, and another person does not see it.
func TestBlindSecondPass(t *testing.T) {
	fulltest.Needs(t, "a browser")
	s := plainSet(t, 12, "cat", "dog")
	var all []string
	for _, im := range s.Images {
		all = append(all, im.SHA256)
	}
	sample := review.Sample("second", "ann", all, 5, 1)
	if err := dataset.WriteJSON(review.PassFile(s.Dir, "second"), sample); err != nil {
		t.Fatal(err)
	}
	address, stop := serve(t, s.Dir, Options{Token: "secret", Who: "ann", Pass: "second"})
	p := browser(t, address, 1000, 700)
	p.await("the sample", `document.querySelectorAll('.cell img').length === 5 &&
		[...document.querySelectorAll('.cell img')].every(i => i.complete && i.naturalWidth)`)
	p.await("classes to choose from",
		`[...document.querySelectorAll('#classes .text')].map(e => e.textContent).join() === 'cat,dog'`)
	if grid := evaluate[string](p, `document.querySelector('#grid').outerHTML`); strings.Contains(grid, "cat") ||
		strings.Contains(grid, "dog") {
		t.Error("the grid tells labels: " + grid)
	}
	axetest.Check(p.ctx, t, "second pass")
	p.press("2222")
	p.await("the last photo", `document.querySelector('.cell.here').dataset.at === '4'`)
	p.press("1")
	p.press("u")
	p.await("the last one undone", label(4, "—"))
	p.await("all of it saved", quiet)
	stop()
	now, err := dataset.Load(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for i, im := range now.Images {
		if im.Class != s.Images[i].Class {
			t.Errorf("the second pass changed the set: %s is %s", im.Path, im.Class)
		}
	}
	part, err := now.Decisions().All()
	if err != nil {
		t.Fatal(err)
	}
	labels := review.Fold(review.Pass(part.Decisions, "second"))
	if n := len(labels.Photos); n != 5 || labels.Photos[sample.Photos[0]].Label != "dog" ||
		labels.Photos[sample.Photos[4]].Labelled {
		t.Errorf("the log holds %d photos of the pass: %+v", n, labels.Photos)
	}
	address, _ = serve(t, s.Dir, Options{Token: "secret", Who: "bob", Pass: "second"})
	q := browser(t, address, 1000, 700)
	q.await("bob's own pass, with nothing in it", label(0, "—"))
}

// TestNoObstacles: axe-core finds nothing, in the ways that the page is used.
func TestNoObstacles(t *testing.T) {
	fulltest.Needs(t, "a browser and axe-core")
	address, _ := serve(t, hostileSet(t).Dir, Options{Token: "secret", Frame: true})
	p := browser(t, address, 1200, 800)
	p.await("the first grid", `document.querySelectorAll('.cell').length === 4 && document.querySelector('.reason')`)
	axetest.Check(p.ctx, t, "grid")
	for _, width := range []int64{420, 820, 1200} {
		axetest.Show(p.ctx, t, width, "light")
		axetest.CheckLayout(p.ctx, t, fmt.Sprintf("grid, %d px", width))
	}
	p.press("d1o")
	p.await("a photo dropped", `document.querySelector('.cell.drop')`)
	for _, dark := range []string{"", ", dark"} {
		p.press(kb.End)
		p.press(kb.ArrowLeft, chromedp.ModifierShift)
		p.await("photos selected", `document.querySelectorAll('.cell.chosen').length === 2`)
		axetest.Check(p.ctx, t, "marked"+dark)
		p.press(kb.Escape)
		p.press(kb.Home)
		p.press("\r")
		p.await("one photo", `!document.querySelector('#single').hidden`)
		p.press("G", chromedp.ModifierShift)
		p.await("the guide", `document.querySelector('#guidetext').textContent.includes('purrs')`)
		axetest.Check(p.ctx, t, "one photo and the guide"+dark)
		p.press("G", chromedp.ModifierShift)
		p.press("\r")
		p.press("v")
		p.await("both copies side by side", `document.querySelectorAll('#copies img').length === 2`)
		axetest.Check(p.ctx, t, "copies"+dark)
		p.press(kb.Escape)
		p.press("?")
		p.await("the keys", `document.querySelector('#dialog').open`)
		axetest.Check(p.ctx, t, "keys"+dark)
		p.press(kb.Escape)
		p.press(kb.Escape)
		p.dark()
	}
}

func TestOnlyNamesWhatThereIs(t *testing.T) {
	s := plainSet(t, 4, "cat", "dog")
	for _, c := range []struct {
		only, says string
	}{
		{"", ""}, {"suspects", ""}, {"cat", ""}, {"class:unseen", ""}, {"tag:x", ""},
		{"dgo", "dog"}, {"suspect", "suspects"}, {"x:y", "nothing"},
	} {
		server, err := New(s, Options{Only: c.only})
		if err == nil {
			server.Close()
		}
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("--only %q: %v, want %q", c.only, err, c.says)
		}
	}
}
