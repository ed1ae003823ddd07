package layout

import (
	"strings"
	"testing"
)

// TestWaiting: photos without a label beside photos with one, as [TestRead] writes trees.
func TestWaiting(t *testing.T) {
	tests := []struct{ name, reason, tree, want, note string }{
		{"below data", "the folder around all changes nothing",
			"data/train/cats/*2, data/train/dogs/*2, data/test_stg1/*3", "cats train 2, dogs train 2, left 3",
			`"data/train" is train (4)`},
		{"several", "a competition of two stages", "train/a/*2, train/b/*2, test_stg1/*3, test_stg2/*4, sample/*1",
			"a train 2, b train 2, left 8", "IngestOptions.ClassDepth 1"},
		{"doubled", "a folder in a folder of its own name",
			"train/train/a/*2, train/train/b/*2, test_stg1/test_stg1/*3", "a train 2, b train 2, left 3", `"train" is train`},
		{"two waiting", "one by its name", "train/a/*2, train/b/*2, unlabeled/*3, leaderboard/*1",
			"a train 2, b train 2, left 4", `"train" is train`},
		{"one class in train", "too little to tell that train is a side", "train/steam/*2, bus/*2", "bus 2, train 2",
			`"train" is read as a class`},
		{"years of trains", "folders of years are no classes, so train is one",
			"train/2023/*2, train/2024/*2, bus/*2, car/*2",
			"bus 2, car 2, train 4", `"train" is read as a class`},
		{"sides in a class", "folders of sides are no classes either", "train/train/*2, train/test/*2, bus/*2",
			"bus 2, train 4", `"train" is read as a class`},
		{"folders in all", "classes with kinds inside", "train/steam/*2, train/diesel/*2, bus/city/*2, bus/tour/*2",
			"bus 4, train 4", `"train" is read as a class`},
		{"hidden test with labels", "class folders say more than the name",
			"train/a/*2, train/b/*2, hidden_test/a/*1, hidden_test/b/*1", "a test 1, a train 2, b test 1, b train 2",
			`"hidden_test" is test (2)`},
		{"public and private", "portions of a test without labels",
			"train/a/*2, train/b/*2, test/public/*3, test/private/*4",
			"a train 2, b train 2, left 7", ""},
		{"batches", "the same",
			"train/a/*2, train/b/*2, test/batch1/*3, test/batch2/*4", "a train 2, b train 2, left 7", ""},
		{"folders of a thousand", "the same",
			"train/a/*2, train/b/*2, val/a/*1, val/b/*1, test/000/*3, test/001/*3, test/002/*3",
			"a train 2, a val 1, b train 2, b val 1, left 9", ""},
		{"portions with classes", "the classes lie one folder deeper, in one portion",
			"train/a/*2, train/b/*2, test/public/a/*1, test/public/b/*1, test/private/*4",
			"a test 1, a train 2, b test 1, b train 2, left 4", `"public" in "test": the folders inside are the classes`},
		{"a class more", "one class that train has too makes all of them classes",
			"train/a/*2, train/b/*2, test/a/*1, test/c/*1", "a test 1, a train 2, b train 2, c test 1", `train side: "c"`},
		{"capitals", "names that people mix up are the same class",
			"train/cat/*2, train/dog/*2, test/Cat/*1, test/Dog/*1",
			"Cat test 1, Dog test 1, cat train 2, dog train 2", "differ in little"},
		{"one class to learn", "train has one class, such as good ones, and the test has others",
			"train/good/*2, test/bent/*1, test/broken/*1", "bent test 1, broken test 1, good train 2", "train side"},
		{"unlabeled in train", "beside two classes, it waits for labels",
			"train/a/*2, train/b/*2, train/unlabeled/*3, test/a/*1, test/b/*1",
			"a test 1, a train 2, b test 1, b train 2, left 3",
			`"train/unlabeled" is not read as a class; if it is one, rename it, or add IngestOptions.ClassDepth 2`},
		{"unlabelled in train alone", "in British, without a test", "train/a/*2, train/b/*2, train/unlabelled/*3",
			"a train 2, b train 2, left 3", `"train/unlabelled" is not read as a class`},
		{"no_label in train beside a flat test", "both wait", "train/a/*2, train/b/*2, train/no_label/*3, test_stg1/*1",
			"a train 2, b train 2, left 4", `"train/no_label" is not read as a class`},
		{"unlabeled in train and alone in test", "the test has no class of train",
			"train/a/*2, train/b/*2, train/unlabeled/*3, test/unlabeled/*1", "a train 2, b train 2, left 4",
			`"train/unlabeled" is not read as a class`},
		{"unlabeled in all sides", "may be a class, such as bottles without a label",
			"train/a/*2, train/b/*2, train/unlabeled/*3, test/a/*1, test/b/*1, test/unlabeled/*1",
			"a test 1, a train 2, b test 1, b train 2, unlabeled test 1, unlabeled train 3", ""},
		{"unlabeled of two", "may be a class",
			"train/bottle/*2, train/unlabeled/*3", "bottle train 2, unlabeled train 3", ""},
		{"labeled and unlabeled in train", "two classes of three",
			"train/labeled/*2, train/unlabeled/*3, train/broken/*1",
			"broken train 1, labeled train 2, unlabeled train 3", "a single photo"},
		{"predictions in train", "the word is too weak beside classes", "train/a/*2, train/b/*2, train/predictions/*3",
			"a train 2, b train 2, predictions train 3", ""},
		{"flat test beside classes", "has no label", "cats/*2, dogs/*2, test/*3", "cats 2, dogs 2, left 3",
			`"test" is not read as a class; if it is one, rename it, or add IngestOptions.ClassDepth 1`},
		{"two flat tests", "the same, in a folder around all",
			"pets/cats/*2, pets/dogs/*2, pets/test1/*3, pets/Testing/*1",
			"cats 2, dogs 2, left 4", `"pets/Testing" is not read as a class`},
		{"hidden test beside classes", "the same", "cats/*2, dogs/*2, hidden_test/*3", "cats 2, dogs 2, left 3",
			`"hidden_test" is not read as a class`},
		{"test unlabelled beside classes", "waits by its name",
			"cats/*2, dogs/*2, test (unlabelled)/*3", "cats 2, dogs 2, left 3",
			`"test (unlabelled)" is not read as a class`},
		{"test and control", "two folders are classes",
			"test/*2, control/*2", "control 2, test 2", `"test" is read as a class`},
		{"test and controls", "so are more of them",
			"test/*2, control_1/*2, control_2/*2", "control_1 2, control_2 2, test 2",
			`"test" is read as a class`},
		{"test and one class", "may be one", "test/*2, cats/*2", "cats 2, test 2", `"test" is read as a class`},
		{"test with folders", "is not flat", "cats/*2, dogs/*2, test/a/*1, test/b/*1", "cats 2, dogs 2, test 2",
			`"test" is read as a class`},
		{"more than a test", "a name of a thing",
			"crash_test/*2, road_test/*2, pen/*2", "crash_test 2, pen 2, road_test 2", ""},
		{"validation beside classes", "valid may be a class",
			"broken/*2, invalid/*2, valid/*2", "broken 2, invalid 2, valid 2",
			`"valid" is read as a class`},
	}
	for _, tt := range tests {
		l := Read(photosOf(tt.tree), nil, 0)
		notes := strings.Join(l.Notes, "\n")
		if got := census(l); got != tt.want {
			t.Errorf("%s (%s): got %q, want %q\n%s", tt.name, tt.reason, got, tt.want, notes)
		}
		if !strings.Contains(notes, tt.note) || tt.note == "" && notes != "" {
			t.Errorf("%s (%s): no note has %q:\n%s", tt.name, tt.reason, tt.note, notes)
		}
	}
}

// TestFlatBesideTrain: whatever a flat folder beside train is called, its photos are left out, and
// the classes are those in train.
func TestFlatBesideTrain(t *testing.T) {
	names := "test test_stg1 testA test_a test_hidden hidden_test blind_test test_unlabeled unlabelled-test " +
		"test-no-labels test_without_labels Test+(unlabelled) kaggle_test leaderboard submission new_photos images to_label"
	for _, name := range strings.Fields(names) {
		name = strings.ReplaceAll(name, "+", " ")
		l := Read(photosOf("train/cats/*2, train/dogs/*2, "+name+"/*3"), nil, 0)
		if got, want := census(l), "cats train 2, dogs train 2, left 3"; got != want {
			t.Errorf("train beside %q: got %q, want %q\n%s", name, got, want, strings.Join(l.Notes, "\n"))
		}
		for _, p := range l.Places {
			if p.Left != "" && !strings.Contains(p.Left, "no class folders") && !strings.Contains(p.Left, "waits for labels") {
				t.Errorf("%q is left out %q", name, p.Left)
			}
		}
	}
}

// TestUnknownFolders: the reason names folders that are no classes, since one may be misspelt.
func TestUnknownFolders(t *testing.T) {
	l := Read(photosOf("train/cat/*1, train/dog/*1, test/kat/*1, test/dok/*1"), nil, 0)
	if got, want := l.Places[3].Left, `("dok" and "kat" are no classes of train)`; !strings.Contains(got, want) {
		t.Errorf("left out %q, want %q", got, want)
	}
}
