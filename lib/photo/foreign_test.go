package photo

import (
	"bytes"
	"encoding/csv"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// seldom are the good files that are refused, and what is said of them.
var seldom = map[string]string{
	"arithmetic.jpg":         "is a JPEG with arithmetic coding, which cannot be read here: save it as",
	"sampling_3x1.jpg":       "is a JPEG of a rare kind (luma/chroma subsampling ratio)",
	"zstd.tif":               "is a TIFF with Zstandard compression",
	"lzma.tif":               "is a TIFF with LZMA compression",
	"one_bit_tiff_ccitt.tif": "is a TIFF with CCITT RLE compression",
	"group3_2d.tif":          "is a TIFF with CCITT Group 3 compression in two dimensions",
	"lab.tif":                "is a TIFF in Lab colours",
	"int32.tif":              "is a TIFF of 32 bits a sample",
}

// TestForeignFiles holds the means of files of other programs against Pillow's. That they agree
// pixel by pixel, experiments/formats measures.
func TestForeignFiles(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(testdata(t, "foreign/files.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob("testdata/foreign/*.*"); len(files) != len(rows) { // and the list itself, and its heading
		t.Errorf("%d files, %d rows", len(files)-1, len(rows)-1)
	}
	for _, row := range rows[1:] {
		name, by := row[0], row[1]
		img, _, err := Decode("testdata/foreign/" + name)
		if want, refused := seldom[name]; refused {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s (%s): error %v, want %q", name, by, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s (%s): %v", name, by, err)
			continue
		}
		for k, text := range row[2:5] {
			want, err := strconv.ParseFloat(text, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0
			for i := k; i < len(img.Pix); i += 4 {
				sum += int(img.Pix[i])
			}
			if got := float64(4*sum) / float64(len(img.Pix)); math.Abs(got-want) > 0.5 {
				t.Errorf("%s (%s): mean of colour %d is %.2f, of Pillow %.2f", name, by, k, got, want)
			}
		}
	}
}
