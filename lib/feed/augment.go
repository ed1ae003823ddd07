package feed

import (
	"errors"
	"image"
	"math/rand/v2"
	"slices"

	"github.com/disintegration/imaging"

	"imagelab/lib/imgset"
)

// Augment says how training views differ from the photo. The zero value changes nothing.
type Augment struct {
	Crop     float64 `json:"crop"`     // smallest side of a random square crop, share of the photo's side in (0,1]; 0: none
	Flip     bool    `json:"flip"`     // left-right, in every other view
	FlipV    bool    `json:"flip_v"`   // top-bottom, in every other view
	Rotate90 bool    `json:"rotate90"` // by quarter turns, in turn; for photos without an up
	Color    float64 `json:"color"`    // brightness, contrast and saturation vary by up to this share
	Erase    float64 `json:"erase"`    // probability that a rectangle of 2 to 20 % of the area is greyed (Zhong et al. 2020)
}

// Validate reports values outside their ranges.
func (a Augment) Validate() error {
	if a.Crop < 0 || a.Crop > 1 || a.Color < 0 || a.Color > 1 || a.Erase < 0 || a.Erase > 1 {
		return errors.New("feed: crop, color and erase must lie in [0,1]")
	}
	return nil
}

// View writes an augmented view of image i to dst, `[size, size, 3]`. It depends on (seed, epoch, i) alone.
func (p *Pixels) View(dst []byte, i, size int, a Augment, seed uint64, epoch int) {
	r := rand.New(rand.NewPCG(seed, uint64(epoch)<<32|uint64(i)))
	src := p.image(i)
	side := size
	left, top := (p.Side-size)/2, (p.Side-size)/2
	if a.Crop > 0 {
		side = int(float64(p.Side) * (a.Crop + r.Float64()*(1-a.Crop)))
		left, top = r.IntN(p.Side-side+1), r.IntN(p.Side-side+1)
	}
	img := src.SubImage(image.Rect(left, top, left+side, top+side)).(*image.NRGBA)
	if side != size {
		img = imgset.Resize(img, size, size)
	}
	if a.Color > 0 {
		img = jitter(img, a.Color, r)
	}
	crop(dst, img, 0, 0, size)
	if t := a.turnOf(seed, i, epoch); t != (turn{}) {
		t.apply(dst, slices.Clone(dst), size)
	}
	if a.Erase > 0 && r.Float64() < a.Erase {
		erase(dst, size, r)
	}
}

// image copies row i into an image.
func (p *Pixels) image(i int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, p.Side, p.Side))
	row := p.Row(i)
	for n := 0; n < p.Side*p.Side; n++ {
		copy(img.Pix[4*n:4*n+3], row[3*n:3*n+3])
		img.Pix[4*n+3] = 255
	}
	return img
}

func jitter(img *image.NRGBA, amount float64, r *rand.Rand) *image.NRGBA {
	percent := func() float64 { return 100 * amount * (2*r.Float64() - 1) }
	img = imaging.AdjustBrightness(img, percent()/2)
	img = imaging.AdjustContrast(img, percent())
	return imaging.AdjustSaturation(img, percent())
}

// erase paints a rectangle of 2 to 20 % of the area grey.
func erase(dst []byte, size int, r *rand.Rand) {
	share := 0.15 + 0.3*r.Float64() // of the side
	h := int(share * float64(size))
	w := int((0.15 + 0.3*r.Float64()) * float64(size))
	top, left := r.IntN(size-h+1), r.IntN(size-w+1)
	for y := top; y < top+h; y++ {
		row := dst[(y*size+left)*3 : (y*size+left+w)*3]
		for i := range row {
			row[i] = 127
		}
	}
}
