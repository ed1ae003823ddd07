package page

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"

	"imagelab/lib/review"
)

// TestGuessesBearTheNamesOfToday: a class that gets another name has it in the guesses too, before
// the next guesses are there, or all photos of it would seem to differ from their guess. When the
// name is taken back, guesses that were made under it are made anew.
func TestGuessesBearTheNamesOfToday(t *testing.T) {
	s := plainSet(t, fewestLabels, "cat", "dog")
	synctest.Test(t, func(t *testing.T) {
		turns := make(chan struct{})
		guesser := func(ctx context.Context, labels map[string]string) (map[string]Guess, error) {
			select {
			case <-turns:
			case <-ctx.Done():
			}
			return map[string]Guess{s.Images[0].SHA256: {Class: labels[s.Images[0].SHA256], Score: 1}}, nil
		}
		server, err := New(s, Options{Token: "secret", Guesser: guesser})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		go server.guessAlways(t.Context())
		known := ""
		changed := func(when, want string) {
			t.Helper()
			synctest.Wait()
			g := server.guessesSince(known)
			if g == nil {
				t.Fatalf("%s: no guesses are sent", when)
			}
			if known = strconv.Itoa(g.Version); g.Class[0] != want {
				t.Errorf("%s: the guess is %q, want %q", when, g.Class[0], want)
			}
			if server.guessesSince(known) != nil {
				t.Errorf("%s: the same guesses are sent twice", when)
			}
		}
		decide := func(d review.Decision) {
			t.Helper()
			d.Who = "ann"
			if err := server.board.append(t.Context(), []review.Decision{d}); err != nil {
				t.Fatal(err)
			}
			if err := server.board.refresh(); err != nil {
				t.Fatal(err)
			}
		}
		turns <- struct{}{}
		changed("first", "cat")
		decide(review.Decision{Kind: review.KindRename, Before: "cat", After: "lion"})
		changed("renamed", "lion")
		turns <- struct{}{}
		changed("guessed under the new name", "lion")
		d, _ := server.board.undoable("ann", false)
		decide(d)
		changed("undone", "lion")
		turns <- struct{}{}
		changed("guessed once more", "cat")
		decide(review.Decision{Kind: review.KindState, SHA256: s.Images[0].SHA256, After: review.StateKeep})
		if synctest.Wait(); server.guessesSince(known) != nil {
			t.Error("guesses are sent again although the classes are the same")
		}
	})
}
