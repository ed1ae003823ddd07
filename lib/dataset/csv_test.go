package dataset

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/photo/phototest"
)

// csvs are files as programs and people write them, beside the photos i/1.jpg, i/2.jpg, i/003.jpg,
// i/caf(e with an accent, in two signs).jpg, j/1.jpg, j/only.JPG and top.png. want is "path class
// side group" of all photos; errors or quarantine hold what the message must say.
var csvs = []struct {
	name, reason string
	csv          string
	want         string
	quarantined  []string
	notes        []string // parts of notes that must be there; nil: there must be none
	err          string
}{
	{"plain", "path,label needs no note", "path,label\ni/1.jpg,cat\ni/2.jpg,dog\n", "i/1.jpg cat; i/2.jpg dog",
		nil, nil, ""},
	{"group", "a third column", "path,label,group\ni/1.jpg,cat,g1\ni/2.jpg,dog,g2\n",
		"i/1.jpg cat g1; i/2.jpg dog g2", nil, nil, ""},
	{"label first", "order does not matter", "label,path\ncat,i/1.jpg\ndog,i/2.jpg\n", "i/1.jpg cat; i/2.jpg dog",
		nil, nil, ""},
	{"excel", "semicolons, a byte order mark, CRLF", "\xef\xbb\xbfpath;label\r\ni/1.jpg;cat\r\ni/2.jpg;dog, big\r\n",
		"i/1.jpg cat; i/2.jpg dog, big", nil, nil, ""},
	{"sep line", "Excel's own way to say the delimiter", "sep=;\npath;label\ni/1.jpg;a,b\n", "i/1.jpg a,b", nil, nil, ""},
	{"sep tab", "the same with a tab", "sep=\t\r\npath\tlabel\r\ni/1.jpg\tcat\r\n", "i/1.jpg cat", nil, nil, ""},
	{"tab", "copied from a table", "path\tlabel\ni/1.jpg\tcat\n", "i/1.jpg cat", nil, nil, ""},
	{"bar", "from a database", "path|label\ni/1.jpg|cat\n", "i/1.jpg cat", nil, nil, ""},
	{"utf-16", "Excel's Unicode text", wide("path\tlabel\r\ni/1.jpg\tcaf\u00e9\r\n"), "i/1.jpg caf\u00e9", nil, nil, ""},
	{"latin-1", "Excel's plain CSV", "path;label\ni/1.jpg;Stra\xdfe\n", "i/1.jpg Stra\u00dfe", nil,
		[]string{"Windows-1252"}, ""},
	{"macintosh", "lines end with CR", "path,label\ri/1.jpg,cat\ri/2.jpg,dog\r", "i/1.jpg cat; i/2.jpg dog", nil, nil, ""},
	{"pandas", "an index column without a name", ",path,label\n0,i/1.jpg,cat\n1,i/2.jpg,dog\n",
		"i/1.jpg cat; i/2.jpg dog", nil, nil, ""},
	{"pandas twice", "Unnamed: 0", "Unnamed: 0,path,label\n0,i/1.jpg,cat\n", "i/1.jpg cat", nil, nil, ""},
	{"autogluon", "image and label, absolute paths", "image,label\nROOT/i/1.jpg,cat\nROOT/i/2.jpg,dog\n",
		"i/1.jpg cat; i/2.jpg dog", nil, []string{`"image" names the photo`}, ""},
	{"further columns", "are named in a note", "path,label,width,height\ni/1.jpg,cat,9,9\n", "i/1.jpg cat", nil,
		[]string{`not used: "width", "height"`}, ""},
	{"filename and class", "TensorFlow's names", "filename,width,height,class\ni/1.jpg,9,9,cat\n", "i/1.jpg cat", nil,
		[]string{`"filename" names the photo and "class"`}, ""},
	{"kaggle", "ids without an ending, in a folder of their own", "image_id,label\n2,cat\nonly,dog\n",
		"i/2.jpg cat; j/only.JPG dog", nil, []string{"2 photos found by name in i, j"}, ""},
	{"diabetic", "id_code and diagnosis", "id_code,diagnosis\n2,0\nonly,4\n", "i/2.jpg 0; j/only.JPG 4", nil,
		[]string{`"diagnosis" its label`}, ""},
	{"skin", "HAM10000: dx is the label, the lesion keeps photos together",
		"lesion_id,image_id,dx,age\nH1,2,nv,9\nH2,only,mel,9\n", "i/2.jpg nv; j/only.JPG mel", nil,
		[]string{"IngestOptions.Columns.Group lesion_id", `not used: "lesion_id", "age"`}, ""},
	{"birds", "class id beside labels: the same in numbers",
		"class id,filepaths,labels,data set\n0,i/1.jpg,ABBOT,train\n1,i/2.jpg,OWL,test\n",
		"i/1.jpg ABBOT train; i/2.jpg OWL test", nil,
		[]string{`"labels" its label`, "train 1, val 0, test 1"}, ""},
	{"fastai", "name, label, is_valid", "name,label,is_valid\ni/1.jpg,3,False\ni/2.jpg,7,True\n",
		"i/1.jpg 3 train; i/2.jpg 7 val", nil, []string{"train 1, val 1, test 0"}, ""},
	{"vertex", "no header, the side first",
		"TRAINING,gs://bucket/i/1.jpg,cat\nTEST,gs://bucket/i/2.jpg,dog\nUNASSIGNED,gs://bucket/j/1.jpg,dog\n",
		"i/1.jpg cat train; i/2.jpg dog test; j/1.jpg dog", nil, []string{"column 2 is read as the path",
			`begin with "//bucket/"`}, ""},
	{"no header", "two columns", "i/1.jpg,cat\ni/2.jpg,dog\n", "i/1.jpg cat; i/2.jpg dog", nil,
		[]string{"names no columns"}, ""},
	{"one-hot", "ISIC and Roboflow", "image,MEL,NV,BCC\n2,0.0,1.0,0.0\nonly,1.0,0.0,0.0\n003,1,1,0\ntop,0,0,0\n",
		"i/2.jpg NV; j/only.JPG MEL",
		[]string{`line 4: is marked as "MEL", "NV"`, "line 5: no column of a class is set"},
		[]string{`"MEL", "NV", "BCC" are read as classes`}, ""},
	{"blanks", "after commas", "path, label\n i/1.jpg, cat \n", "i/1.jpg cat", nil, nil, ""},
	{"quotes", "around everything", "\"path\",\"label\"\n\"i/1.jpg\",\"cat, \"\"big\"\"\"\n", `i/1.jpg cat, "big"`,
		nil, nil, ""},
	{"no ending", "the one photo of that name", "path,label\ni/1,cat\n", "i/1.jpg cat", nil,
		[]string{`such as "i/1" for "i/1.jpg"`}, ""},
	{"other ending", "capitals", "path,label\ni/1.JPG,cat\nj/only.jpg,dog\n", "i/1.jpg cat; j/only.JPG dog", nil,
		[]string{"2 photos whose path is written in another way"}, ""},
	{"windows", "backslashes", "path,label\ni\\1.jpg,cat\n", "i/1.jpg cat", nil, nil, ""},
	{"drive", "a path of another machine", "path,label\nC:\\Users\\me\\i\\1.jpg,cat\nC:\\Users\\me\\i\\2.jpg,dog\n",
		"i/1.jpg cat; i/2.jpg dog", nil, []string{`begin with "C:/Users/me/"`}, ""},
	{"file url", "from a browser, with escapes", "path,label\nfile://ROOT/i/1.jpg,cat\nfile://ROOT/%69/2.jpg,dog\n",
		"i/1.jpg cat; i/2.jpg dog", nil, nil, ""},
	{"notebook", "relative to somewhere else", "path,label\n../input/set/i/1.jpg,cat\n../input/set/j/1.jpg,dog\n",
		"i/1.jpg cat; j/1.jpg dog", nil, []string{`begin with "../input/set/"`}, ""},
	{"two mounts", "the second may be another photo", "path,label\n/mnt/a/i/1.jpg,cat\n/mnt/b/i/2.jpg,dog\n",
		"i/1.jpg cat", []string{`line 3: begins with "/mnt/b/" where other lines begin with "/mnt/a/"`},
		[]string{"1 path begin"}, ""},
	{"accent", "composed in the file, decomposed on the disk", "path,label\ni/caf\u00e9.jpg,cat\n",
		"i/cafe\u0301.jpg cat", nil, []string{"written in another way"}, ""},
	{"same name twice", "in two folders", "image,label\n1.jpg,cat\n", "", []string{`may mean "i/1.jpg" or "j/1.jpg"`},
		[]string{`"image" names`}, ""},
	{"label is the folder", "of two with that name", "image,label\n1.jpg,i\n", "i/1.jpg i", nil,
		[]string{"found by name in i"}, ""},
	{"spreadsheet", "leading zeros are gone", "path,label\ni/3.jpg,cat\n", "", []string{`is "i/003.jpg" meant?`}, nil, ""},
	{"twice", "once is enough", "path,label\ni/1.jpg,cat\n./i/1.jpg,cat\n", "i/1.jpg cat",
		[]string{"line 3: is listed twice"}, nil, ""},
	{"two labels", "nobody knows which", "path,label\ni/1.jpg,cat\ni/1.jpg,dog\n", "",
		[]string{`with the labels "cat" and "dog"`, `"dog" and "cat"`}, nil, ""},
	{"missing label", "empty, or what programs write for it",
		"path,label\ni/1.jpg,\ni/2.jpg,nan\ntop.png,#N/A\nj/1.jpg,cat\n", "j/1.jpg cat",
		[]string{"line 2: no label", `line 3: label "nan" stands for a missing value`, `line 4: label "#N/A"`},
		[]string{"not listed in the CSV file"}, ""},
	{"none", "may be a class", "path,label\ni/1.jpg,none\ni/2.jpg,scratch\n", "i/1.jpg none; i/2.jpg scratch", nil,
		[]string{`"none" (1) are read as a class`}, ""},
	{"dates", "3-5 became a date", "path,label\ni/1.jpg,5-Mar\ni/2.jpg,6-10\n", "i/1.jpg 5-Mar; i/2.jpg 6-10", nil,
		[]string{"look like dates"}, ""},
	{"true and TRUE", "two programs wrote it", "path,label\ni/1.jpg,TRUE\ni/2.jpg,True\n",
		"i/1.jpg TRUE; i/2.jpg True", nil, []string{"differ in little"}, ""},
	{"numbers", "1 and 1.0", "path,label\ni/1.jpg,1\ni/2.jpg,1.0\n", "i/1.jpg 1; i/2.jpg 1.0", nil,
		[]string{"differ in little"}, ""},
	{"blank lines", "and empty cells below the table", "path,label\n\ni/1.jpg,cat\n,\n;;\n", "i/1.jpg cat",
		[]string{"line 5: no label"}, nil, ""},
	{"comments", "above the table", "# photos of 2024\n#\npath,label\ni/1.jpg,cat\n", "i/1.jpg cat", nil, nil, ""},
	{"line numbers", "count what stands above", "# one\n\npath,label\ni/1.jpg,cat\ni/9.jpg,cat\n", "i/1.jpg cat",
		[]string{"line 5: no such file"}, nil, ""},
	{"comma in a label", "without quotes", "path,label\ni/1.jpg,cat, big\n", "",
		[]string{"line 2: has 3 fields, where the first line has 2"}, nil, ""},
	{"folds", "numbers are no sides", "path,label,fold\ni/1.jpg,cat,0\ni/2.jpg,dog,1\n", "i/1.jpg cat; i/2.jpg dog",
		nil, []string{`"fold" is not used`}, ""},
	{"half a split", "some values are no sides", "path,label,split\ni/1.jpg,cat,train\ni/2.jpg,dog,maybe\n",
		"i/1.jpg cat train; i/2.jpg dog", nil, []string{`its values "maybe" are none`}, ""},
	{"web", "photos must be here", "url,label\nhttps://example.org/1.jpg,cat\n", "", []string{"download the photo"},
		[]string{`"url" names`}, ""},
	{"outside", "is not read", "path,label\n/etc/passwd,cat\n", "", []string{"IngestOptions.Photos"}, nil, ""},
	{"typing error", "the closest column is named", "path,lable,age\ni/1.jpg,cat,9\n", "", nil, nil,
		`("lable" is close to "label")`},
	{"no label column", "what there is, and what to do", "path,width,height\ni/1.jpg,7,9\n", "", nil, nil,
		"IngestOptions.Columns.Label"},
	{"two label columns", "that say different things", "path,species,breed\ni/1.jpg,cat,siam\ni/2.jpg,cat,manx\n", "",
		nil, nil, "IngestOptions.Columns.Label"},
	{"three columns without names", "which is the label?", "i/1.jpg,cat,siam\n", "", nil, nil, "not plain which"},
	{"caffe", "a text list: photo, blank, number", "i/1.jpg 0\ni/2.jpg 1\n", "i/1.jpg 0; i/2.jpg 1", nil,
		[]string{"names no columns: column 1 is read as the path"}, ""},
	{"list with words", "the label may have blanks, and so may the photo's name",
		"i/1.jpg  big cat\r\n\r\nj/only.JPG dog\r\n", "i/1.jpg big cat; j/only.JPG dog", nil,
		[]string{"names no columns"}, ""},
	{"paths only", "says no labels", "i/1.jpg\ni/2.jpg\n", "", nil, nil, "without labels"},
	{"json lines", "Hugging Face's metadata.jsonl",
		"{\"file_name\": \"i/1.jpg\", \"label\": \"cat\", \"w\": 3}\n{\"file_name\": \"i/2.jpg\", \"label\": 7}\n",
		"i/1.jpg cat; i/2.jpg 7", nil, []string{`"file_name" names the photo and "label" its label`}, ""},
	{"json list", "what a program dumps",
		`[{"image": "i/1.jpg", "label": "cat"}, {"image": "i/2.jpg", "label": ["dog"]}]`,
		"i/1.jpg cat; i/2.jpg [\"dog\"]", nil, []string{`"image" names`}, ""},
	{"json map", "from photos to labels", `{"i/1.jpg": "cat", "i/2.jpg": "dog"}`, "i/1.jpg cat; i/2.jpg dog",
		nil, nil, ""},
	{"coco", "one category a photo, as competitions have it; of two, nobody knows which",
		`{"images": [{"id": 1, "file_name": "i/1.jpg"}, {"id": 2, "file_name": "i/2.jpg"}, {"id": 3, "file_name": "top.png"}],
		"annotations": [{"image_id": 1, "category_id": 5}, {"image_id": 1, "category_id": 5}, {"image_id": 2, "category_id": 5}, {"image_id": 2, "category_id": 6}],
		"categories": [{"id": 5, "name": "cat"}, {"id": 6, "name": "dog"}]}`,
		"i/1.jpg cat", []string{`entry 2: has the labels "cat", "dog": a photo has one label here`,
			"entry 3: no label"}, []string{"1 with several are left out"}, ""},
	{"german", "Excel's file, in Windows-1252",
		"Dateiname;Klasse;Gr\xf6\xdfe\r\ni/1.jpg;\xc4pfel;1,5\r\ni/2.jpg;Birnen;2,5\r\n",
		"i/1.jpg Äpfel; i/2.jpg Birnen", nil,
		[]string{`"Dateiname" names the photo and "Klasse" its label; not used: "Größe"`}, ""},
	{"japanese", "Excel's file, in Shift-JIS",
		"\x83t\x83@\x83C\x83\x8b\x96\xbc,\x83\x89\x83x\x83\x8b\ni/1.jpg,\x94L\ni/2.jpg,\x8c\xa2\n",
		"i/1.jpg 猫; i/2.jpg 犬", nil,
		[]string{"Shift-JIS", `"ファイル名" names the photo and "ラベル"`}, ""},
	{"pandas by columns", "to_json", `{"path": {"0": "i/1.jpg", "1": "i/2.jpg"}, "label": {"0": "cat", "1": "dog"}}`,
		"i/1.jpg cat; i/2.jpg dog", nil, nil, ""},
	{"pandas in parts", "to_json(orient='split')",
		`{"columns": ["path", "label"], "index": [0], "data": [["i/1.jpg", "cat"], ["i/2.jpg", "dog"]]}`,
		"i/1.jpg cat; i/2.jpg dog", nil, nil, ""},
	{"other json", "no photos in it", `{"version": 3, "tags": ["a"]}`, "", nil, nil, "line 1 must name the columns"},
	{"python lists", "pandas writes a column of lists so",
		"path,label\ni/1.jpg,\"['cat']\"\ni/2.jpg,\"['cat', 'dog']\"\ntop.png,[]\n", "i/1.jpg cat",
		[]string{`has the labels "cat", "dog"`, "no label"}, []string{"such as ['cat']"}, ""},
	{"brackets in a name", "one label is no list", "path,label\ni/1.jpg,[b]\ni/2.jpg,cat\n",
		"i/1.jpg [b]; i/2.jpg cat", nil, nil, ""},
	{"bars", "several labels of one photo", "path,label\ni/1.jpg,scratch|dent\ni/2.jpg,dent\n",
		"i/1.jpg scratch|dent; i/2.jpg dent", nil, []string{`"scratch|dent" (1 photo) look like several labels`}, ""},
	{"semicolons", "in a comma file", "path,label\ni/1.jpg,a;b\ni/2.jpg,a;c\n", "i/1.jpg a;b; i/2.jpg a;c", nil,
		[]string{"look like several labels"}, ""},
	{"blanks in labels", "plant pathology",
		"path,label\ni/1.jpg,scab rust\ni/2.jpg,rust\ntop.png,scab\nj/1.jpg,rust scab\n",
		"i/1.jpg scab rust; i/2.jpg rust; top.png scab; j/1.jpg rust scab", nil,
		[]string{`"rust scab" (2 photos) look like`}, ""},
	{"two words", "a name with a blank is one label",
		"path,label\ni/1.jpg,long shirt\ni/2.jpg,short shirt\ntop.png,T-shirt/top\n",
		"i/1.jpg long shirt; i/2.jpg short shirt; top.png T-shirt/top", nil, nil, ""},
	{"label studio", "uploads have eight signs before their name",
		"image,choice\n/data/upload/1/ab12cd34-2.jpg,cat\n/data/upload/1/0123abcd-only.JPG,dog\n",
		"i/2.jpg cat; j/only.JPG dog", nil, []string{"2 photos found by name in i, j", `such as "/data/upload/1/ab12cd34-2.jpg" for "i/2.jpg"`}, ""},
	{"label studio's folder", "photos that its server read there",
		"image,choice\n/data/local-files/?d=i/1.jpg,cat\n/data/local-files/?d=i%2F2.jpg,dog\n", "i/1.jpg cat; i/2.jpg dog",
		nil, []string{`"image" names`}, ""},
	{"escapes", "as in an address", "path,label\n%69/2.jpg,cat\n", "i/2.jpg cat", nil, nil, ""},
	{"folders of another machine", "only the name is the same",
		"path,label\n/mnt/blue/2.jpg,cat\n/mnt/red/only.JPG,dog\n/mnt/red/1.jpg,dog\n", "i/2.jpg cat; j/only.JPG dog",
		[]string{"and nothing there has its last parts"}, []string{"2 photos found by name in i, j"}, ""},
	{"one name in two folders", "nobody knows which one is here",
		"path,label\n/mnt/blue/2.jpg,cat\n/mnt/red/2.jpg,dog\n", "",
		[]string{"nothing there has its last parts", "nothing there"}, nil, ""},
	{"a photo that is gone", "one of another folder is not it", "path,label\n/mnt/j/2.jpg,cat\ni/only.JPG,dog\n", "",
		[]string{"nothing there has its last parts", "no such file"}, nil, ""},
	{"another ending", "the file is named", "path,label\ni/2.png,cat\ntop.jpg,dog\n", "",
		[]string{`is "i/2.jpg" meant?`, `is "top.png" meant?`}, nil, ""},
	{"open quote", "the line is named", "path,label\ni/1.jpg,cat\n\"i/2.jpg,dog\n", "", nil, nil, "line 3"},
	{"empty", "no table", "\n\n", "", nil, nil, "the file is empty"},
}

// wide is a text in UTF-16, little end first, with a byte order mark.
func wide(text string) string {
	out := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return string(out)
}

func TestCSVs(t *testing.T) {
	for _, tt := range csvs {
		t.Run(tt.name, func(t *testing.T) {
			root, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []string{"i/1.jpg", "i/2.jpg", "i/003.jpg", "i/cafe\u0301.jpg", "j/1.jpg", "j/only.JPG",
				"top.png"} {
				phototest.Put(t, root, f, nil)
			}
			l, err := list(t.Context(), phototest.Put(t, root, "mine.csv",
				[]byte(strings.ReplaceAll(tt.csv, "ROOT", root))), Reading{})
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%s: error %v, want %q", tt.reason, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkCSV(t, l, tt.reason, tt.want, tt.quarantined, tt.notes)
		})
	}
}

func checkCSV(t *testing.T, l *listing, reason, want string, quarantined, notes []string) {
	t.Helper()
	var got, reasons []string
	for _, e := range l.entries {
		got = append(got, strings.Join(strings.Fields(fmt.Sprint(e.path, " ", e.class, " ", e.split, " ", e.group)), " "))
	}
	for _, r := range l.rejected {
		reasons = append(reasons, r.Reason)
	}
	if s := strings.Join(got, "; "); s != want {
		t.Errorf("%s: got %q, want %q; quarantined %q", reason, s, want, reasons)
	}
	if len(reasons) != len(quarantined) {
		t.Errorf("quarantined %q, want %q", reasons, quarantined)
	}
	for i := range min(len(reasons), len(quarantined)) {
		if !strings.Contains(reasons[i], quarantined[i]) {
			t.Errorf("quarantined with %q, want %q", reasons[i], quarantined[i])
		}
	}
	told := slices.DeleteFunc(slices.Clone(l.notes), func(n string) bool {
		return notes == nil && strings.Contains(n, "not listed in the CSV")
	})
	all := strings.Join(told, "\n")
	for _, n := range notes {
		if !strings.Contains(all, n) {
			t.Errorf("no note has %q:\n%s", n, all)
		}
	}
	if notes == nil && all != "" {
		t.Errorf("%s: notes\n%s", reason, all)
	}
}

// TestCSVColumns: what the messages offer does what they say.
func TestCSVColumns(t *testing.T) {
	root := t.TempDir()
	for _, f := range []string{"photos/1.jpg", "photos/2.jpg"} {
		phototest.Put(t, root, f, nil)
	}
	file := phototest.Put(t, root, "lists/mine.csv",
		[]byte("what,where,patient,side\ncat,1.jpg,p1,dev\ndog,2.jpg,p2,train\n"))
	o := Reading{Photos: filepath.Join(root, "photos"), Columns: labelcsv.Columns{Path: "where", Label: "what",
		Group: "patient", Split: "Side"}}
	l, err := list(t.Context(), file, o)
	if err != nil {
		t.Fatal(err)
	}
	checkCSV(t, l, "all named", "1.jpg cat val p1; 2.jpg dog train p2", nil, []string{"train 1, val 1"})
	o.Columns.Label = "whit"
	if _, err := list(t.Context(), file, o); err == nil || !strings.Contains(err.Error(), `"what" is close`) {
		t.Errorf("a column that is not there: %v", err)
	}
	o.Photos = file
	o.Columns.Label = "what"
	if _, err := list(t.Context(), file, o); err == nil || !strings.Contains(err.Error(), "not a folder") {
		t.Errorf("IngestOptions.Photos names a file: %v", err)
	}
}

// TestCSVOutside: a CSV file that does not lie above its photos is told how to find them.
func TestCSVOutside(t *testing.T) {
	for _, tt := range []struct{ reason, path, photos, want, quarantined string }{
		{"the photos' folder can be named", "../images/1.jpg", "", "",
			"leads out of the CSV's folder: move the CSV file above the photos, or name their folder with " +
				"IngestOptions.Photos"},
		{"and is found then, though the path leads out of it", "../images/1.jpg", "images", "1.jpg cat", ""},
		{"so may a folder above it", "../images/1.jpg", ".", "images/1.jpg cat", ""},
		{"a name alone", "1.jpg", "", "", "no photo lies below the CSV's folder: move"},
		{"a folder that is elsewhere", "images/1.jpg", "", "", "no photo lies below the CSV's folder: move"},
	} {
		root := t.TempDir()
		phototest.Put(t, root, "images/1.jpg", nil)
		file := phototest.Put(t, root, "labels/mine.csv", []byte("path,label\n"+tt.path+",cat\n"))
		var o Reading
		if tt.photos != "" {
			o.Photos = filepath.Join(root, tt.photos)
		}
		l, err := list(t.Context(), file, o)
		if err != nil {
			t.Fatal(err)
		}
		var quarantined []string
		if tt.quarantined != "" {
			quarantined = []string{tt.quarantined}
		}
		checkCSV(t, l, tt.reason, tt.want, quarantined, []string{})
	}
}

// TestCSVBesidePhotos: a folder without class folders is labelled by the one CSV file in it that
// names its photos.
func TestCSVBesidePhotos(t *testing.T) {
	const train = "id,breed\n1,cat\n2,dog\n"
	tests := []struct {
		name, reason string
		files        map[string]string
		want, note   string
		kind         string
	}{
		{"competition", "the photo of the train folder is meant", map[string]string{"train.csv": train,
			"test.csv": "id\n1\n", "sample_submission.csv": "id,breed\n1,cat\n",
			"train/1.jpg": "", "train/2.jpg": "", "test/1.jpg": ""}, "train/1.jpg cat; train/2.jpg dog",
			"the labels are read from train.csv", SourceCSV},
		{"archive", "the CSV lies in the wrapper", map[string]string{"archive/train.csv": train,
			"archive/images/1.jpg": "", "archive/images/2.jpg": ""},
			"images/1.jpg cat; images/2.jpg dog", "archive/train.csv", SourceCSV},
		{"a list for each side", "as AutoGluon and Kaggle keep them",
			map[string]string{"train.csv": "image,label\n1.jpg,cat\n", "valid.csv": "image,label\n2.jpg,dog\n",
				"test.csv":     "image,label\n3.jpg,dog\n",
				"images/1.jpg": "", "images/2.jpg": "", "images/3.jpg": "", "images/4.jpg": ""},
			"images/3.jpg dog test; images/1.jpg cat train; images/2.jpg dog val", "left out 1 file: not listed", SourceCSV},
		{"metadata", "in each side's folder, as Hugging Face keeps them",
			map[string]string{"train/metadata.csv": "file_name,label\n1.jpg,cat\n",
				"test/metadata.csv": "file_name,label\n1.jpg,dog\n",
				"train/1.jpg":       "", "test/1.jpg": ""}, "test/1.jpg dog test; train/1.jpg cat train",
			"test/metadata.csv is read as the test side", SourceCSV},
		{"one photo on two sides", "would be a leak",
			map[string]string{"train.csv": "image,label\n1.jpg,cat\n2.jpg,dog\n",
				"test.csv": "image,label\n1.jpg,cat\n", "1.jpg": "", "2.jpg": ""},
			"1.jpg cat test; 2.jpg dog train", "train.csv is read as the train side", SourceCSV},
		{"two lists", "none is right without a word", map[string]string{"a.csv": train, "b.csv": train, "1.jpg": "",
			"2.jpg": ""}, "1.jpg; 2.jpg", "a.csv and b.csv", SourceUnlabeled},
		{"drivendata", "features are no labels", map[string]string{"train_labels.csv": "id,deer,hog\na,1,0\nb,0,1\n",
			"train_features.csv":    "filepath,site\ntrain_features/a.jpg,S1\ntrain_features/b.jpg,S2\n",
			"test_features.csv":     "filepath,site\ntest_features/c.jpg,S1\n",
			"submission_format.csv": "id,deer,hog\nc,0,1\n", "train_features/a.jpg": "", "train_features/b.jpg": "",
			"test_features/c.jpg": ""}, "train_features/a.jpg deer; train_features/b.jpg hog",
			"test_features.csv is not used: no column is called like a label", SourceCSV},
		{"sample submission", "by a short name",
			map[string]string{"train.csv": train, "sample_sub.csv": "id,breed\n3,cat\n",
				"train/1.jpg": "", "train/2.jpg": "", "test/3.jpg": ""}, "train/1.jpg cat; train/2.jpg dog",
			"the labels are read from train.csv", SourceCSV},
		{"a number for each photo", "a width is no label",
			map[string]string{"train.csv": "filename,width,label\n1.jpg,9,cat\n",
				"test.csv": "filename,width\n2.jpg,9\n", "1.jpg": "", "2.jpg": ""}, "1.jpg cat",
			"the labels are read from train.csv", SourceCSV},
		{"a number of another name", "is no label in a test",
			map[string]string{"train.csv": "filename,age,label\n1.jpg,9,cat\n",
				"test.csv": "filename,age\n2.jpg,9\n", "1.jpg": "", "2.jpg": ""}, "1.jpg cat",
			"test.csv is not used: no column is called like a label", SourceCSV},
		{"a test without answers", "0 is in the place of each",
			map[string]string{"train.csv": "filename,label\n1.jpg,cat\n2.jpg,dog\n",
				"test.csv": "filename,label\n3.jpg,0\n4.jpg,0\n", "1.jpg": "", "2.jpg": "", "3.jpg": "", "4.jpg": ""},
			"1.jpg cat; 2.jpg dog", `test.csv is not used: none of its labels, such as "0"`, SourceCSV},
		{"labels of another name", "the same in both lists",
			map[string]string{"train.csv": "filename,colour\n1.jpg,red\n",
				"test.csv": "filename,colour\n2.jpg,red\n", "1.jpg": "", "2.jpg": ""}, "2.jpg red test; 1.jpg red train",
			"test.csv is read as the test side", SourceCSV},
		{"other photos", "the training list decides",
			map[string]string{"train.csv": train, "extra.csv": "id,breed\n3,cat\n",
				"i/1.jpg": "", "i/2.jpg": "", "i/3.jpg": ""}, "i/1.jpg cat; i/2.jpg dog",
			"extra.csv is not used: it lists 1 photo that train.csv does not", SourceCSV},
		{"mxnet", "a name and then the side", map[string]string{"birds_train.lst": "4\t1.0\ti/1.jpg\n2\t0.0\ti/2.jpg\n",
			"birds_val.lst": "1\t1.0\ti/3.jpg\n0\t0.0\ti/4.jpg\n", "i/1.jpg": "", "i/2.jpg": "", "i/3.jpg": "", "i/4.jpg": ""},
			"i/1.jpg 1.0 train; i/2.jpg 0.0 train; i/3.jpg 1.0 val; i/4.jpg 0.0 val",
			"birds_val.lst is read as the val side", SourceCSV},
		{"a test with one label", "it may be none", map[string]string{"train.csv": "id,label\n1,0\n2,1\n",
			"test.csv": "id,label\n3,0\n4,0\n", "1.jpg": "", "2.jpg": "", "3.jpg": "", "4.jpg": ""},
			"3.jpg 0 test; 4.jpg 0 test; 1.jpg 0 train; 2.jpg 1 train", `each photo of test.csv has the label "0"`, SourceCSV},
		{"retinopathy", "the side is in one word with what the list holds", map[string]string{
			"trainLabels.csv": "image,level\n1,0\n2,1\n", "testLabels.csv": "image,level\n3,0\n",
			"1.jpg": "", "2.jpg": "", "3.jpg": ""}, "3.jpg 0 test; 1.jpg 0 train; 2.jpg 1 train",
			"trainLabels.csv is read as the train side", SourceCSV},
		{"classes win", "folders say it already", map[string]string{"train.csv": train, "cat/1.jpg": "",
			"dog/2.jpg": ""}, "cat/1.jpg cat; dog/2.jpg dog", ".csv 1", SourceClasses},
		{"a labels.csv for some", "the others are told, and where labels are from",
			map[string]string{"labels.csv": "path,label\ncat/1.jpg,cat\n", "cat/1.jpg": "", "cat/2.jpg": "", "dog/3.jpg": "",
				"dog/4.jpg": ""}, "cat/1.jpg cat", "left out 3 files: not listed in the CSV file", SourceCSV},
		{"a labels.csv in class folders", "where labels are from is told",
			map[string]string{"labels.csv": "path,label\ncat/1.jpg,dog\ndog/2.jpg,dog\n", "cat/1.jpg": "", "dog/2.jpg": ""},
			"cat/1.jpg dog; dog/2.jpg dog", "labels are read from labels.csv, not from the folders", SourceCSV},
		{"names of classes", "a labels.csv that lists no photos",
			map[string]string{"labels.csv": "id,name\n0,cat\n1,dog\n", "cat/1.jpg": "", "dog/2.jpg": ""},
			"cat/1.jpg cat; dog/2.jpg dog", "of 2 photos, it names 1", SourceClasses},
	}
	for _, tt := range tests {
		root := t.TempDir()
		for name, data := range tt.files {
			phototest.Put(t, root, name, []byte(data))
		}
		l, err := list(t.Context(), root, Reading{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range l.entries {
			got = append(got, strings.TrimSpace(e.path+" "+e.class+" "+e.split))
		}
		if s := strings.Join(got, "; "); s != tt.want || l.kind != tt.kind ||
			!strings.Contains(strings.Join(l.notes, "\n"), tt.note) {
			t.Errorf("%s (%s): %s %q, want %q; notes %q", tt.name, tt.reason, l.kind, s, tt.want, l.notes)
		}
	}
}

func TestCSVSizeIsBounded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huge.csv")
	if err := os.WriteFile(file, []byte("path,label\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 300<<20); err != nil { // a hole, which takes no room
		t.Fatal(err)
	}
	if _, err := list(t.Context(), file, Reading{}); err == nil || !strings.Contains(err.Error(), "larger than 256 MB") {
		t.Errorf("error %v", err)
	}
}
