package photo

import (
	"fmt"
	"image"
	"math"

	"imagelab/lib/internal/dhash"
)

// Fingerprint is the hash of what a photo looks like, 512 bits and some colours;
// its method Distance compares two.
type Fingerprint = dhash.Fingerprint

// Levels returns the brightness levels that a fingerprint compares: 16 rows of 17, in [0,255].
func Levels(img image.Image) ([16][17]float32, error) { return dhash.Levels(img) }

// FingerprintFile returns the fingerprint of a photo, as ingest takes it. blank says that it is
// blank or nearly so, see [FlagLowEntropy]. The errors are those of [Decode].
func FingerprintFile(path string) (f Fingerprint, blank bool, err error) {
	data, err := ReadFile(path)
	var e *Encoded
	if err == nil {
		e, err = Open(data)
	}
	if err == nil {
		e.own = true // as ingest has it
		defer e.Close()
		var img *image.NRGBA
		if img, _, err = e.decode(); err == nil {
			f, blank, err = FingerprintOf(img)
		}
	}
	if err != nil {
		return f, false, fmt.Errorf("photo: hash %s: %w", path, err)
	}
	return f, blank, nil
}

// FingerprintOf is the fingerprint of a decoded photo. All of its pixels count, whatever the
// format: a JPEG that is decoded at a smaller scale has other levels than the same photo as PNG.
// blank is as [FingerprintFile] says.
func FingerprintOf(img *image.NRGBA) (f Fingerprint, blank bool, err error) {
	if f, err = dhash.Of(img); err != nil {
		return f, false, err
	}
	return f, f.Hash.Changes() < minChanges || entropy(img) < minEntropy, nil
}

const (
	minEntropy = 1.5 // bits a pixel
	minChanges = 16
)

// entropy is the Shannon entropy of the grey levels, in bits, 0 to 8.
func entropy(img *image.NRGBA) float64 {
	var hist [256]int
	b := img.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		row := img.Pix[img.PixOffset(b.Min.X, y):][:4*b.Dx()]
		for i := 0; i < len(row); i += 4 {
			// Rec. 601 luma in integers, as image/color does it.
			hist[(19595*uint32(row[i])+38470*uint32(row[i+1])+7471*uint32(row[i+2])+1<<15)>>16]++
		}
	}
	n, sum := float64(b.Dx()*b.Dy()), 0.0
	for _, c := range hist {
		if c > 0 {
			sum -= float64(c) / n * math.Log2(float64(c)/n)
		}
	}
	return sum
}
