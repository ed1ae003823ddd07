package dataset

import (
	"bytes"
	"image"
	"image/jpeg"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"

	"imagelab/lib/photo"
)

// downsizes reports whether a smaller copy is made. Photos with 16 bits a sample get none, because
// a copy has only 8.
func (r reader) downsizes(im Image) bool {
	return r.maxPixels > 0 && im.Width*im.Height > r.maxPixels && !im.Has(photo.FlagDeep)
}

// downsizedName is the path of a photo's smaller copy, relative to the dataset folder.
func downsizedName(sum string) string { return path.Join(downsizedFolder, sum[:2], sum+".jpg") }

const downsizedFolder = "downsized"

// longestJPEG is the longest side that a JPEG can have, pixels.
const longestJPEG = 1<<16 - 1

// writeDownsized saves img with at most maxPixels as JPEG of quality 95 and returns the file's
// sha256. The resize to a network's input comes later.
func writeDownsized(file string, img *image.NRGBA, maxPixels int) (sum string, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", writeError(file, err)
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	scale := min(math.Sqrt(float64(maxPixels)/(float64(w)*float64(h))), longestJPEG/float64(max(w, h)))
	w2, h2 := max(1, int(float64(w)*scale)), max(1, int(float64(h)*scale))
	h2 = max(1, min(h2, maxPixels/w2)) // matters for strips a pixel or two wide
	w2 = max(1, min(w2, maxPixels/h2))
	var data bytes.Buffer
	if err := jpeg.Encode(&data, photo.ResizeCopy(img, w2, h2), &jpeg.Options{Quality: 95}); err != nil {
		return "", writeError(file, err)
	}
	return sumHex(data.Bytes()), WriteFile(file, func(out io.Writer) error {
		_, err := out.Write(data.Bytes())
		return err
	})
}

// intact reports whether the downsized copy that im names is the one that was written.
func (r reader) intact(im Image) bool {
	data, err := photo.ReadFile(filepath.Join(r.dir, filepath.FromSlash(im.File)))
	return err == nil && sumHex(data) == im.FileSHA256
}
