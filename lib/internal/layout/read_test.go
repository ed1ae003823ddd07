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
		{"balanced", "a training side whose name says more than the others",
			"train_balanced/a/*2, train_balanced/b/*2, val/a/*1, val/b/*1, test/a/*1, test/b/*1",
			"a test 1, a train 2, a val 1, b test 1, b train 2, b val 1", `"train_balanced" is train (4)`},
		{"unseen", "a test side whose name says more",
			"train/a/*2, train/b/*2, val/a/*1, val/b/*1, test_unseen/a/*1, test_unseen/b/*1",
			"a test 1, a train 2, a val 1, b test 1, b train 2, b val 1", `"test_unseen" is test (2)`},
		{"test-dev", "the name of COCO's test",
			"train/a/*2, train/b/*2, val/a/*1, val/b/*1, test-dev/a/*1, test-dev/b/*1",
			"a test 1, a train 2, a val 1, b test 1, b train 2, b val 1", `"test-dev" is test (2)`},
		{"rotated", "two sides, of which one says more",
			"training_images_rotated/a/*2, training_images_rotated/b/*2, testing_images/a/*1, testing_images/b/*1",
			"a test 1, a train 2, b test 1, b train 2", `"training_images_rotated" is train (4)`},
		{"each says more", "the class folders are the same",
			"train_rotated/a/*2, train_rotated/b/*2, test_plain/a/*1, test_plain/b/*1",
			"a test 1, a train 2, b test 1, b train 2", `"test_plain" is test (2)`},
		{"two of one side", "the plain name wins",
			"train/a/*2, train/b/*2, test/a/*1, test/b/*1, test_blurred/a/*1, test_blurred/b/*1",
			"a test 1, a train 2, b test 1, b train 2, left 2", "sides by folder"},
		{"unseen classes", "other class folders: they are no test of the classes that train has",
			"train/a/*2, train/b/*2, val/a/*1, val/b/*1, test_unseen/c/*1, test_unseen/d/*1",
			"a train 2, a val 1, b train 2, b val 1, left 2", ""},
		{"stations", "a class in two words stays one, since a folder that is no side has the same inside",
			"train_station/day/*2, train_station/night/*2, test_track/day/*2, test_track/night/*2, " +
				"bus_station/day/*2, bus_station/night/*2",
			"bus_station 4, test_track 4, train_station 4", "IngestOptions.ClassDepth 2"},
		{"japanese", "accents of kana are written in two ways", "訓練データ/猫/*2, 訓練データ/犬/*2, テストデータ/猫/*1, テストデータ/犬/*1",
			"犬 test 1, 犬 train 2, 猫 test 1, 猫 train 2", `"訓練データ" is train (4)`},
		{"korean", "syllables are written in two ways", "훈련/개/*2, 훈련/곰/*2, 검증/개/*1, 검증/곰/*1, 테스트/개/*1, 테스트/곰/*1",
			"개 test 1, 개 train 2, 개 val 1, 곰 test 1, 곰 train 2, 곰 val 1", `"검증" is val (2)`},
		{"german with a flat test", "its photos have no label",
			"Trainingsbilder/cats/*2, Trainingsbilder/dogs/*2, Testbilder/*3", "cats train 2, dogs train 2, left 3",
			`"Testbilder" is test (3)`},
		{"indonesian", "latih and uji", "data latih/a/*2, data latih/b/*2, data uji/a/*1, data uji/b/*1",
			"a test 1, a train 2, b test 1, b train 2", `"data uji" is test (2)`},
		{"japanese folder of all", "a folder that says nothing is no class", "画像データ/*4", " 4", "no folder tells the class"},
		{"recycled", "a class of a set for sorting waste", "recycled/*2, organic/*2", "organic 2, recycled 2", ""},
		{"bin of old Windows", "its files and folders are called by drive and number",
			"cat/*2, dog/*2, RECYCLED/Dc1.jpg, RECYCLED/De12.JPG, RECYCLED/Dc3/mine/*2", "cat 2, dog 2, left 4", ""},
		{"bin in a folder", "leaves the folder around all to be stepped into",
			"data/cat/*2, data/dog/*2, Recycled/Dc1.jpg", "cat 2, dog 2, left 1", `all photos lie in "data"`},
		{"half a bin", "one other name, and the folder is a class", "cat/*2, recycled/Dc1.jpg, recycled/can.jpg",
			"cat 2, recycled 2", ""},
		{"sites", "each place has sides with the same classes, and its own name says nothing of what is shown",
			"siteA/train/cats/*2, siteA/train/dogs/*2, siteA/test/cats/*1, siteA/test/dogs/*1, " +
				"siteB/train/cats/*2, siteB/train/dogs/*2, siteB/test/cats/*1, siteB/test/dogs/*1",
			"cats test 2, cats train 4, dogs test 2, dogs train 4", `"siteA" and "siteB" hold the same sides`},
		{"augmented", "copies of the training photos only",
			"Original/train/cats/*2, Original/train/dogs/*2, Original/test/cats/*1, Original/test/dogs/*1, " +
				"Augmented/train/cats/*2, Augmented/train/dogs/*2",
			"cats test 1, cats train 4, dogs test 1, dogs train 4", "IngestOptions.ClassDepth 1"},
		{"years with sides", "a photo of one year is in no other year, so the sides stay",
			"2023/train/a/*2, 2023/train/b/*2, 2023/test/a/*1, 2023/test/b/*1, 2024/train/a/*2, 2024/train/b/*2, " +
				"2024/test/a/*1, 2024/test/b/*1",
			"a test 2, a train 4, b test 2, b train 4", "are joined"},
		{"repeated splits", "what is train here is test there, so no side stays",
			"split1/train/a/*2, split1/train/b/*2, split1/test/a/*1, split1/test/b/*1, " +
				"split2/train/a/*2, split2/train/b/*2, split2/test/a/*1, split2/test/b/*1",
			"a 6, b 6", "count once after dedup"},
		{"sites with a flat test", "are classes as far as names tell; the note offers the right depth",
			"siteA/train/cats/*2, siteA/train/dogs/*2, siteA/test/*1, siteB/train/cats/*2, siteB/train/dogs/*2, siteB/test/*1",
			"siteA test 1, siteA train 4, siteB test 1, siteB train 4",
			`the inner folders ("cats" and "dogs") are the classes, add IngestOptions.ClassDepth 3`},
		{"defects", "each product has its own good and bad photos: the products stay the classes",
			"bottle/train/good/*2, bottle/test/good/*1, bottle/test/broken/*1, " +
				"cable/train/good/*2, cable/test/good/*1, cable/test/bent/*1",
			"bottle test 2, bottle train 2, cable test 2, cable train 2", "IngestOptions.ClassDepth 3"},
		{"years below sides", "folders of years are no classes",
			"cat/train/2023/*2, cat/train/2024/*2, cat/test/2023/*1, cat/test/2024/*1, " +
				"dog/train/2023/*2, dog/train/2024/*2, dog/test/2023/*1, dog/test/2024/*1",
			"cat test 2, cat train 4, dog test 2, dog train 4", "each class folder holds folders of sides"},
		{"sites with photos that wait", "the note offers the right depth here too",
			"siteA/train/cats/*2, siteA/train/dogs/*2, siteA/extra/*1, siteB/train/cats/*2, siteB/train/dogs/*2, siteB/extra/*1",
			"siteA 5, siteB 5", `("cats" and "dogs"). The former are read as the classes; if the latter are, add ` +
				"IngestOptions.ClassDepth 3"},
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
