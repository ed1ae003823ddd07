package layout

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestRead: trees that people have. "cat/*3" stands for cat/1.jpg to cat/3.jpg; want is
// "class side n" for all of them, sorted, and "left n" for those that are left out.
func TestRead(t *testing.T) {
	tests := []struct {
		name, reason, tree, want, note string
	}{
		{"portions of sides", "Google Drive sends each side in a portion of its own",
			"data-20250102T030405Z-1-001/data/train/cats/*2, data-20250102T030405Z-1-001/data/train/dogs/*2, " +
				"data-20250102T030405Z-1-002/data/test/cats/*2, data-20250102T030405Z-1-002/data/test/dogs/*2",
			"cats test 2, cats train 2, dogs test 2, dogs train 2", "portions of one folder"},
		{"archives of sides", "a browser numbers the second archive",
			"archive/train/cats/*2, archive/train/dogs/*2, archive (1)/test/cats/*2, archive (1)/test/dogs/*2",
			"cats test 2, cats train 2, dogs test 2, dogs train 2", "copies or portions"},
		{"copy of one side", "the second copy holds the test only",
			"photos/train/cats/*2, photos/train/dogs/*2, photos/test/cats/*1, photos/test/dogs/*1, " +
				"photos (1)/test/cats/*2, photos (1)/test/dogs/*2",
			"cats test 3, cats train 2, dogs test 3, dogs train 2", "copies or portions"},
		{"copies of more than sides", "the names of the sides say what they are sides of",
			"asl-20250102T030405Z-1-001/asl/asl_train/A/*2, asl-20250102T030405Z-1-001/asl/asl_train/B/*2, " +
				"asl-20250102T030405Z-1-002/asl/asl_test/A/*1, asl-20250102T030405Z-1-002/asl/asl_test/B/*1",
			"A test 1, A train 2, B test 1, B train 2", `asl_test" is test (2)`},
		{"flat test in a copy", "its photos have no label",
			"archive/train/cats/*2, archive/train/dogs/*2, archive (1)/test/*3",
			"cats train 2, dogs train 2, left 3", "copies or portions"},
		{"portion of one class", "the archive of a portion may hold one class",
			"set-20250102T030405Z-1-001/set/cat/*2, set-20250102T030405Z-1-002/set/dog/2023/*2", "cat 2, dog 2",
			"copies or portions"},
		{"copies of classes", "no folders inside: each is a class, as far as names tell", "cat/*2, cat (1)/*2",
			"cat (1) 2, cat 2", ""},
	}
	for _, tt := range tests {
		l := Read(photosOf(tt.tree), nil, 0)
		notes := strings.Join(l.Notes, "\n")
		if got := census(l); got != tt.want {
			t.Errorf("%s (%s): got %q, want %q\n%s", tt.name, tt.reason, got, tt.want, notes)
		}
		if !strings.Contains(notes, tt.note) {
			t.Errorf("%s (%s): no note has %q:\n%s", tt.name, tt.reason, tt.note, notes)
		}
	}
}

// photosOf are the photos of a tree, whose names commas part.
func photosOf(tree string) []string {
	var photos []string
	for _, name := range strings.Split(tree, ", ") {
		dir, times, many := strings.Cut(name, "*")
		if !many {
			photos = append(photos, name)
			continue
		}
		for i := range int(times[0] - '0') {
			photos = append(photos, fmt.Sprintf("%s%d.jpg", dir, i+1))
		}
	}
	return photos
}

// census counts the photos of each class and side.
func census(l Layout) string {
	n := map[string]int{}
	for _, p := range l.Places {
		switch {
		case p.Left != "":
			n["left"]++
		case p.Stray:
			n["stray"]++
		default:
			n[strings.TrimRight(p.Class+" "+p.Side, " ")]++
		}
	}
	var out []string
	for k, v := range n {
		out = append(out, fmt.Sprintf("%s %d", k, v))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestEmptyInCopies: a class folder without photos is told of in each copy.
func TestEmptyInCopies(t *testing.T) {
	dirs := []string{"archive/train/bird", "archive (1)/train/owl"}
	l := Read(photosOf("archive/train/cats/*2, archive (1)/train/cats/*2, archive (1)/test/cats/*1"), dirs, 0)
	notes := strings.Join(l.Notes, "\n")
	for _, dir := range dirs {
		if want := fmt.Sprintf("class folder %q holds no photos", dir); !strings.Contains(notes, want) {
			t.Errorf("no note %q:\n%s", want, notes)
		}
	}
}
