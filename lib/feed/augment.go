package feed

import (
	"errors"
	"image"
	"math/rand/v2"
	"slices"

	"imagelab/lib/photo"

	"github.com/disintegration/imaging"
)

// Augment says how training views differ from the photo. The zero value changes nothing.
type Augment struct {
	MinScale float64 `json:"crop"`     // random resized crop: least side, share of the photo's side in (0,1]; 0: none
	Flip     bool    `json:"flip"`     // left-right, in every other view
	FlipV    bool    `json:"flip_v"`   // top-bottom, in every other view
	Rotate90 bool    `json:"rotate90"` // by quarter turns, in turn; for photos without an up
	Color    float64 `json:"color"`    // brightness, contrast and saturation vary by up to this share
	// probability that a rectangle of 2 to 20 % of the area is greyed (Zhong et al. 2020)
	Erase float64 `json:"erase"`
}

// Validate reports values outside their ranges.
func (a Augment) Validate() error {
	for _, share := range []float64{a.MinScale, a.Color, a.Erase} {
		if !(share >= 0 && share <= 1) { // nor is a number that is none
			return errors.New("feed: crop, color and erase must lie in [0,1]")
		}
	}
	return nil
}

// View holds the random choices for one photo in one epoch, without pixels. [Pixels.Render] renders
// it here; training may render it on the device that holds the pixels.
type View struct {
	// the square of the packed photo that is seen, pixels of it; it is resized to the view's size
	Left, Top, Side int
	Jitter          Jitter          // then its colours change,
	Dihedral        Dihedral        // then it is flipped and rotated,
	Erased          image.Rectangle // and this part of the result is greyed
}

// Jitter is a change of colours, in percent of [-100, 100]; at zero each leaves the photo as it is.
type Jitter struct{ Brightness, Contrast, Saturation float64 }

// Centre is the plain view of size pixels: the centre square, as it is.
func (p *Pixels) Centre(size int) View {
	offset := (p.Side - size) / 2
	return View{Left: offset, Top: offset, Side: size}
}

// Draw draws the view of image i in an epoch. It depends on (seed, epoch, i) alone.
func (p *Pixels) Draw(i, size int, a Augment, seed uint64, epoch int) View {
	r := rand.New(rand.NewPCG(seed, uint64(epoch)<<32|uint64(i)))
	v := p.Centre(size)
	if a.MinScale > 0 {
		v.Side = max(1, int(float64(p.Side)*(a.MinScale+r.Float64()*(1-a.MinScale))))
		v.Left, v.Top = r.IntN(p.Side-v.Side+1), r.IntN(p.Side-v.Side+1)
	}
	if a.Color > 0 {
		percent := func() float64 { return 100 * a.Color * (2*r.Float64() - 1) }
		v.Jitter.Brightness = percent() / 2
		v.Jitter.Contrast = percent()
		v.Jitter.Saturation = percent()
	}
	v.Dihedral = a.orientation(seed, i, epoch)
	if a.Erase > 0 && r.Float64() < a.Erase {
		v.Erased = rectangle(size, r)
	}
	return v
}

// rectangle draws one of 2 to 20 % of the area of a view.
func rectangle(size int, r *rand.Rand) image.Rectangle {
	h := int((0.15 + 0.3*r.Float64()) * float64(size))
	w := int((0.15 + 0.3*r.Float64()) * float64(size))
	top, left := r.IntN(size-h+1), r.IntN(size-w+1)
	return image.Rect(left, top, left+w, top+h)
}

// View writes an augmented view of image i to dst, `[size, size, 3]`. It depends on (seed, epoch,
// i) alone.
func (p *Pixels) View(dst []byte, i, size int, a Augment, seed uint64, epoch int) {
	p.Render(dst, i, size, p.Draw(i, size, a, seed, epoch))
}

// Render writes what v shows of image i to dst, `[size, size, 3]`.
func (p *Pixels) Render(dst []byte, i, size int, v View) {
	img := p.image(i).SubImage(image.Rect(v.Left, v.Top, v.Left+v.Side, v.Top+v.Side)).(*image.NRGBA)
	if v.Side != size {
		img = photo.Resize(img, size, size)
	}
	if v.Jitter != (Jitter{}) {
		img = v.Jitter.apply(img)
	}
	crop(dst, img, 0, 0, size)
	if v.Dihedral != (Dihedral{}) {
		v.Dihedral.apply(dst, slices.Clone(dst), size)
	}
	erase(dst, size, v.Erased)
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

func (j Jitter) apply(img *image.NRGBA) *image.NRGBA {
	img = imaging.AdjustBrightness(img, j.Brightness)
	img = imaging.AdjustContrast(img, j.Contrast)
	return imaging.AdjustSaturation(img, j.Saturation)
}

// Grey is the level of erased pixels.
const Grey = 127

func erase(dst []byte, size int, part image.Rectangle) {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		row := dst[(y*size+part.Min.X)*3 : (y*size+part.Max.X)*3]
		for i := range row {
			row[i] = Grey
		}
	}
}
