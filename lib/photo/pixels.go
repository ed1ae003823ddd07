package photo

import (
	"image"

	"github.com/disintegration/imaging"
)

// toOpaque converts to 8-bit RGB on white, seen through w, and reports whether any pixel was not
// opaque.
func toOpaque(img image.Image, w Window) (*image.NRGBA, bool) {
	var out *image.NRGBA
	switch img := img.(type) { // without a copy where there need not be one
	case *image.YCbCr:
		return fromYCbCr(img), false
	case *image.RGBA:
		if img.Opaque() {
			return &image.NRGBA{Pix: img.Pix, Stride: img.Stride, Rect: img.Rect}, false
		}
		out = imaging.Clone(img)
	case *image.NRGBA:
		out = img
	default:
		if out = w.narrow(img); out == nil {
			out = imaging.Clone(img)
		}
	}
	alpha := false
	for i := 3; i < len(out.Pix); i += 4 {
		a := uint32(out.Pix[i])
		if a == 255 {
			continue
		}
		alpha = true
		for j := i - 3; j < i; j++ {
			out.Pix[j] = uint8((uint32(out.Pix[j])*a + 255*(255-a) + 127) / 255)
		}
		out.Pix[i] = 255
	}
	return out, alpha
}

// average shrinks an opaque image by a whole number that divides its sides.
func average(img *image.NRGBA, scale int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, img.Rect.Dx()/scale, img.Rect.Dy()/scale))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			square := image.Rect(x, y, x+1, y+1)
			square.Min, square.Max = square.Min.Mul(scale), square.Max.Mul(scale)
			mean(img, square, out.Pix[y*out.Stride+4*x:])
		}
	}
	return out
}

func mean(img *image.NRGBA, r image.Rectangle, dst []uint8) {
	var red, green, blue uint32
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := img.Pix[y*img.Stride+4*r.Min.X : y*img.Stride+4*r.Max.X]
		for i := 0; i+3 < len(row); i += 4 {
			red, green, blue = red+uint32(row[i]), green+uint32(row[i+1]), blue+uint32(row[i+2])
		}
	}
	n := uint32(r.Dx() * r.Dy())
	dst[0], dst[1], dst[2], dst[3] = uint8((red+n/2)/n), uint8((green+n/2)/n), uint8((blue+n/2)/n), 255
}
