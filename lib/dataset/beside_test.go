package dataset

import (
	"strings"
	"testing"

	"imagelab/lib/photo/phototest"
)

// TestTableBesideFolders: a table of labels beside folders is used where these tell nothing apart,
// and told of where it says otherwise.
func TestTableBesideFolders(t *testing.T) {
	tests := []struct {
		name, reason, tree, table string
		want, note                string
	}{
		{"label studio", "an export with its upload folder", "upload/1/*4",
			"image,id,choice\n/data/upload/1/1.jpg,1,cat\n/data/upload/1/2.jpg,2,dog\n" +
				"/data/upload/1/3.jpg,3,cat\n/data/upload/1/4.jpg,4,dog\n", "cat 2, dog 2", "the labels are read from export.csv"},
		{"sites", "folders that are no classes", "north/*2 south/*2",
			"image,label\nnorth/1.jpg,cat\nnorth/2.jpg,dog\nsouth/1.jpg,cat\nsouth/2.jpg,dog\n",
			"north 2, south 2", "export.csv gives 4 photos another label"},
		{"corrected", "one label differs", "cat/*2 dog/*2",
			"image,label\ncat/1.jpg,Cat\ncat/2.jpg,dog\ndog/1.jpg,dog\ndog/2.jpg,dog\n", "cat 2, dog 2",
			"export.csv gives 1 photo another label"},
		{"the same", "nothing to tell", "cat/*2 dog/*2", "image,label\ncat/1.jpg,cat\ndog/1.jpg,dog\n", "cat 2, dog 2", ""},
		{"no labels", "another kind of table", "cat/*2 dog/*2", "date,visitors\nMonday,7\n", "cat 2, dog 2", ""},
	}
	for _, tt := range tests {
		root := t.TempDir()
		grow(t, root, tt.tree)
		phototest.Put(t, root, "export.csv", []byte(tt.table))
		l, err := list(t.Context(), root, Reading{})
		if err != nil {
			t.Fatal(err)
		}
		notes := strings.Join(l.notes, "\n")
		if got := census(l); got != tt.want || !strings.Contains(notes, tt.note) || tt.note == "" &&
			strings.Contains(notes, "export.csv gives") {
			t.Errorf("%s (%s): got %q with %q, want %q with %q", tt.name, tt.reason, got, notes, tt.want, tt.note)
		}
	}
}
