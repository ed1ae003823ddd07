package lookalike

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"github.com/disintegration/imaging"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"

	"imagelab/lib/photo"
)

// Change is one thing that happens to photos on their way, in the strength that Name says.
type Change struct {
	Kind string // such as "crop"
	Name string // such as "crop 80 %", unique
	Ext  string // of the file that comes of it, with a dot

	quality int // of the JPEG file
	make    func(img *image.NRGBA) image.Image
}

// File is the changed photo as a file with the extension Ext.
func (c Change) File(img *image.NRGBA) ([]byte, error) {
	var b bytes.Buffer
	changed := c.make(img)
	encode := map[string]func(io.Writer, image.Image) error{
		".png": png.Encode, ".bmp": bmp.Encode,
		".jpg":  func(w io.Writer, m image.Image) error { return jpeg.Encode(w, m, &jpeg.Options{Quality: c.quality}) },
		".gif":  func(w io.Writer, m image.Image) error { return gif.Encode(w, m, nil) },
		".tiff": func(w io.Writer, m image.Image) error { return tiff.Encode(w, m, nil) },
	}[c.Ext]
	if err := encode(&b, changed); err != nil {
		return nil, fmt.Errorf("lookalike: %s: %w", c.Name, err)
	}
	return b.Bytes(), nil
}

// Changes are kinds of copies in several strengths, for measuring which of them are found. Photos
// that are not only encoded anew are JPEG files of quality 90.
func Changes() []Change {
	var all []Change
	add := func(kind, name string, make func(img *image.NRGBA) image.Image) {
		all = append(all, Change{kind, name, ".jpg", 90, make})
	}
	for _, q := range []int{10, 30, 50, 70, 80, 95} {
		all = append(all, Change{"JPEG", fmt.Sprintf("JPEG quality %d", q), ".jpg", q, same})
	}
	for _, ext := range []string{".png", ".gif", ".bmp", ".tiff"} {
		all = append(all, Change{"format", "format " + ext[1:], ext, 0, same})
	}
	for _, percent := range []int{10, 25, 50, 75} {
		add("resize", fmt.Sprintf("resize to %d %%", percent),
			func(img *image.NRGBA) image.Image { return scaled(img, percent) })
	}
	for _, percent := range []int{95, 90, 80, 70, 60} {
		add("crop", fmt.Sprintf("crop to %d %%", percent), func(img *image.NRGBA) image.Image {
			return imaging.CropAnchor(img, img.Rect.Dx()*percent/100, img.Rect.Dy()*percent/100, imaging.TopLeft)
		})
	}
	add("flip", "mirrored", func(img *image.NRGBA) image.Image { return imaging.FlipH(img) })
	add("flip", "upside down", func(img *image.NRGBA) image.Image { return imaging.FlipV(img) })
	add("quarter turn", "turned by 90 degrees", func(img *image.NRGBA) image.Image { return imaging.Rotate90(img) })
	add("quarter turn", "turned by 180 degrees", func(img *image.NRGBA) image.Image { return imaging.Rotate180(img) })
	add("quarter turn", "turned by 270 degrees", func(img *image.NRGBA) image.Image { return imaging.Rotate270(img) })
	for _, degrees := range []float64{2, 5, 10} {
		add("rotation", fmt.Sprintf("rotated by %g degrees", degrees), func(img *image.NRGBA) image.Image {
			return imaging.Rotate(img, degrees, color.White)
		})
	}
	add("brightness", "darker, gamma 0.7", func(img *image.NRGBA) image.Image { return imaging.AdjustGamma(img, 0.7) })
	add("brightness", "brighter, gamma 1.3", func(img *image.NRGBA) image.Image { return imaging.AdjustGamma(img, 1.3) })
	add("grey", "grey", func(img *image.NRGBA) image.Image { return imaging.Grayscale(img) })
	add("overlay", "a caption across", caption)
	add("border", "border of 5 %", border)
	add("screenshot", "screenshot", screenshot)
	return all
}

func scaled(img *image.NRGBA, percent int) image.Image {
	return photo.Resize(img, max(1, img.Rect.Dx()*percent/100), max(1, img.Rect.Dy()*percent/100))
}

// border puts a black frame around the photo.
func border(img *image.NRGBA) image.Image {
	rim := max(img.Rect.Dx(), img.Rect.Dy()) / 20
	return framed(img, image.Rect(0, 0, img.Rect.Dx()+2*rim, img.Rect.Dy()+2*rim), image.Pt(rim, rim), color.Black)
}

// screenshot shows the photo at 85 % of its width on a light page, below a dark bar and above a
// line as of text.
func screenshot(img *image.NRGBA) image.Image {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	small := imaging.Resize(img, w*85/100, 0, imaging.Lanczos)
	page := image.Rect(0, 0, w, small.Rect.Dy()+h/5)
	out := framed(small, page, image.Pt((w-small.Rect.Dx())/2, h/8), color.NRGBA{245, 245, 245, 255})
	draw.Draw(out, image.Rect(0, 0, w, h/16), image.NewUniform(color.NRGBA{40, 50, 70, 255}), image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(w/10, page.Max.Y-h/20, w*6/10, page.Max.Y-h/30), image.NewUniform(color.Gray{90}),
		image.Point{}, draw.Src)
	return out
}

func framed(img *image.NRGBA, page image.Rectangle, at image.Point, around color.Color) *image.NRGBA {
	out := image.NewNRGBA(page)
	draw.Draw(out, page, image.NewUniform(around), image.Point{}, draw.Src)
	draw.Draw(out, img.Rect.Sub(img.Rect.Min).Add(at), img, img.Rect.Min, draw.Src)
	return out
}
