package imgset

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"os"

	"github.com/disintegration/imaging"
	"golang.org/x/image/bmp"
	"golang.org/x/image/tiff"
	"golang.org/x/image/webp"
)

const (
	maxPixels = 200_000_000 // by the header, checked before any pixel is decoded
	maxBytes  = 256 << 20
)

// Meta is what was learned while decoding a photo.
type Meta struct {
	Format      string   // "jpeg", "png", "gif", "webp", "bmp" or "tiff", by content, whatever the name says
	Width       int      // pixels, after orientation, at full size
	Height      int      // pixels, after orientation, at full size
	Orientation int      // EXIF orientation that was applied, 1 to 8
	Flags       []string // see the Flag constants
}

// Decode reads a photo: EXIF orientation applied, any colour model to 8-bit RGB, transparent pixels laid on white,
// the first frame of an animated GIF. The result is opaque, starts at (0,0), and has stride 4*width.
// Files above 256 MB and photos whose header says more than 200 megapixels are refused before they take memory.
// The error names the file and says in plain words what is wrong with it.
func Decode(path string) (*image.NRGBA, Meta, error) {
	data, err := readFile(path)
	if err == nil {
		var img *image.NRGBA
		var meta Meta
		if img, meta, err = decodeBytes(data); err == nil {
			return img, meta, nil
		}
	}
	return nil, Meta{}, fmt.Errorf("imgset: decode %s: %w", path, err)
}

// DecodeScaled is Decode for a caller that will [Resize] the photo to a short side of about minSide pixels, above 0. It
// comes at 1/2, 1/4 or 1/8 of its size, where that divides both sides evenly (or else the scene would shift) and leaves
// enough, and a JPEG in its own colour space. A resize from there differs from one of the full photo by well below 1 of 255
// on average, and takes a fraction of the time.
func DecodeScaled(path string, minSide int) (image.Image, Meta, error) {
	data, err := readFile(path)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("imgset: decode %s: %w", path, err)
	}
	return decodeScaled(data, path, minSide)
}

// decodeScaled is DecodeScaled of the content of path.
func decodeScaled(data []byte, path string, minSide int) (image.Image, Meta, error) {
	small, meta, err := decodeReduced(data, func(w, h int) int { return reduction(reducedLargest, w, h, reducedEnough*minSide) })
	if err == nil {
		return small, meta, nil
	}
	img, meta, err := decodeBytes(data)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("imgset: decode %s: %w", path, err)
	}
	if scale := reduction(8, img.Rect.Dx(), img.Rect.Dy(), 2*minSide); scale > 1 {
		img = average(img, scale)
	}
	return img, meta, nil
}

// reduction is the largest of largest, a power of two, its half and so on that divides both sides and leaves the shorter at
// least minSide pixels, or else 1.
func reduction(largest, width, height, minSide int) int {
	for scale := largest; scale > 1; scale /= 2 {
		if width%scale == 0 && height%scale == 0 && min(width, height)/scale >= minSide {
			return scale
		}
	}
	return 1
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

func readFile(path string) ([]byte, error) {
	f, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// One byte more than allowed: the file may be growing, or lie about its size.
	data, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, unwrapPath(err)
	}
	if len(data) > maxBytes {
		return nil, errTooLarge
	}
	return data, nil
}

var errTooLarge = fmt.Errorf("the file is larger than %d MB", maxBytes>>20)

func openRegular(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unwrapPath(err)
	}
	if info.IsDir() {
		return nil, errors.New("is a folder, not a photo")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	if info.Size() > maxBytes {
		return nil, errTooLarge
	}
	f, err := os.Open(path)
	return f, unwrapPath(err)
}

// unwrapPath drops the path from an operating system error: callers add it, and quarantine shows it beside.
func unwrapPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// decodeBytes decodes a whole file's content. Its errors do not name the file.
func decodeBytes(data []byte) (img *image.NRGBA, meta Meta, err error) {
	// Decoders of foreign bytes may index out of range; that is the file's fault, not a reason to stop.
	defer func() {
		if r := recover(); r != nil {
			img, meta, err = nil, Meta{}, fmt.Errorf("the decoder failed on it (%v): the file is damaged", r)
		}
	}()
	format, err := sniff(data)
	if err != nil {
		return nil, Meta{}, err
	}
	cfg, err := readConfig(format, bytes.NewReader(data))
	if err != nil {
		return nil, Meta{}, damaged(format, err)
	}
	if err := checkSize(cfg); err != nil {
		return nil, Meta{}, err
	}
	raw, err := decodeRaw(format, data, cfg)
	if err != nil {
		return nil, Meta{}, damaged(format, err)
	}
	opaque, alpha := toOpaque(raw)
	if format == "gif" { // a frame may be smaller than the screen the header speaks of
		cfg.Width, cfg.Height = opaque.Rect.Dx(), opaque.Rect.Dy()
	}
	meta = newMeta(format, data, cfg, raw)
	if alpha {
		meta.Flags = append(meta.Flags, FlagAlpha)
	}
	return orient(opaque, meta.Orientation), meta, nil
}

// newMeta describes a file that holds raw, cfg.Width x cfg.Height pixels before orientation.
func newMeta(format string, data []byte, cfg image.Config, raw image.Image) Meta {
	m := Meta{Format: format, Orientation: orientation(format, data), Width: cfg.Width, Height: cfg.Height, Flags: flags(format, data, raw)}
	if m.Orientation > 1 {
		m.Flags = append(m.Flags, FlagRotated)
	}
	if m.Orientation >= 5 {
		m.Width, m.Height = m.Height, m.Width
	}
	return m
}

func checkSize(cfg image.Config) error {
	if cfg.Width < 1 || cfg.Height < 1 {
		return fmt.Errorf("its header says %d x %d pixels", cfg.Width, cfg.Height)
	}
	if int64(cfg.Width)*int64(cfg.Height) > maxPixels {
		return fmt.Errorf("its header says %d x %d pixels, over the limit of %d megapixels", cfg.Width, cfg.Height, maxPixels/1_000_000)
	}
	return nil
}

func readConfig(format string, r io.Reader) (image.Config, error) {
	switch format {
	case "jpeg":
		return jpeg.DecodeConfig(r)
	case "png":
		return png.DecodeConfig(r)
	case "gif":
		return gif.DecodeConfig(r)
	case "webp":
		return webp.DecodeConfig(r)
	case "bmp":
		return bmp.DecodeConfig(r)
	default:
		return tiff.DecodeConfig(r)
	}
}

func decodeRaw(format string, data []byte, cfg image.Config) (image.Image, error) {
	r := bytes.NewReader(data)
	switch format {
	case "jpeg":
		return decodeJPEG(data, cfg)
	case "png":
		return png.Decode(r)
	case "gif":
		return gif.Decode(r)
	case "webp":
		return webp.Decode(r)
	case "bmp":
		return bmp.Decode(r)
	default:
		return tiff.Decode(r)
	}
}

// flags names what was unusual about the file, from its content and the type it decoded to.
func flags(format string, data []byte, raw image.Image) []string {
	var out []string
	switch raw.ColorModel() {
	case color.CMYKModel:
		out = append(out, FlagCMYK)
	case color.GrayModel:
		out = append(out, FlagGrey)
	case color.Gray16Model:
		out = append(out, FlagGrey, FlagDeep)
	case color.NRGBA64Model, color.RGBA64Model:
		out = append(out, FlagDeep)
	}
	start := data[:min(len(data), 4096)]
	if format == "gif" && bytes.Contains(start, []byte("NETSCAPE2.0")) || format == "png" && bytes.Contains(start, []byte("acTL")) {
		out = append(out, FlagAnimated)
	}
	return out
}

// toOpaque converts to 8-bit RGB on white and reports whether any pixel was not opaque.
func toOpaque(img image.Image) (*image.NRGBA, bool) {
	if rgba, ok := img.(*opaqueRGBA); ok {
		return &image.NRGBA{Pix: rgba.Pix, Stride: rgba.Stride, Rect: rgba.Rect}, false
	}
	out := imaging.Clone(img)
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

// orient undoes the camera's rotation, EXIF orientation 1 to 8.
func orient(img *image.NRGBA, orientation int) *image.NRGBA {
	switch orientation {
	case 2:
		return imaging.FlipH(img)
	case 3:
		return imaging.Rotate180(img)
	case 4:
		return imaging.FlipV(img)
	case 5:
		return imaging.Transpose(img)
	case 6:
		return imaging.Rotate270(img)
	case 7:
		return imaging.Transverse(img)
	case 8:
		return imaging.Rotate90(img)
	}
	return img
}
