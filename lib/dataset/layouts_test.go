package dataset

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// layouts are trees that people have: "cat/*3" stands for cat/1.jpg to cat/3.jpg, "cat/" for an
// empty folder, everything else for a file. want is "class side n" for all of them, sorted;
// quarantined and left count files.
var layouts = []struct {
	name, reason      string
	tree              string
	want              string
	quarantined, left int
	notes             []string // parts of notes that must be there; nil: there must be none
}{
	{"class folders", "the plainest layout needs no note", "cat/*3 dog/*2", "cat 3, dog 2", 0, 0, nil},
	{"deeper folders", "belong to their class", "cat/2023/*2 cat/2024/may/*2 dog/*2", "cat 4, dog 2", 0, 0, nil},
	{"canonical sides", "need no note", "train/cat/*2 train/dog/*2 val/cat/*2 val/dog/*2 test/cat/*2 test/dog/*2",
		"cat test 2, cat train 2, cat val 2, dog test 2, dog train 2, dog val 2", 0, 0, nil},
	{"capitals", "Windows and cameras shout", "TRAIN/cat/*2 TRAIN/dog/*2 TEST/cat/*2 TEST/dog/*2",
		"cat test 2, cat train 2, dog test 2, dog train 2", 0, 0, nil},
	{"roboflow", "exports valid, with a README", "train/a/*2 train/b/*2 valid/a/*2 valid/b/*2 README.roboflow.txt",
		"a train 2, a val 2, b train 2, b val 2", 0, 1, []string{"no photos (.txt 1)"}},
	{"keras cats and dogs", "training_set and test_set",
		"training_set/cats/*2 training_set/dogs/*2 test_set/cats/*2 test_set/dogs/*2",
		"cats test 2, cats train 2, dogs test 2, dogs train 2", 0, 0, []string{`"training_set" is train (4)`,
			"IngestOptions.ClassDepth 1"}},
	{"single_prediction", "the same data set brings photos to predict",
		"training_set/cats/*2 training_set/dogs/*2 test_set/cats/*2 test_set/dogs/*2 single_prediction/*2",
		"cats test 2, cats train 2, dogs test 2, dogs train 2", 0, 2,
		[]string{`in "single_prediction", which by its name waits for labels`}},
	{"intel scenes", "doubled folders and seg_pred",
		"seg_train/seg_train/sea/*2 seg_train/seg_train/street/*2 seg_test/seg_test/sea/*1 " +
			"seg_test/seg_test/street/*1 seg_pred/seg_pred/*3",
		"sea test 1, sea train 2, street test 1, street train 2", 0, 3, []string{`"seg_train" is train`, "left out 3 files"}},
	{"alphabet", "names that say more than a side, one folder deeper",
		"asl_alphabet_train/asl_alphabet_train/A/*2 asl_alphabet_train/asl_alphabet_train/B/*2 " +
			"asl_alphabet_test/asl_alphabet_test/*2",
		"A train 2, B train 2", 0, 2, []string{"has no class folders"}},
	{"dogs against cats", "flat train and test1; labels stand in the file names",
		"train/cat.0.jpg train/cat.1.jpg train/cat.2.jpg train/cat.3.jpg train/dog.0.jpg train/dog.1.jpg " +
			"train/dog.2.jpg train/dog.3.jpg test1/*1",
		" test 1,  train 8", 0, 0, []string{"make a folder per class"}},
	{"prefixes", "the note tells that the names may be labels",
		"cat.0.jpg cat.1.jpg cat.2.jpg cat.3.jpg dog.0.jpg dog.1.jpg dog.2.jpg dog.3.jpg", " 8", 0, 0,
		[]string{`begin with "cat" and "dog"`}},
	{"competition", "a flat test without labels", "train/cat/*2 train/dog/*2 test/*3", "cat train 2, dog train 2", 0,
		3, []string{`in "test", which has no class folders`}},
	{"test in a folder", "Keras needs one folder below", "train/cat/*2 train/dog/*2 test/unknown/*3",
		"cat train 2, dog train 2", 0, 3, []string{`in "test"`}},
	{"test in test", "the same", "train/cat/*2 train/dog/*2 test/test/*3", "cat train 2, dog train 2", 0, 3,
		[]string{`in "test"`}},
	{"test_images", "the same", "train_images/cat/*2 train_images/dog/*2 test_images/*3", "cat train 2, dog train 2",
		0, 3, []string{`"train_images" is train`}},
	{"tiny imagenet", "images folders inside of classes, and flat for val and test",
		"train/n01/images/*2 train/n02/images/*2 val/images/*2 test/images/*2 wnids.txt",
		"n01 train 2, n02 train 2", 0, 5, []string{`in "val", which has no class folders`}},
	{"imagenet", "three wrappers and annotations",
		"ILSVRC/Data/CLS-LOC/train/n01/*2 ILSVRC/Data/CLS-LOC/train/n02/*2 ILSVRC/Data/CLS-LOC/val/*2 " +
			"ILSVRC/Annotations/CLS-LOC/val/1.xml",
		"n01 train 2, n02 train 2", 0, 3, []string{`all photos lie in "ILSVRC/Data/CLS-LOC"`}},
	{"archive", "a folder around all", "archive/cat/*2 archive/dog/*2", "cat 2, dog 2", 0, 0,
		[]string{`all photos lie in "archive"`}},
	{"doubled", "unpacked into a folder of its own name",
		"dataset/dataset/train/cat/*2 dataset/dataset/train/dog/*2 dataset/dataset/test/cat/*2 dataset/dataset/test/dog/*2",
		"cat test 2, cat train 2, dog test 2, dog train 2", 0, 0, []string{`"dataset/dataset"`}},
	{"x-ray", "the archive holds itself again",
		"train/n/*2 train/p/*2 test/n/*2 test/p/*2 chest_xray/train/n/*2 chest_xray/test/p/*2 __MACOSX/train/n/*2",
		"n test 2, n train 2, p test 2, p train 2", 0, 6, []string{`in "chest_xray", beside the folders of the sides`}},
	{"yolo", "images beside label files",
		"images/train/a/*2 images/train/b/*2 images/val/a/*2 images/val/b/*2 labels/train/1.txt",
		"a train 2, a val 2, b train 2, b val 2", 0, 1, []string{`"images"`}},
	{"images inside", "a folder that says nothing below the side",
		"train/images/a/*2 train/images/b/*2 test/images/a/*2 test/images/b/*2",
		"a test 2, a train 2, b test 2, b train 2", 0, 0, []string{`"train" is train`}},
	{"dev", "speech people's validation", "train/a/*2 train/b/*2 dev/a/*2 dev/b/*2",
		"a train 2, a val 2, b train 2, b val 2", 0, 0, []string{`"dev" is val`}},
	{"eval beside test", "is the validation then", "train/a/*2 train/b/*2 eval/a/*2 eval/b/*2 test/a/*2 test/b/*2",
		"a test 2, a train 2, a val 2, b test 2, b train 2, b val 2", 0, 0, []string{`"eval" is val`}},
	{"eval alone", "is a test", "train/a/*2 train/b/*2 eval/a/*2 eval/b/*2",
		"a test 2, a train 2, b test 2, b train 2", 0, 0, []string{`"eval" is test`}},
	{"holdout", "is a test", "train/a/*2 train/b/*2 hold-out/a/*2 hold-out/b/*2",
		"a test 2, a train 2, b test 2, b train 2", 0, 0, []string{`"hold-out" is test`}},
	{"words in names", "blanks, capitals, numbers",
		"Train Set/a/*2 Train Set/b/*2 Test Images/a/*2 Test Images/b/*2 val2/a/*2 val2/b/*2",
		"a test 2, a train 2, a val 2, b test 2, b train 2, b val 2", 0, 0, []string{`"Train Set" is train`}},
	{"grown together", "TrainSet, testdata", "TrainSet/a/*2 TrainSet/b/*2 testdata/a/*2 testdata/b/*2",
		"a test 2, a train 2, b test 2, b train 2", 0, 0, []string{`"testdata" is test`}},
	{"german", "other languages", "Trainingsdaten/a/*2 Trainingsdaten/b/*2 Testdaten/a/*2 Testdaten/b/*2",
		"a test 2, a train 2, b test 2, b train 2", 0, 0, []string{`"Testdaten" is test`}},
	{"unlabeled", "beside sides", "train/a/*2 train/b/*2 test/a/*2 test/b/*2 unlabeled/*3",
		"a test 2, a train 2, b test 2, b train 2", 0, 3, []string{"waits for labels"}},
	{"unlabelled beside classes", "waits for labels; the note says how to make it a class",
		"cat/*2 dog/*2 unlabelled/*3", "cat 2, dog 2", 0, 3, []string{"if it is one, rename it"}},
	{"labeled and unlabeled", "semi-supervised", "labeled/a/*2 labeled/b/*2 unlabeled/*3", "a train 2, b train 2", 0,
		3, []string{`"labeled" is train`}},
	{"bottles", "with a label or without: two classes", "labelled/*2 unlabelled/*2", "labelled 2, unlabelled 2",
		0, 0, nil},
	{"vehicles", "one folder named like a side is a class among others", "bus/*2 train/*2", "bus 2, train 2", 0, 0,
		[]string{`"train" is read as a class`}},
	{"validity", "valid is a class beside invalid", "valid/*2 invalid/*2", "invalid 2, valid 2", 0, 0,
		[]string{`"valid" is read as a class`}},
	{"train only", "one side with class folders", "train/cat/*2 train/dog/*2", "cat train 2, dog train 2", 0, 0, nil},
	{"sides below classes", "cat/train, cat/test", "cat/train/*2 cat/test/*2 dog/train/*2 dog/test/*2",
		"cat test 2, cat train 2, dog test 2, dog train 2", 0, 0, []string{"each class folder holds folders of sides"}},
	{"folds", "each with all classes", "fold_1/a/*2 fold_1/b/*2 fold_2/a/*2 fold_2/b/*2", "a 4, b 4", 0, 0,
		[]string{"are joined"}},
	{"folds with sides", "what is train here is test there",
		"fold1/train/a/*2 fold1/train/b/*2 fold1/test/a/*2 fold1/test/b/*2 fold2/train/a/*2 fold2/train/b/*2 " +
			"fold2/test/a/*2 fold2/test/b/*2",
		"a 8, b 8", 0, 0, []string{"are joined"}},
	{"years", "2023 and 2024 of the same classes", "2023/a/*2 2023/b/*2 2024/a/*2 2024/b/*2", "a 4, b 4", 0, 0,
		[]string{"IngestOptions.ClassDepth 1"}},
	{"fruit", "apples and pears, each fresh or rotten: nobody can know",
		"apple/fresh/*2 apple/rotten/*2 pear/fresh/*2 pear/rotten/*2", "apple 4, pear 4", 0, 0,
		[]string{"hold the same folders", "IngestOptions.ClassDepth 2"}},
	{"masks", "of a segmentation set, in a folder beside the images",
		"covid/images/*2 covid/masks/*2 normal/images/*2 normal/masks/*2", "covid 2, normal 2", 0, 4,
		[]string{`in folders called "masks"`}},
	{"masks beside", "named after the photo", "benign/1.png benign/1_mask.png benign/2.png benign/2_mask.png mal/*2",
		"benign 4, mal 2", 0, 0, []string{"named like masks"}},
	{"synology", "thumbnails beside photos, and bins",
		"cat/*2 cat/@eaDir/1.jpg/SYNOPHOTO_THUMB_M.jpg dog/*2 #recycle/*3", "cat 2, dog 2", 0, 4,
		[]string{`"@eaDir"`, `"#recycle"`}},
	{"qnap", "the other network drive", "cat/*2 cat/.@__thumb/*2 dog/*2 @Recycle/*1 @Recently-Snapshot/a/*1",
		"cat 2, dog 2", 0, 4, []string{`"@Recycle"`, "hidden folders"}},
	{"windows", "a stick", "cat/*2 cat/Thumbs.db dog/*2 dog/desktop.ini $RECYCLE.BIN/S-1-5/*1 " +
		"System_Volume_Information/IndexerVolumeGuid", "cat 2, dog 2", 0, 4, []string{`"$RECYCLE.BIN"`, ".db 1"}},
	{"mac", "AppleDouble files, Icon, bins",
		"cat/*2 cat/._1.jpg cat/.DS_Store dog/*2 .Trashes/*1 .Spotlight-V100/x .fseventsd/y __MACOSX/cat/._1.jpg",
		"cat 2, dog 2", 0, 6, []string{"hidden", `"__MACOSX"`}},
	{"linux and tools", "lost+found, git, notebooks, bins",
		"cat/*2 cat/.ipynb_checkpoints/*1 dog/*2 .git/objects/aa/bb lost+found/*1 .Trash-1000/files/*1 " +
			"__pycache__/x.pyc", "cat 2, dog 2", 0, 5, []string{"lost+found"}},
	{"phone", "live photos, edits, HEIC beside JPEG", "cat/*2 cat/1.MOV cat/1.AAE cat/1.HEIC dog/*2 dog/9.heic",
		"cat 2, dog 2", 1, 3, []string{"with a photo of the same name"}},
	{"camera", "RAW and JPEG", "cat/*2 cat/1.NEF cat/2.CR3 dog/*2 dog/7.dng", "cat 2, dog 2", 1, 2,
		[]string{"with a photo of the same name"}},
	{"takeout", "a JSON beside each photo",
		"cat/*2 cat/1.jpg.json cat/2.jpg.supplemental-metadata.json dog/*2 dog/1.jpg.json", "cat 2, dog 2", 0, 3,
		[]string{"no photos (.json 3)"}},
	{"strays", "photos beside class folders have no class", "cat/*2 dog/*2 loose.jpg", "cat 2, dog 2", 1, 0, nil},
	{"strays in a side", "the same", "train/cat/*2 train/dog/*2 train/loose.jpg test/cat/*2 test/dog/*2",
		"cat test 2, cat train 2, dog test 2, dog train 2", 1, 0, nil},
	{"flat", "no labels", "*4", " 4", 0, 0, []string{"no folder tells the class"}},
	{"flat in a holder", "a folder that says nothing is no class", "images/*4", " 4", 0, 0,
		[]string{"no folder tells the class"}},
	{"case", "cat and Cat", "cat/*2 Cat/*2 dog/*2", "Cat 2, cat 2, dog 2", 0, 0,
		[]string{`"Cat" and "cat" differ in little`}},
	{"hyphen", "T-shirt and t_shirt", "T-shirt/*2 t_shirt/*2", "T-shirt 2, t_shirt 2", 0, 0, []string{"differ in little"}},
	{"zeros", "01 and 1", "01/*2 1/*2 2/*2", "01 2, 1 2, 2 2", 0, 0, []string{`"01" and "1"`}},
	{"accents", "decomposed on one side", "train/cafe\u0301/*2 train/tea/*2 test/caf\u00e9/*2 test/tea/*2",
		"caf\u00e9 test 2, caf\u00e9 train 2, tea test 2, tea train 2", 0, 0, []string{"accents are written"}},
	{"blank at the end", "copied from a table", "train/cat /*2 train/dog/*2 test/cat/*2 test/dog/*2",
		"cat test 2, cat train 2, dog test 2, dog train 2", 0, 0, []string{"differ in blanks"}},
	{"empty class", "a folder waits for photos", "cat/*2 dog/*2 bird/", "cat 2, dog 2", 0, 0,
		[]string{`class folder "bird" holds no photos`}},
	{"one photo", "too few to split", "cat/*2 dog/*1", "cat 2, dog 1", 0, 0, []string{"a single photo"}},
	{"untaught", "a class of the test side only", "train/cat/*2 train/dog/*2 test/cat/*2 test/bird/*2",
		"bird test 2, cat test 2, cat train 2, dog train 2", 0, 0, []string{`without a photo on the train side: "bird"`}},
	{"data beside docs", "the classes lie one folder deeper, on one side only",
		"data/benign/*2 data/malignant/*2 docs/*2", "data 4, docs 2", 0, 0, []string{`"data" is read as a class`}},
	{"to label", "a folder that waits", "good/*2 bad/*2 to_label/*3", "bad 2, good 2", 0, 3, []string{"waits for labels"}},
	{"spreadsheet", "labels in a table that is not read", "*4 labels.xlsx", " 4", 0, 1, []string{"save the table as CSV"}},
	{"unknown sides", "in words that nobody listed: the note offers the inner folders",
		"learn/yes/*2 learn/no/*2 exam/yes/*2 exam/no/*2", "exam 4, learn 4", 0, 0, []string{"IngestOptions.ClassDepth 2"}},
	{"holder", "photos of the whole set in a folder that says nothing, unlabelled", "data/images/*4", " 4", 0, 0,
		[]string{"no folder tells the class"}},
	{"birds", "images to predict stand beside",
		"train/owl/*2 train/tit/*2 valid/owl/*2 valid/tit/*2 images to predict/*3 birds.csv",
		"owl train 2, owl val 2, tit train 2, tit val 2", 0, 4, []string{"images to predict"}},
	{"fruits", "two archives in one", "fruits-360/Training/Apple/*2 fruits-360/Training/Kiwi/*2 " +
		"fruits-360/Test/Apple/*2 fruits-360/Test/Kiwi/*2 fruits-360/test-multiple_fruits/*3 fruits-360/papers/x.pdf",
		"Apple test 2, Apple train 2, Kiwi test 2, Kiwi train 2", 0, 4, []string{"test-multiple_fruits"}},
	{"signs of traffic", "class numbers, a flat test, a folder of icons",
		"Train/0/*2 Train/1/*2 Train/10/*2 Test/*3 Meta/*3 Train.csv", "0 train 2, 1 train 2, 10 train 2", 0, 7,
		[]string{`in "Meta"`, `in "Test"`}},
	{"no ending", "a photo needs none; a text without one is none", "cat/*2 cat/README dog/*2", "cat 2, dog 2", 0, 1,
		[]string{"without an ending 1"}},
	{"signs", "classes of signs only", "+/*2 -/*2 #/*2", "# 2, + 2, - 2", 0, 0, nil},
	{"drive portions", "a cloud drive sends a large folder in several archives",
		"set-20250101T101010Z-1-001/set/cat/*2 set-20250101T101010Z-1-001/set/dog/*2 set-20250101T101010Z-1-002/set/dog/*1",
		"cat 2, dog 3", 0, 0, []string{"portions of one folder", "IngestOptions.ClassDepth 1"}},
	{"second download", "the drive adds a number", "set/cat/*2 set/dog/*2 set(1)/cat/*2 set(1)/bird/*2",
		"bird 2, cat 4, dog 2", 0, 0, []string{"copies or portions"}},
	{"copies with sides", "the sides stay",
		"set_copy/train/cat/*2 set_copy/test/cat/*2 set_copy/train/dog/*2 set/train/cat/*2 set/train/dog/*2 set/test/cat/*1",
		"cat test 3, cat train 4, dog train 4", 0, 0, []string{"copies or portions"}},
	{"no copies", "other folders inside the classes are none", "set1/cat/*2 set1/dog/*2 cat/*2", "cat 2, set1 4", 0,
		0, []string{`"set1" is read as a class`}},
	{"portable maps", "traffic signs and faces come as PPM and PGM, which their owner believes to be read",
		"cat/*2 dog/*2 dog/3.ppm dog/4.pgm", "cat 2, dog 2", 2, 0, nil},
	{"photo programs", "their libraries are no class",
		"cat/*2 dog/*2 Photos.photoslibrary/originals/*2 Previews.lrdata/*1", "cat 2, dog 2", 0, 3,
		[]string{"systems and tools leave"}},
	{"one class", "nothing to tell apart", "default/*4 synsets.txt", "default 4", 0, 1,
		[]string{`one class only, "default"`}},
	{"camera folders", "a card's folders say where a photo was stored", "DCIM/100CANON/*2 DCIM/101CANON/*2",
		"100CANON 2, 101CANON 2", 0, 0, []string{`"100CANON" and "101CANON"`, "cameras"}},
	{"phone folders", "months of a phone beside a class", "202401_a/*2 202402__/*2 cat/*2",
		"202401_a 2, 202402__ 2, cat 2", 0, 0, []string{`"202401_a" and "202402__"`}},
	{"backup of a phone", "the folder above them", "DCIM/Camera/*2 Pictures/Screenshots/*2", "DCIM 2, Pictures 2", 0,
		0, []string{`"DCIM"`}},
	{"numbers", "are classes as good as words", "100/*2 101/*2 1000BIRD/*1 100canon/*2",
		"100 2, 1000BIRD 1, 100canon 2, 101 2", 0, 0, []string{"classes with a single photo"}},
	{"languages", "C, C++ and C# are three", "C/*2 C++/*2", "C 2, C++ 2", 0, 0, nil},
}

func TestLayouts(t *testing.T) {
	for _, tt := range layouts {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			files := grow(t, root, tt.tree)
			l, err := list(t.Context(), root, Reading{})
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(l.notes, "\n")
			if got := census(l); got != tt.want {
				t.Errorf("%s: got %q, want %q\n%s", tt.reason, got, tt.want, notes)
			}
			left := 0
			for _, o := range l.left {
				left += o.Files
			}
			if len(l.rejected) != tt.quarantined || left != tt.left {
				t.Errorf("%d quarantined, %d left out; want %d and %d\n%v\n%s", len(l.rejected), left, tt.quarantined,
					tt.left, l.rejected, notes)
			}
			if len(l.entries)+len(l.rejected)+left != files {
				t.Errorf("%d files, of which %d are accounted for", files, len(l.entries)+len(l.rejected)+left)
			}
			for _, n := range tt.notes {
				if !strings.Contains(notes, n) {
					t.Errorf("no note has %q:\n%s", n, notes)
				}
			}
			if tt.notes == nil && notes != "" {
				t.Errorf("%s: notes\n%s", tt.reason, notes)
			}
		})
	}
}

// grow makes the files of a tree, and returns their number.
func grow(t *testing.T, root, tree string) int {
	t.Helper()
	n := 0
	// Blanks part the names, except those before a capital or a slash.
	tree = strings.NewReplacer("Train Set", "Train\x00Set", "Test Images", "Test\x00Images", "cat /", "cat\x00/",
		"System_Volume_", "System\x00Volume\x00",
		"images to predict", "images\x00to\x00predict").Replace(tree)
	for _, f := range strings.Fields(tree) {
		f = strings.ReplaceAll(f, "\x00", " ")
		dir, name := filepath.Split(f)
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
		names := []string{name}
		if times, ok := strings.CutPrefix(name, "*"); ok {
			names = nil
			for i := range int(times[0] - '0') {
				names = append(names, fmt.Sprintf("%d.jpg", i+1))
			}
		}
		for _, name := range names {
			if name != "" {
				phototest.Put(t, root, dir+name, nil)
				n++
			}
		}
	}
	return n
}

// census counts the photos of each class and side.
func census(l *listing) string {
	n := map[string]int{}
	for _, e := range l.entries {
		n[strings.TrimRight(e.class+" "+e.split, " ")]++
	}
	var out []string
	for k, v := range n {
		out = append(out, fmt.Sprintf("%s %d", k, v))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestClassDepth: what the notes offer does what they say.
func TestClassDepth(t *testing.T) {
	tests := []struct {
		name, reason, tree string
		depth              int
		want               string
		quarantined        int
	}{
		{"fruit by state", "the inner folders", "apple/fresh/*2 apple/rotten/*2 pear/fresh/*2", 2, "fresh 4, rotten 2", 0},
		{"sides as classes", "the outer folders", "training_set/cats/*2 test_set/cats/*2", 1,
			"test_set 2, training_set 2", 0},
		{"sides above", "are kept", "x/train/cats/*2 x/test/cats/*2", 3, "cats test 2, cats train 2", 0},
		{"sides below", "are kept", "cats/train/*2 cats/test/*2", 1, "cats test 2, cats train 2", 0},
		{"too deep", "photos above have no class", "cats/a/*2 dogs/*3", 2, "a 2", 3},
		{"unlabelled as a class", "as the note offers", "cat/*2 dog/*2 unlabelled/*3", 1, "cat 2, dog 2, unlabelled 3", 0},
	}
	for _, tt := range tests {
		root := t.TempDir()
		grow(t, root, tt.tree)
		l, err := list(t.Context(), root, Reading{ClassDepth: tt.depth})
		if err != nil {
			t.Fatal(err)
		}
		if got := census(l); got != tt.want || len(l.rejected) != tt.quarantined {
			t.Errorf("%s (%s): got %q and %d quarantined, want %q and %d", tt.name, tt.reason, got, len(l.rejected),
				tt.want, tt.quarantined)
		}
	}
}
