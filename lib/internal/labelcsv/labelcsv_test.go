package labelcsv

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/layout"
)

// FuzzRead: any bytes give rows with a label, or a reason; and notes and errors that are sentences.
func FuzzRead(f *testing.F) {
	f.Add([]byte("path,label,group\na.png,cat,1\n\"b \"\"2\"\".png\",dog\n"))
	f.Add([]byte("\xef\xbb\xbfsep=;\r\n# x\r\nimage_id;MEL;NV\r\n1;1;0\r\n2;1;1\r\n"))
	f.Add([]byte("\xff\xfep\x00a\x00t\x00h\x00,\x00l\x00a\x00b\x00e\x00l\x00\n\x00"))
	f.Add([]byte("TRAIN,a.jpg,x\nTEST,b.jpg,y\n"))
	f.Add([]byte("sep=\"\npath,label\n"))
	f.Add([]byte("{\"file_name\": \"a.png\", \"label\": [\"x\", 1]}\n{\"file_name\": 3}\n"))
	f.Add([]byte(`{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "category_id": "x"}], "categories": [{}]}`))
	f.Add([]byte("a b.png 1\nc.png  x y\n"))
	f.Add([]byte("path,label\na.png,\"['x', 'y']\"\nb.png,x|y\n"))
	f.Add([]byte("path,label,is_valid\na,1,True\nb\xe9,nan,x\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := Read(strings.NewReader(string(data)), Columns{})
		if err != nil {
			if !errors.Is(err, ErrHeader) && !strings.Contains(err.Error(), "line") && !strings.Contains(err.Error(), "column") {
				t.Errorf("an error that names neither line nor column: %v", err)
			}
			return
		}
		for _, r := range table.Rows {
			if r.Reason == "" && (r.Label == "" || strings.TrimSpace(r.Path) == "") || r.Line < 1 {
				t.Errorf("%+v", r)
			}
			if r.Side != "" && r.Side != layout.Train && r.Side != layout.Val && r.Side != layout.Test {
				t.Errorf("side %q", r.Side)
			}
		}
	})
}

// TestReadsAs: what a file says is read as it was meant. Rows are "path=label", or "path: reason".
func TestReadsAs(t *testing.T) {
	coco := func(names ...string) string {
		category, annotation := "", ""
		for i, name := range names {
			category += fmt.Sprintf(`,{"id": %d, "name": %q}`, i, name)
			annotation += fmt.Sprintf(`,{"image_id": 1, "category_id": %d}`, i)
		}
		return `{"images": [{"id": 1, "file_name": "a.png"}], "annotations": [` + annotation[1:] + `], "categories": [` +
			category[1:] + `]}`
	}
	tests := []struct{ reason, file, want string }{
		{"a sign that JSON escapes", coco("R&B"), "a.png=R&B"},
		{"a comma in a name is no second label", coco("bowl, ceramic"), "a.png=bowl, ceramic"},
		{"quotes and blanks belong to JSON, not to the label", coco(` it's "so" `), `a.png=it's "so"`},
		{"two labels are two", coco("cup", "bowl, ceramic"),
			`a.png: has the labels "cup", "bowl, ceramic": a photo has one label here`},
		{"numbers are labels too", `[{"path": "a.png", "label": [3]}, {"path": "b.png", "label": [null, "x"]}]`,
			"a.png=3 b.png=x"},
		{"a map that names a photo twice keeps both, of which one is wrong",
			`{"a.png": "x", "b.png": "x", "a.png": "y"}`, "a.png=x b.png=x a.png=y"},
		{"an empty list is no label", `[{"path": "a.png", "label": []}]`, "a.png: no label"},
		{"a list as Python writes it is no JSON", "path,label\na.png,\"['x & y']\"\nb.png,\"['x', 'y']\"\n",
			`a.png=x & y b.png: has the labels "x", "y": a photo has one label here`},

		{"the first label is a word that columns are called by", "a.jpg,photo\nb.jpg,drawing\n", "a.jpg=photo b.jpg=drawing"},
		{"the same with the label first", "image,a.jpg\npainting,b.jpg\n", "a.jpg=image b.jpg=painting"},
		{"the same with one line", "a.jpg,file\n", "a.jpg=file"},
		{"a column of a header is called by a photo", "image,like.jpg\na.jpg,yes\nb.jpg,no\n", "a.jpg=yes b.jpg=no"},
		{"and photos are called by numbers", "id,like.jpg\n1,yes\n2,no\n", "1=yes 2=no"},

		{"blanks before quotes", "path, \"label\"\na.jpg, \"red\"\nb.jpg, \"big, \"\"blue\"\"\"\n",
			`a.jpg=red b.jpg=big, "blue"`},
		{"blanks on both sides of a comma",
			"\"path\" , \"label\" \r\n\"a.jpg\" , \"red\" \r\n\"b.jpg\" , \"x , \"\"y\"\"\"",
			`a.jpg=red b.jpg=x , "y"`},

		{"MXNet's list: number, label, photo",
			"0\t1.000000\ta.jpg\n1\t0.000000\tb.jpg\n", "a.jpg=1.000000 b.jpg=0.000000"},
		{"the same, shuffled and of a part of the photos", "7\t1.0\ta.jpg\n2\t0.0\tb.jpg\n", "a.jpg=1.0 b.jpg=0.0"},
		{"pandas without a header", "0,a.jpg,red\n1,b.jpg,blue\n", "a.jpg=red b.jpg=blue"},
		{"the number of the row may stand last", "a.jpg,red,1\nb.jpg,blue,2\n", "a.jpg=red b.jpg=blue"},
		{"FiftyOne's fields",
			"filepath,tags,metadata,ground_truth.label,predictions.label\na.jpg,[],,red,blue\n", "a.jpg=red"},
		{"a field of another name", "filepath,tags,metadata,colour.label\na.jpg,[],,red\n", "a.jpg=red"},
		{"single quotes", "'a.jpg','red'\n'b.jpg','blue'\n", "a.jpg=red b.jpg=blue"},
		{"single quotes below a header", "path,label\n'a.jpg','red'\n'b.jpg','blue'\n", "a.jpg=red b.jpg=blue"},
		{"a single quote in a name", "path,label\na.jpg,'t\nb.jpg,'t Hof'\n", "a.jpg='t b.jpg='t Hof'"},
		{"blanks part the columns below a header",
			"path label\na.jpg red\n\"b c.jpg\" \"big blue\"\n", "a.jpg=red b c.jpg=big blue"},
		{"the same with pandas' index", "\"\" path label\n0 a.jpg red\n1 b.jpg blue\n", "a.jpg=red b.jpg=blue"},
		{"lines in quotes as a whole",
			"\"path,label\"\r\n\"a.jpg,red\"\r\n\"b.jpg,\"\"x, y\"\"\"\r\n", "a.jpg=red b.jpg=x, y"},
		{"of two that count, the first is the number", "0,a.jpg,0\n1,b.jpg,1\n", "a.jpg=0 b.jpg=1"},
		{"one other column is the label, though it counts", "a.jpg,0\nb.jpg,1\n", "a.jpg=0 b.jpg=1"},
	}
	for _, tt := range tests {
		table, err := Read(strings.NewReader(tt.file), Columns{})
		if err != nil {
			t.Errorf("%s: %v", tt.reason, err)
			continue
		}
		var rows []string
		for _, r := range table.Rows {
			if r.Reason != "" {
				rows = append(rows, r.Path+": "+r.Reason)
			} else {
				rows = append(rows, r.Path+"="+r.Label)
			}
		}
		if got := strings.Join(rows, " "); got != tt.want {
			t.Errorf("%s: read as %s, want %s", tt.reason, got, tt.want)
		}
	}
}

// TestMissingGroups: what programs write for a missing value is no group that photos share.
// TestComments: lines at the top that begin with # and name photos are told.
func TestComments(t *testing.T) {
	for _, c := range []struct {
		reason, file, note string
		rows               int
	}{
		{"a comment is none of a photo", "# exported on Monday, by hand\na.jpg,x\n", "", 1},
		{"photos whose names begin so", "#1.jpg,x\n#2.jpg,y\n3.jpg,x\n", `2 lines at the top, such as "#1.jpg,x"`, 1},
		{"in quotes they are no comments", "\"#1.jpg\",x\n2.jpg,y\n", "", 2},
	} {
		table, err := Read(strings.NewReader(c.file), Columns{})
		if err != nil {
			t.Errorf("%s: %v", c.reason, err)
			continue
		}
		told := slices.ContainsFunc(table.Notes, func(note string) bool { return strings.Contains(note, "as comments") })
		if len(table.Rows) != c.rows || told != (c.note != "") ||
			!strings.Contains(strings.Join(table.Notes, "\n"), c.note) {
			t.Errorf("%s: %d rows, notes %q", c.reason, len(table.Rows), table.Notes)
		}
	}
}

func TestMissingGroups(t *testing.T) {
	table, err := Read(strings.NewReader("path,label,group\na.jpg,x,nan\nb.jpg,x,NA\nc.jpg,y,None\nd.jpg,y,unknown\n"+
		"e.jpg,y,-\nf.jpg,y,?\ng.jpg,y,null\nh.jpg,y,g1\n"), Columns{})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range table.Rows {
		if want := map[string]string{"h.jpg": "g1"}[r.Path]; r.Group != want || r.Reason != "" {
			t.Errorf("%s: group %q %s, want %q", r.Path, r.Group, r.Reason, want)
		}
	}
	if notes := strings.Join(table.Notes, "\n"); !strings.Contains(notes, `"unknown" of the group column (7 rows) are`) {
		t.Errorf("notes %q", notes)
	}
}

// TestNoClasses: columns of zeros and ones that mark no class are not read as classes.
func TestNoClasses(t *testing.T) {
	for _, tt := range []struct{ reason, file string }{
		{"VIA's export counts regions", "filename,file_size,file_attributes,region_count,region_id,region_attributes\n" +
			"a.jpg,900,{},1,0,{}\nb.jpg,901,{},1,0,{}\n"},
		{"no photo has one class", "filename,red,blue,size\na.jpg,0,0,9\nb.jpg,1,1,8\n"},
	} {
		if table, err := Read(strings.NewReader(tt.file), Columns{}); !errors.Is(err, ErrHeader) ||
			!strings.Contains(err.Error(), "none says what a photo shows") {
			t.Errorf("%s: %v, %+v", tt.reason, err, table)
		}
	}
}
