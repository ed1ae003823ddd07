package imgset

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"

	"github.com/gen2brain/jpegn"
)

// enough is by how much a JPEG that comes at a smaller scale must be larger than needed: at three times the size, a
// bicubic resize from there differs from one of the full photo by half a level of 255 on average, at twice by one.
const enough = 3

// DecodeSquare decodes a photo as [Decode] does, resizes its short side to side pixels, above 0, and writes the centre
// square to dst, RGB, `[side, side, 3]`, as [Square] does. The errors are those of Decode.
//
// JPEGs, by far the most photos, take a short cut: they are decoded at a scale of 1/2, 1/4 or 1/8 where that leaves enough
// of them, and converted from their own colour space once they are small. The result differs from that of the long way
// by well below 1 of 255 on average.
func DecodeSquare(dst []byte, path string, side int) error {
	p, err := openPicture(path, func(w, h int) int { return scaleFor(min(w, h), side) })
	if err != nil {
		return err
	}
	p.square(dst, side)
	return nil
}

func (p picture) square(dst []byte, side int) {
	w, h, part := centre(p.Width, p.Height, side)
	p.resize(dst, w, h, part)
}

// DecodeWithin decodes a photo as [Decode] does and makes it smaller so that neither side is above the given one, pixels.
// A smaller photo keeps its size. JPEGs take the short cut of [DecodeSquare].
func DecodeWithin(path string, side int) (*image.NRGBA, error) {
	p, err := openPicture(path, func(w, h int) int { return scaleFor(max(w, h), side) })
	if err != nil {
		return nil, err
	}
	return p.sized(within(p.Width, p.Height, side)), nil
}

// within is the largest size of the same shape with no side above the given one, and none larger than now.
func within(w, h, side int) (int, int) {
	longer := max(w, h)
	if longer <= side {
		return w, h
	}
	return max(1, w*side/longer), max(1, h*side/longer)
}

// scaleFor is the largest scale 1/8, 1/4, 1/2 or 1, as its denominator, that leaves enough of so many pixels for side.
func scaleFor(pixels, side int) int {
	scale := 8
	for scale > 1 && pixels < scale*enough*side {
		scale /= 2
	}
	return scale
}

// picture is a decoded photo: the channels of a JPEG as they are stored, in its own colour space, or opaque pixels.
type picture struct {
	Meta           // sizes at full size; the flags and the orientation apply to what shows
	planes []plane // brightness (Y), and of a photo in colour Cb and Cr, often with fewer samples; nil: see pixels
	pixels *image.NRGBA
}

func openPicture(path string, scale func(width, height int) int) (picture, error) {
	data, err := readFile(path)
	var p picture
	if err == nil {
		p, err = decodePicture(data, scale)
	}
	if err != nil {
		return p, fmt.Errorf("imgset: decode %s: %w", path, err)
	}
	return p, nil
}

// fullSize is the scale of a picture that is not reduced.
func fullSize(int, int) int { return 1 }

// decodePicture decodes a whole file's content, a JPEG at 1/scale(width, height) of its size, 1, 2, 4 or 8; width and
// height are as stored. Its errors do not name the file.
func decodePicture(data []byte, scale func(width, height int) int) (picture, error) {
	p, err := decodeChannels(data, scale)
	if err == nil {
		return p, nil
	}
	img, meta, err := decodeBytes(data)
	return picture{Meta: meta, pixels: img}, err
}

// decodeChannels refuses whatever is not an ordinary, whole JPEG.
func decodeChannels(data []byte, scale func(width, height int) int) (p picture, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("jpegn: %v", r)
		}
	}()
	cfg, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err == nil {
		err = checkSize(cfg)
	}
	if err != nil {
		return p, err
	}
	if cfg.ColorModel == color.CMYKModel || !endsProperly(data) {
		return p, fmt.Errorf("jpegn does not read it well")
	}
	denominator := scale(cfg.Width, cfg.Height)
	raw, err := jpegn.Decode(bytes.NewReader(data), &jpegn.Options{ScaleDenom: denominator})
	if err != nil {
		return p, err
	}
	add := func(pix []byte, stride, x, y int) { // a sample for every x * y pixels
		w, h := float64(cfg.Width)/float64(x), float64(cfg.Height)/float64(y)
		p.planes = append(p.planes, plane{pix, stride, 1, int(math.Ceil(w)), int(math.Ceil(h)), w, h})
	}
	switch m := raw.(type) {
	case *image.Gray:
		add(m.Pix, m.Stride, denominator, denominator)
	case *image.YCbCr:
		add(m.Y, m.YStride, denominator, denominator)
		x, y := subsampling(m.SubsampleRatio)
		add(m.Cb, m.CStride, denominator*x, denominator*y)
		add(m.Cr, m.CStride, denominator*x, denominator*y)
	default:
		return p, fmt.Errorf("jpegn: unexpected %T", raw)
	}
	p.Meta = newMeta("jpeg", data, cfg, raw)
	return p, nil
}

// subsampling is the number of pixels, across and down, to a sample of colour.
func subsampling(r image.YCbCrSubsampleRatio) (x, y int) {
	switch r {
	case image.YCbCrSubsampleRatio422:
		return 2, 1
	case image.YCbCrSubsampleRatio420:
		return 2, 2
	case image.YCbCrSubsampleRatio440:
		return 1, 2
	case image.YCbCrSubsampleRatio411:
		return 4, 1
	case image.YCbCrSubsampleRatio410:
		return 4, 2
	}
	return 1, 1
}

// resize writes a part of the picture, as it shows at w x h pixels, to dst, three bytes a pixel.
func (p picture) resize(dst []byte, w, h int, part image.Rectangle) {
	if p.pixels != nil {
		planeOf(p.pixels).resize(dst, catmullRom, w, h, part)
		return
	}
	n := part.Dx() * part.Dy()
	small := make([]byte, n*len(p.planes))
	for i, channel := range p.planes {
		p.turned(channel, small[i*n:(i+1)*n], w, h, part)
	}
	if len(p.planes) == 3 {
		toRGB(dst, small[:n], small[n:2*n], small[2*n:])
		return
	}
	for i, v := range small {
		dst[3*i], dst[3*i+1], dst[3*i+2] = v, v, v
	}
}

// sized is the whole picture.
func (p picture) sized(w, h int) *image.NRGBA {
	rgb := make([]byte, 3*w*h)
	p.resize(rgb, w, h, image.Rect(0, 0, w, h))
	return fromRGB(rgb, w, h)
}

// turned writes a part of a channel, as it shows at w x h samples, to dst.
func (p picture) turned(channel plane, dst []byte, w, h int, part image.Rectangle) {
	if p.Orientation <= 1 {
		channel.resize(dst, catmullRom, w, h, part)
		return
	}
	at := func(x, y, w, h int) image.Point { return storedAt(p.Orientation, x, y, w, h) }
	a, b := at(part.Min.X, part.Min.Y, w, h), at(part.Max.X-1, part.Max.Y-1, w, h)
	turned := image.Rectangle{Min: a, Max: a.Add(image.Pt(1, 1))}.Union(image.Rectangle{Min: b, Max: b.Add(image.Pt(1, 1))})
	if p.Orientation >= 5 {
		w, h = h, w
	}
	as := make([]byte, len(dst))
	channel.resize(as, catmullRom, w, h, turned)
	for y := range part.Dy() {
		for x := range part.Dx() {
			from := at(x, y, part.Dx(), part.Dy())
			dst[y*part.Dx()+x] = as[from.Y*turned.Dx()+from.X]
		}
	}
}

// storedAt is where the pixel is stored that shows at (x, y) of w x h (EXIF 2.3, 4.6.4.A).
func storedAt(orientation, x, y, w, h int) image.Point {
	switch orientation {
	case 2:
		return image.Pt(w-1-x, y)
	case 3:
		return image.Pt(w-1-x, h-1-y)
	case 4:
		return image.Pt(x, h-1-y)
	case 5:
		return image.Pt(y, x)
	case 6:
		return image.Pt(y, w-1-x)
	case 7:
		return image.Pt(h-1-y, w-1-x)
	case 8:
		return image.Pt(h-1-y, x)
	}
	return image.Pt(x, y)
}

// toRGB converts as JFIF says, in 1/65536.
func toRGB(dst, luma, blue, red []byte) {
	blue, red = blue[:len(luma)], red[:len(luma)]
	for i, v := range luma {
		y, cb, cr := int32(v)<<16+1<<15, int32(blue[i])-128, int32(red[i])-128
		pixel := dst[3*i:][:3:3]
		pixel[0], pixel[1], pixel[2] = level(y+91881*cr), level(y-22554*cb-46802*cr), level(y+116130*cb)
	}
}

func level(v int32) uint8 {
	if v>>16&^255 != 0 {
		return uint8(^(v >> 31)) // below 0 and above 255
	}
	return uint8(v >> 16)
}
