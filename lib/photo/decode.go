package photo

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"runtime/debug"
	"slices"

	"imagelab/lib/internal/bmp"
	"imagelab/lib/internal/tiff"
)

// Meta is what was learned while decoding a photo.
type Meta struct {
	Format      string   // "jpeg", "png", "gif", "webp", "bmp" or "tiff", by content, whatever the name says
	Width       int      // pixels, after orientation, at full size
	Height      int      // pixels, after orientation, at full size
	Orientation int      // EXIF orientation that was applied, 1 to 8
	Flags       []string // see the Flag constants
	Levels      Window   // in use, of a photo with 16 bits a sample that ingest decoded
}

// Decode reads a photo: EXIF orientation applied, any colour model to 8-bit RGB, transparent pixels
// laid on white, the first frame of an animation on its whole screen. The result is opaque, starts
// at (0,0), and has stride 4*width. Files above 256 MB, photos above 200 megapixels or 100,000
// pixels a side and those that would take more than 640 MB of memory are refused before any memory
// is taken, except that a JPEG is decoded at 1/2, 1/4 or 1/8 of its size instead. Files that do not
// hold all of their pixels are refused too. The error names the file and says in plain words what
// is wrong with it.
func Decode(path string) (*image.NRGBA, Meta, error) {
	data, err := ReadFile(path)
	if err == nil {
		var img *image.NRGBA
		var meta Meta
		if img, meta, err = decodeBytes(data); err == nil {
			return img, meta, nil
		}
	}
	return nil, Meta{}, fmt.Errorf("photo: decode %s: %w", path, err)
}

// DecodeScaled is Decode for a caller that will [Resize] the photo to a short side of about
// minSide pixels, above 0. The photo is decoded at 1/2, 1/4 or 1/8 of its size, where that
// divides both sides evenly (or else the scene would shift) and leaves enough, and a JPEG in its
// own colour space, which Resize brings to RGB. A resize from there differs from one of the full
// photo by well below 1 of 255 on average, and takes a fraction of the time. A photo with 16 bits a
// sample is seen through its own levels.
func DecodeScaled(path string, minSide int) (image.Image, Meta, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("photo: decode %s: %w", path, err)
	}
	return decodeContent(data, path, minSide, func(e *Encoded) { e.own = true })
}

// DecodeScaled is [DecodeScaled], but a photo with 16 bits a sample is seen through w.
func (w Window) DecodeScaled(path string, minSide int) (image.Image, Meta, error) {
	data, err := ReadFile(path)
	if err != nil {
		return nil, Meta{}, fmt.Errorf("photo: decode %s: %w", path, err)
	}
	return w.DecodeContent(data, path, minSide, false)
}

// DecodeContent is [Window.DecodeScaled] for content that was read from path. Set `whole` if an
// earlier decoding has shown that no pixels are missing.
func (w Window) DecodeContent(data []byte, path string, minSide int, whole bool) (img image.Image, meta Meta,
	err error) {
	return decodeContent(data, path, minSide, func(e *Encoded) { e.window, e.whole = w, whole })
}

// decodeContent decodes content that was read from path, and that set says how to see.
func decodeContent(data []byte, path string, minSide int, set func(e *Encoded)) (img image.Image, meta Meta,
	err error) {
	e, err := Open(data)
	if err == nil {
		defer e.release()
		set(e)
		img, meta, err = e.decodeScaled(minSide)
	}
	if err != nil {
		return nil, Meta{}, fmt.Errorf("photo: decode %s: %w", path, err)
	}
	return img, meta, nil
}

// DecodeWhole decodes content that was read from path at its full size, as [Decode] does; a photo
// with 16 bits a sample is seen through w.
func (w Window) DecodeWhole(data []byte, path string) (img *image.NRGBA, meta Meta, err error) {
	e, err := Open(data)
	if err == nil {
		defer e.release()
		e.window = w
		img, meta, err = e.decode()
	}
	if err != nil {
		return nil, Meta{}, fmt.Errorf("photo: decode %s: %w", path, err)
	}
	return img, meta, nil
}

func (e *Encoded) decodeScaled(minSide int) (image.Image, Meta, error) {
	small, meta, err := e.decodeReduced(func(w, h int) int {
		return reduction(reducedLargest, w, h, reducedEnough*minSide)
	})
	if err == nil {
		return small, meta, nil
	}
	img, meta, err := e.decode()
	if err != nil {
		return nil, Meta{}, err
	}
	if scale := reduction(8, img.Rect.Dx(), img.Rect.Dy(), 2*minSide); scale > 1 {
		img = average(img, scale)
	}
	return img, meta, nil
}

// reduction is the largest of largest, a power of two, its half and so on that divides both sides
// and leaves the shorter at least minSide pixels, or else 1.
func reduction(largest, width, height, minSide int) int {
	for scale := largest; scale > 1; scale /= 2 {
		if width%scale == 0 && height%scale == 0 && min(width, height)/scale >= minSide {
			return scale
		}
	}
	return 1
}

// Open reads the header of a file's content and waits until there is memory to decode it, which
// [Encoded.Close] gives back. The wait lasts as long as the decoding of the photos before it, a few
// seconds at most, so callers check their context between photos and Open takes none. Its errors do
// not name the file, nor do those of decoding.
func Open(data []byte) (*Encoded, error) {
	e, err := examine(data)
	if err != nil {
		return nil, err
	}
	reserved := min(e.memory, maxMemory)
	_ = decoding.Acquire(context.Background(), reserved) // fails only when its context ends
	e.release = func() { decoding.Release(reserved) }
	if e.memory > large {
		debug.FreeOSMemory() // what is left of the photo before would be in memory beside this one
	}
	return e, nil
}

// Close releases the memory that Open reserved.
func (e *Encoded) Close() { e.release() }

// Decode is like the function [Decode]. A photo with 16 bits a sample is converted by its own
// levels, which are in the Meta.
func (e *Encoded) Decode() (*image.NRGBA, Meta, error) {
	e.own = true
	return e.decode()
}

// decodeBytes decodes a whole file's content.
func decodeBytes(data []byte) (*image.NRGBA, Meta, error) {
	e, err := Open(data)
	if err != nil {
		return nil, Meta{}, err
	}
	defer e.release()
	return e.decode()
}

// decode returns all pixels, opaque and turned as they are to be seen.
func (e *Encoded) decode() (img *image.NRGBA, meta Meta, err error) {
	// Decoders of foreign bytes may index out of range; that is the file's fault, not a reason to
	// stop.
	defer func() {
		if r := recover(); r != nil {
			img, meta, err = nil, Meta{}, fmt.Errorf("the decoder failed on it (%v): the file is damaged", r)
		}
	}()
	raw, err := e.raw()
	if err != nil {
		return nil, Meta{}, damaged(e.format, err)
	}
	meta = e.meta(raw)
	if e.own && slices.Contains(meta.Flags, FlagDeep) {
		meta.Levels = levelsOf(raw)
		e.window = CommonWindow([]Window{meta.Levels})
	}
	opaque, alpha := toOpaque(raw, e.window)
	if alpha {
		meta.Flags = append(meta.Flags, FlagAlpha)
	}
	return orient(opaque, e.orientation), meta, nil
}

// meta describes the file, whose pixels are raw.
func (e *Encoded) meta(raw image.Image) Meta {
	m := Meta{Format: e.format, Orientation: e.orientation, Width: e.Width, Height: e.Height,
		Flags: flags(e.format, e.data, raw)}
	if m.Orientation > 1 {
		m.Flags = append(m.Flags, FlagRotated)
	}
	if m.Orientation >= 5 {
		m.Width, m.Height = m.Height, m.Width
	}
	return m
}

func (e *Encoded) raw() (image.Image, error) {
	r := bytes.NewReader(e.data)
	switch e.format {
	case "jpeg":
		return e.decodeJPEG()
	case "png":
		return png.Decode(r)
	case "gif":
		return decodeGIF(e.data, e.Width, e.Height)
	case "webp":
		return decodeWebP(e.data, e.Width, e.Height)
	case "bmp":
		return bmp.Decode(e.data)
	default:
		return tiff.Decode(e.data, decodeStrip)
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
	if format == "gif" && bytes.Contains(start, []byte("NETSCAPE2.0")) || format == "png" && bytes.Contains(start,
		[]byte("acTL")) ||
		format == "webp" && bytes.Contains(start, []byte("ANIM")) {
		out = append(out, FlagAnimated)
	}
	return out
}
