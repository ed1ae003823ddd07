package dataset

import (
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestFilesAside: what lies beside photos and speaks of them is used as the person means it, or a
// note says what was understood in its place.
func TestFilesAside(t *testing.T) {
	const pair = "cat/1.jpg cat/2.jpg dog/1.jpg dog/2.jpg"
	for _, c := range []struct {
		name, reason string
		tree         string
		files        map[string]string
		want         string
		note         string // empty: none but that files are no photos
	}{
		{"lists of sides", "an archive's own split", pair, map[string]string{"train.txt": "cat/1.jpg\ndog/1.jpg\n",
			"test.txt": "./cat/2.jpg\r\n./dog/2.jpg\r\n"},
			"cat test 1, cat train 1, dog test 1, dog train 1",
			"the sides are read from train.txt (train, 2 photos), test.txt (test, 2 photos)"},
		{"food-101", "paths without an ending, in a folder of their own",
			"images/cat/1.jpg images/cat/2.jpg images/dog/1.jpg images/dog/2.jpg",
			map[string]string{"meta/train.txt": "cat/1\ndog/1\n", "meta/test.txt": "cat/2\ndog/2\n",
				"meta/classes.txt": "cat\ndog\n"},
			"cat test 1, cat train 1, dog test 1, dog train 1", "meta/train.txt (train, 2 photos)"},
		{"another machine", "absolute paths", pair,
			map[string]string{"train.txt": "/content/set/cat/1.jpg\n/content/set/dog/1.jpg\n",
				"val.txt": "C:\\set\\cat\\2.jpg\nC:\\set\\dog\\2.jpg\n"},
			"cat train 1, cat val 1, dog train 1, dog val 1", "val.txt (val, 2 photos)"},
		{"with labels", "the folders say the same", pair, map[string]string{"train.txt": "cat/1.jpg 0\ndog/1.jpg 1\n",
			"test.txt": "cat/2.jpg 0\ndog/2.jpg 1\n"},
			"cat test 1, cat train 1, dog test 1, dog train 1", "the sides are read from"},
		{"some photos", "on no list", pair + " dog/3.jpg", map[string]string{"train.txt": "cat/1.jpg\ndog/1.jpg\n",
			"test.txt": "cat/2.jpg\ndog/2.jpg\n"},
			"cat test 1, cat train 1, dog 1, dog test 1, dog train 1", "1 photo is on none of these lists"},
		{"on two lists", "would be a leak", pair, map[string]string{"train.txt": "cat/1.jpg\ndog/1.jpg\n",
			"test.txt": "cat/1.jpg\ndog/2.jpg\n"}, "cat 2, dog 2", "are not used"},
		{"one list", "a list of all, as detectors need it", pair,
			map[string]string{"train.txt": "cat/1.jpg\ncat/2.jpg\ndog/1.jpg\ndog/2.jpg\n"}, "cat 2, dog 2", "are not used"},
		{"folders say the sides", "they win", "train/cat/1.jpg train/dog/1.jpg test/cat/1.jpg test/dog/1.jpg",
			map[string]string{"train.txt": "train/cat/1.jpg\n", "test.txt": "test/cat/1.jpg\n"},
			"cat test 1, cat train 1, dog test 1, dog train 1", "are not used"},
		{"another list", "no side", pair, map[string]string{"bad.txt": "cat/1.jpg\n"}, "cat 2, dog 2",
			"bad.txt lists 1 of the 4 photos, and is not used"},
		{"flat, labelled list", "Caffe's", "i/1.jpg i/2.jpg",
			map[string]string{"list.txt": "i/1.jpg cat\ni/2.jpg dog\n"}, "cat 1, dog 1", "the labels are read from list.txt"},
		{"flat, lists for sides", "Caffe's again", "i/1.jpg i/2.jpg", map[string]string{"train.txt": "i/1.jpg 0\n",
			"val.txt": "i/2.jpg 1\n"}, "0 train 1, 1 val 1", "train.txt is read as the train side"},
		{"flat, json lines", "Hugging Face", "i/1.jpg i/2.jpg",
			map[string]string{"i/metadata.jsonl": `{"file_name": "1.jpg", "label": "cat"}` + "\n" +
				`{"file_name": "2.jpg", "label": "dog"}`},
			"cat 1, dog 1", "the labels are read from i/metadata.jsonl"},
		{"flat, coco", "one category a photo", "i/1.jpg i/2.jpg",
			map[string]string{"a.json": `{"images":[{"id":1,"file_name":"1.jpg"},{"id":2,"file_name":"2.jpg"}],
			"annotations":[{"image_id":1,"category_id":1},{"image_id":2,"category_id":2}],
			"categories":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}]}`}, "cat 1, dog 1", "the labels are read from a.json"},
		{"flat, boxes", "several categories a photo", "1.jpg 2.jpg",
			map[string]string{"a.json": `{"images":[{"id":1,"file_name":"1.jpg"},{"id":2,"file_name":"2.jpg"}],
			"annotations":[{"image_id":1,"category_id":1},{"image_id":1,"category_id":2}],
			"categories":[{"id":1,"name":"cat"},{"id":2,"name":"dog"}]}`}, " 2",
			"a.json holds annotations as COCO has them: it is not used. The photos have no labels"},
		{"coco beside classes", "is told of", pair,
			map[string]string{"_annotations.coco.json": `{"images":[],"annotations":[],"categories":[]}`},
			"cat 2, dog 2", "_annotations.coco.json holds annotations as COCO has them"},
		{"voc", "a file for each photo", pair,
			map[string]string{"cat/1.xml": "<annotation><object><name>cat</name></object></annotation>",
				"cat/2.xml": "<annotation/>"}, "cat 2, dog 2",
			"2 .xml files named like photos, for example cat/1.xml, which holds Pascal VOC annotations"},
		{"yolo", "boxes in a folder of their own", "images/cat/1.jpg images/cat/2.jpg images/dog/1.jpg",
			map[string]string{"labels/1.txt": "0 0.5 0.5 0.25 1\n"}, "cat 2, dog 1", "boxes as YOLO has them"},
		{"labelme", "a file for each photo", pair,
			map[string]string{"cat/1.json": `{"shapes": [], "imagePath": "1.jpg"}`}, "cat 2, dog 2", "LabelMe"},
		{"labelbox", "an export", pair, map[string]string{"export.ndjson": `{"data_row": {"id": 1}}`}, "cat 2, dog 2",
			"of a labelling program"},
		{"labelbox's table", "its labels are JSON, and its photos lie elsewhere", pair,
			map[string]string{"export.csv": "ID,Labeled Data,Label,External ID\n" +
				"a,https://x.example/1.jpg,\"{\"\"answer\"\":\"\"cat\"\"}\",1.jpg\n"}, "cat 2, dog 2",
			"export.csv was not used: line 2: its label is JSON"},
		{"another table", "speaks of no photo", pair,
			map[string]string{"prices.csv": "day,price\nMonday,3\n"}, "cat 2, dog 2", ""},
		{"oxford pets", "labels and sides in a folder of their own",
			"images/a_1.jpg images/a_2.jpg images/b_1.jpg images/b_2.jpg images/b_3.jpg",
			map[string]string{"annotations/list.txt": "# Image CLASS-ID SPECIES\na_1 1 1\na_2 1 1\nb_1 2 1\nb_2 2 1\n",
				"annotations/trainval.txt": "a_1 1 1\nb_1 2 1\n", "annotations/test.txt": "a_2 1 1\nb_2 2 1\n"},
			"1 test 1, 1 train 1, 2 test 1, 2 train 1",
			"the labels and sides are read from annotations/trainval.txt (train, 2 photos), " +
				"annotations/test.txt (test, 2 photos)"},
		{"captions", "are no labels", "images/a_1.jpg images/a_2.jpg",
			map[string]string{"c/train.txt": "a_1 red\n", "c/test.txt": "a_2 blue\n"}, " 2", "the photos have no labels"},
		{"cub", "photos and sides by number, and a blank line", "images/c/1.jpg images/c/2.jpg images/d/1.jpg images/d/2.jpg",
			map[string]string{"images.txt": "1 c/1.jpg\n2 c/2.jpg\n3 d/1.jpg\n4 d/2.jpg\n",
				"train_test_split.txt": "1 1\n2 0\n3 1\n4 0\n\n", "image_class_labels.txt": "1 1\n2 1\n3 2\n4 2\n"},
			"c test 1, c train 1, d test 1, d train 1", "train_test_split.txt (train, 2 photos)"},
		{"numbers of something else", "no sides", "images/c/1.jpg images/d/2.jpg",
			map[string]string{"images.txt": "1 c/1.jpg\n2 d/2.jpg\n", "train_split.txt": "1 7\n2 3\n"},
			"c 1, d 1", "images.txt lists 2 of the 2 photos, and is not used"},
		{"takeout", "what a cloud keeps of each photo says no label", pair,
			map[string]string{"cat/1.jpg.json": `{"title": "1.jpg", "photoTakenTime": {}}`}, "cat 2, dog 2", ""},
		{"a table that cannot be read", "is told of where the photos have no other label", "1.jpg 2.jpg",
			map[string]string{"export.csv": "ID,Extern,Answer\na,1.jpg,{x}\n"}, " 2",
			"export.csv was not used: line 1 must name"},
		{"readme", "speaks to people", pair,
			map[string]string{"README.txt": "Photos of cats and dogs.\nTaken in 2024.\n"}, "cat 2, dog 2", ""},
		{"names of classes", "the same as the folders'", pair, map[string]string{"classes.txt": "cat\ndog\n"},
			"cat 2, dog 2", ""},
		{"a class without photos", "is told of", pair, map[string]string{"labels.txt": "cat\ndog\nbird\n"},
			"cat 2, dog 2", "labels.txt lists 3 classes, and photos of 2 are here"},
		{"synsets", "words for ids", "n01/1.jpg n02/1.jpg n01/2.jpg n02/2.jpg",
			map[string]string{"synset_words.txt": "n01 tench, Tinca tinca\nn02 goldfish\n"}, "n01 2, n02 2",
			`gives the folders other names ("n01" is "tench`},
		{"numbers", "names by place", "0/1.jpg 0/2.jpg 1/1.jpg 1/2.jpg",
			map[string]string{"classes.txt": "airplane\nbird\n"}, "0 2, 1 2",
			`classes.txt lists as many names (the first is "airplane")`},
		{"parquet", "is not read", pair, map[string]string{"data.parquet": "PAR1"}, "cat 2, dog 2",
			"container of another program"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			grow(t, root, c.tree)
			for name, content := range c.files {
				phototest.Put(t, root, name, []byte(content))
			}
			l, err := list(t.Context(), root, Reading{})
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(l.notes, "\n")
			if got := census(l); got != c.want {
				t.Errorf("got %q, want %q: %s\n%s", got, c.want, c.reason, notes)
			}
			if c.note == "" && strings.Count(notes, "\n") > 0 || !strings.Contains(notes, c.note) {
				t.Errorf("the notes are\n%s\nwant %q: %s", notes, c.note, c.reason)
			}
		})
	}
}
