package photo

import (
	"bytes"
	"errors"
	"image"
	"image/jpeg"
)

const thumbnailQuality = 74

// Thumbnail returns img as JPEG, made smaller so that neither side is above the given one, pixels.
// Smaller images keep their size. An image without pixels is an error.
func Thumbnail(img image.Image, side int) ([]byte, error) {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if w < 1 || h < 1 {
		return nil, errors.New("photo: an image without pixels has no thumbnail")
	}
	if m := max(w, h); m > side {
		img = Resize(img, max(1, w*side/m), max(1, h*side/m))
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: thumbnailQuality}); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
