package review

import (
	"slices"
	"strings"
	"testing"
)

func TestAgreeOfPeopleAndPasses(t *testing.T) {
	var photos []Labelled
	for _, digit := range []string{"1", "2", "3", "4"} {
		photos = append(photos, Labelled{hash(digit), digit + ".jpg", "a"})
	}
	photos[3].Class = "b"
	log := script(t, "d1 ann 1 label >a", "d2 ann 2 label >a", "d3 ann 4 label >b", "d4 bob 1 label a>c",
		"d5 bob 2 label a>b",
		"d6 ann rename c>a", "d7 bob 4 label b>a", "d8 bob undo d7")
	again := script(t, "p1 ann 1 label >a", "p2 ann 2 label >b", "p3 ann 2 label b>a", "p4 ann 4 label >a",
		"p5 cid 3 label >a")
	for i := range again {
		again[i].Pass = "second"
	}
	var got []string
	for _, g := range Agree(photos, append(log, again...)) {
		var paths []string
		for _, d := range g.Disagreements {
			paths = append(paths, d.Path+" "+d.First+" "+d.Second)
		}
		line, _, _ := strings.Cut(g.String(), ",")
		got = append(got, line+" | "+strings.Join(paths, ","))
	}
	want := []string{
		"the set and ann (second pass second): the same label for 2 of 3 photos | 4.jpg b a",
		"ann twice (second pass second): the same label for 2 of 3 photos | 4.jpg b a",
		"the set and cid (second pass second): the same label for 1 of 1 photo | ",
		"ann and bob: the same label for 1 of 2 photos | 2.jpg a b",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if Fold(append(log, again...)).Class(hash("4"), "a") != "b" {
		t.Error("a second pass changed the set")
	}
	if none := Agree(photos, nil); len(none) != 0 {
		t.Errorf("nobody decided: %v", none)
	}
}

// TestAgreeWhereNamesAreReused: a class gets another name, and another class its old one. What
// people said before means the class of then.
func TestAgreeWhereNamesAreReused(t *testing.T) {
	photos := []Labelled{{hash("1"), "1.jpg", "feline"}, {hash("2"), "2.jpg", "cat"}}
	log := script(t, "d1 ann 1 label >cat", "d2 bob 1 label cat>cat", "d3 ann 2 label >dog", "d4 ann rename cat>feline",
		"d5 ann rename dog>cat", "d6 bob 2 label cat>cat", "d7 bob 1 label feline>feline")
	got := Agree(photos, log)
	if len(got) != 1 || got[0].N != 2 || got[0].Agree != 2 {
		t.Errorf("%+v, want the same label for both photos", got)
	}
}

func TestSample(t *testing.T) {
	photos := []string{"d", "a", "c", "b", "a"}
	s := Sample("second", "ann", photos, 3, 1)
	other := slices.Clone(photos)
	slices.Reverse(other)
	if again := Sample("second", "ann", other, 3, 1); !slices.Equal(s.Photos, again.Photos) || len(s.Photos) != 3 {
		t.Errorf("%v, and in another order %v", s.Photos, again.Photos)
	}
	if all := Sample("second", "ann", photos, 100, 2); len(all.Photos) != 4 {
		t.Errorf("each photo once: %v", all.Photos)
	}
	for name, ok := range map[string]bool{"second": true, "ann-2": true, "": false, "../x": false, "a/b": false,
		".": false} {
		if IsPassName(name) != ok {
			t.Errorf("pass name %q: %v", name, !ok)
		}
	}
}
