// Command formats asks: are the pictures of other programs read as Pillow reads them?
//
// Settings: the files that make.py writes with Pillow, ImageMagick, libjpeg-turbo, libtiff,
// libwebp, gifsicle and tifffile, with their rarer options: colour models, samplings, depths,
// compressions. For each the mean difference to Pillow's picture, over all pixels and colours, of
// 255; or why the file is refused.
//
//	python3 experiments/formats/make.py FOLDER && go run ./experiments/formats -files FOLDER
//
// Result (2 cores of an Intel Xeon, 2026-11-26, commit 95a1cf6; formats.csv; Pillow 13.0,
// ImageMagick 6.9.11, libjpeg-turbo 2.1.5, libtiff 4.5.0, libwebp 1.2.4): 111 of 122 files within 1
// of 255, 107 of them within 0.1. 10 are refused by their names: JPEG with arithmetic coding or
// three pixels to a sample of colour, TIFF with Zstandard, LZMA, CCITT RLE or padded or
// two-dimensional Group3, in Lab, and of int32 or floating point, of which Pillow has no RGB
// either. One, whose two colours are sampled in different ways, is off by 1.4.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	_ "imagelab/lib/engine/malloc" // before there are threads
	"imagelab/lib/lab"
	"imagelab/lib/photo"
)

var files = "" // the folder that make.py wrote

func main() {
	lab.Main("formats", run, func(f *flag.FlagSet) {
		f.StringVar(&files, "files", files, "the folder that make.py wrote")
	})
}

func run(_ context.Context, l *lab.Lab) error {
	list, err := os.Open(filepath.Join(files, "files.csv"))
	if err != nil {
		return fmt.Errorf("%w: run `python3 experiments/formats/make.py FOLDER`, and this with -files FOLDER", err)
	}
	defer list.Close()
	rows, err := csv.NewReader(list).ReadAll()
	if err != nil {
		return err
	}
	rows[0] = append(rows[0], "mean difference of 255, or the reason")
	alike, refused := 0, 0
	for i, row := range rows[1:] {
		difference, reason, err := compare(row[0])
		if err != nil {
			return err
		}
		switch {
		case reason != "":
			refused++
		case difference <= 1:
			alike++
			reason = fmt.Sprintf("%.2f", difference)
		default:
			reason = fmt.Sprintf("%.2f", difference)
			fmt.Fprintf(l.Stdout, "%s: %s\n", row[0], reason)
		}
		rows[i+1] = append(row, reason)
	}
	fmt.Fprintf(l.Stdout, "%d of %d files within 1 of 255 of Pillow, %d refused\n", alike, len(rows)-1, refused)
	return dataset.WriteFile(filepath.Join(l.Dir, "formats.csv"), func(w io.Writer) error {
		fmt.Fprintf(w, "# %d of %d within 1 of 255 of Pillow, %d refused; by %s\n", alike, len(rows)-1, refused,
			"python3 experiments/formats/make.py FOLDER && go run ./experiments/formats -files FOLDER")
		return csv.NewWriter(w).WriteAll(rows)
	})
}

// compare returns the mean difference of a file to Pillow's picture, or the reason why it is not
// read.
func compare(name string) (difference float64, reason string, err error) {
	path := filepath.Join(files, name)
	img, _, err := photo.Decode(path)
	if err != nil {
		return 0, strings.TrimPrefix(err.Error(), "photo: decode "+path+": "), nil
	}
	f, err := os.Open(filepath.Join(files, "reference", name+".png"))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, "read, Pillow does not", nil
	}
	if err != nil {
		return 0, "", err
	}
	defer f.Close()
	want, err := png.Decode(f)
	if err != nil {
		return 0, "", err
	}
	if img.Rect != want.Bounds() {
		return 0, fmt.Sprintf("%v, and Pillow %v", img.Rect, want.Bounds()), nil
	}
	return mean(img, want), "", nil
}

func mean(a *image.NRGBA, b image.Image) float64 {
	sum := 0.0
	for y := range a.Rect.Dy() {
		for x := range a.Rect.Dx() {
			p := a.NRGBAAt(x, y)
			red, green, blue, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(p.R) - int(red>>8), int(p.G) - int(green>>8), int(p.B) - int(blue>>8)} {
				sum += float64(max(d, -d))
			}
		}
	}
	return sum / float64(3*a.Rect.Dx()*a.Rect.Dy())
}
