package review

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// hash is a content hash of one digit.
func hash(digit string) string { return strings.Repeat(digit, 64) }

// script reads decisions: "id who photo kind before>after" or "id who undo target".
func script(t *testing.T, lines ...string) []Decision {
	t.Helper()
	var out []Decision
	for _, line := range lines {
		f := strings.Fields(line)
		d := Decision{ID: f[0], Who: f[1]}
		switch f[2] {
		case "undo":
			d.Kind, d.Undoes = KindUndo, f[3]
		case "rename", "merge":
			d.Kind = Kind(f[2] + "-class")
			d.Before, d.After, _ = strings.Cut(f[3], ">")
		default:
			d.SHA256, d.Kind = hash(f[2]), Kind(f[3])
			if len(f) > 4 {
				d.Before, d.After, _ = strings.Cut(f[4], ">")
			}
			if len(f) > 5 {
				d.Batch = f[5]
			}
		}
		if err := d.Validate(); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		out = append(out, d)
	}
	return out
}

func TestFold(t *testing.T) {
	tests := []struct {
		name, reason string
		log          []string
		classes      string // of photos 1, 2, 3, which folders call a, a, b
		conflicts    int
	}{
		{"nothing", "the folder says it", nil, "a a b", 0},
		{"label", "the log wins over the folder", []string{"d1 ann 1 label a>b"}, "b a b", 0},
		{"label taken away", "no class is a label too", []string{"d1 ann 1 label a>"}, " a b", 0},
		{"two people", "the last in the log wins, and it is told",
			[]string{"d1 ann 1 label a>b", "d2 bob 1 label a>c"}, "c a b", 1},
		{"two people, one mind", "the same label is no conflict",
			[]string{"d1 ann 1 label a>b", "d2 bob 1 label a>b"}, "b a b", 0},
		{"one after the other", "the second one saw the first", []string{"d1 ann 1 label a>b", "d2 bob 1 label b>c"},
			"c a b", 0},
		{"rename", "for the photos of folders too", []string{"d1 ann 1 label a>b", "d2 ann rename b>c"}, "c a c", 0},
		{"merge", "two classes become one", []string{"d1 ann merge a>b"}, "b b b", 0},
		{"merge undone", "each photo goes back where it was", []string{"d1 ann merge a>b", "d2 ann undo d1"}, "a a b", 0},
		{"renamed while labelled", "a page that was not told sends the old name",
			[]string{"d1 ann rename b>c", "d2 bob 1 label a>b"}, "c a c", 0},
		{"renamed while relabelled", "the old name is no conflict",
			[]string{"d1 bob 1 label a>b", "d2 ann rename b>c", "d3 bob 1 label b>a"}, "a a c", 0},
		{"renamed twice at once", "the last in the log wins",
			[]string{"d1 ann rename a>c", "d2 bob rename a>d"}, "d d b", 0},
		{"names swapped", "by a name between", []string{"d1 ann rename a>x", "d2 ann rename b>a",
			"d3 ann rename x>b"}, "b b a", 0},
		{"there and back", "a name can be used again", []string{"d1 ann rename a>x", "d2 ann rename x>a"}, "a a b", 0},
		{"name used again", "later photos of that name are others",
			[]string{"d1 ann rename a>x", "d2 ann rename b>a", "d3 ann 1 label x>a"}, "a x a", 0},
		{"undo", "the label before", []string{"d1 ann 1 label a>b", "d2 ann 1 label b>c", "d3 ann undo d2"}, "b a b", 0},
		{"undo of an older one", "what came later stays",
			[]string{"d1 ann 1 label a>b", "d2 ann 1 label b>c", "d3 ann undo d1"}, "c a b", 0},
		{"redo", "an undo can be undone", []string{"d1 ann 1 label a>b", "d2 ann undo d1", "d3 ann undo d2"}, "b a b", 0},
		{"undo, redo, undo", "without end",
			[]string{"d1 ann 1 label a>b", "d2 ann undo d1", "d3 ann undo d2", "d4 ann undo d1"}, "a a b", 0},
		{"redo undone", "by its name", []string{"d1 ann 1 label a>b", "d2 ann undo d1", "d3 ann undo d2",
			"d4 ann undo d3"}, "a a b", 0},
		{"batch", "what was decided at once is undone at once",
			[]string{"d1 ann 1 label a>c d1", "d2 ann 2 label a>c d1", "d3 ann undo d1"}, "a a b", 0},
		{"undo of nothing", "its line may be torn", []string{"d1 ann undo zz", "d2 ann 1 label a>b"}, "b a b", 0},
		{"undo before its decision", "the order of the log counts", []string{"d1 ann undo d2", "d2 ann 1 label a>b"},
			"b a b", 0},
		{"twice", "the same line counts once",
			[]string{"d1 ann 1 label a>b", "d2 ann 1 label b>c", "d1 ann 1 label a>b"}, "c a b", 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := Fold(script(t, tt.log...))
			got := strings.Join([]string{s.Class(hash("1"), "a"), s.Class(hash("2"), "a"), s.Class(hash("3"), "b")}, " ")
			if got != tt.classes || len(s.Conflicts) != tt.conflicts {
				t.Errorf("%s: classes %q, conflicts %v; want %q, %d", tt.reason, got, s.Conflicts, tt.classes, tt.conflicts)
			}
		})
	}
}

func TestFoldMarks(t *testing.T) {
	s := Fold(script(t, "d1 ann 1 state >drop", "d2 ann 1 tag >occluded", "d3 ann 1 tag >blurred", "d4 ann 1 tag >x",
		"d5 bob 1 untag x>", "d6 bob 2 seen", "d7 ann 2 keep "+hash("1"), "d8 bob 1 state >keep"))
	p := s.Photos[hash("1")]
	if p.State != StateKeep || !slices.Equal(p.Tags, []string{"blurred", "occluded"}) || len(p.History) != 6 ||
		len(s.Conflicts) != 1 {
		t.Errorf("%+v, conflicts %v", p, s.Conflicts)
	}
	if q := s.Photos[hash("2")]; !q.Keep || p.Keep || q.Labelled {
		t.Errorf("%+v", q)
	}
}

// TestUndoRedo walks back and forth through ten decisions as a page does, and compares with what
// was in force at each of them.
func TestUndoRedo(t *testing.T) {
	var log []Decision
	add := func(d Decision) {
		d.ID, d.Who = fmt.Sprint("d", len(log)), "ann"
		log = append(log, d)
	}
	class := func() string { return Fold(log).Class(hash("1"), "a") }
	was := []string{"a"}
	for i := range 10 {
		add(Decision{SHA256: hash("1"), Kind: KindLabel, Before: class(), After: fmt.Sprint("c", i)})
		add(Decision{SHA256: hash("1"), Kind: KindSeen})
		log = append(log, Decision{ID: fmt.Sprint("bob", i), Who: "bob", SHA256: hash("2"), Kind: KindSeen})
		was = append(was, class())
	}
	rng := rand.New(rand.NewPCG(1, 2))
	at := 10
	for range 300 {
		s := Fold(log)
		if rng.IntN(2) == 0 {
			d, ok := s.Undoable("ann")
			if ok != (at > 0) {
				t.Fatalf("at %d of 10: undo is possible: %v", at, ok)
			}
			if ok {
				add(Undo(d, ""))
				at--
			}
		} else {
			d, ok := s.Redoable("ann")
			if ok != (at < 10) {
				t.Fatalf("at %d of 10: redo is possible: %v", at, ok)
			}
			if ok {
				add(Undo(d, ""))
				at++
			}
		}
		if class() != was[at] {
			t.Fatalf("at %d of 10 the class is %s, not %s", at, class(), was[at])
		}
	}
	add(Decision{SHA256: hash("1"), Kind: KindLabel, After: "new"})
	if d, ok := Fold(log).Redoable("ann"); ok {
		t.Errorf("after a new decision, redo would bring back %+v", d)
	}
}

// TestFoldIsDeterministic: the same log means the same, however often it is folded, and whatever
// the clocks of its writers said.
func TestFoldIsDeterministic(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		log := randomLog(rng, 40, true)
		a, b := Fold(log), Fold(log)
		if !reflect.DeepEqual(a, b) {
			t.Fatal("two meanings of one log")
		}
		for sha, p := range a.Photos {
			if p.Labelled && a.Name(p.Label) != p.Label {
				t.Fatalf("photo %.4s is of class %s, which is called %s", sha, p.Label, a.Name(p.Label))
			}
		}
	}
}

// TestAddIsFold: a log that is read in parts means what the whole log means, and photos that Add
// does not name stay as they were.
func TestAddIsFold(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for i := range 400 {
		log := randomLog(rng, 40, i%2 == 0)
		s, done := Fold(nil), 0
		for done < len(log) {
			n := min(len(log), done+1+rng.IntN(4))
			before := meaning(s)
			now, photos, whole := s.Add(log[done:n])
			for digit, was := range before {
				if !whole && !slices.Contains(photos, hash(digit)) && meaning(now)[digit] != was {
					t.Fatalf("photo %s changed untold", digit)
				}
			}
			s, done = now, n
		}
		if want := Fold(log); !reflect.DeepEqual(s, want) {
			t.Fatalf("in parts %+v, whole %+v", s, want)
		}
	}
}

// meaning is what is in force for each photo of randomLog, by its digit.
func meaning(s *State) map[string]string {
	out := map[string]string{}
	for i := range 5 {
		digit := fmt.Sprint(i)
		p := s.Photos[hash(digit)]
		if p == nil {
			p = &Photo{}
		}
		out[digit] = fmt.Sprint(s.Class(hash(digit), "a"), p.State, p.Tags, p.Keep)
	}
	return out
}

// BenchmarkAdd is the time of a decision, and of one and its undo, after 50,000 others.
func BenchmarkAdd(b *testing.B) {
	log := make([]Decision, 50_000)
	for i := range log {
		log[i] = Decision{ID: fmt.Sprint("d", i), Who: "ann", SHA256: fmt.Sprintf("%064x", i), Kind: KindLabel, After: "a"}
	}
	for _, undo := range []bool{false, true} {
		b.Run(fmt.Sprintf("undo=%v", undo), func(b *testing.B) {
			s := Fold(log)
			for i := 0; b.Loop(); i++ {
				d := log[i%len(log)]
				d.ID, d.After = fmt.Sprint("e", i), "b"
				s, _, _ = s.Add([]Decision{d})
				if undo {
					s, _, _ = s.Add([]Decision{{ID: fmt.Sprint("u", i), Who: "ann", Kind: KindUndo, Undoes: d.ID}})
				}
			}
		})
	}
}

func randomLog(rng *rand.Rand, n int, renames bool) []Decision {
	var log []Decision
	class := func() string { return string(rune('a' + rng.IntN(4))) }
	for i := range n {
		d := Decision{ID: fmt.Sprint("d", i), Who: "ann", SHA256: hash(fmt.Sprint(rng.IntN(5))), Kind: KindLabel,
			Before: class(), After: class()}
		switch rng.IntN(8) {
		case 0:
			if renames {
				d.Kind, d.SHA256 = KindRename, ""
			}
		case 1:
			d.Kind, d.SHA256, d.Undoes = KindUndo, "", fmt.Sprint("d", rng.IntN(n))
		case 2:
			d.Kind, d.Before = KindKeep, hash(fmt.Sprint(rng.IntN(5)))
		}
		log = append(log, d)
	}
	return log
}
