package labelcsv

import (
	"errors"
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
