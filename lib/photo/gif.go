package photo

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
)

// decodeGIF lays the first frame on its screen, w x h pixels. What the frame leaves free is
// transparent, or of the first colour where no colour is, as Pillow has it.
func decodeGIF(data []byte, w, h int) (image.Image, error) {
	raw, err := gif.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	screen := image.Rect(0, 0, w, h)
	frame, ok := raw.(*image.Paletted)
	if !ok || frame.Rect == screen {
		return raw, nil
	}
	out := image.NewPaletted(screen, frame.Palette)
	for i, c := range frame.Palette {
		if c.(color.RGBA).A == 0 {
			for p := range out.Pix {
				out.Pix[p] = uint8(i)
			}
			break
		}
	}
	for y := frame.Rect.Min.Y; y < frame.Rect.Max.Y; y++ {
		copy(out.Pix[out.PixOffset(frame.Rect.Min.X, y):], frame.Pix[frame.PixOffset(frame.Rect.Min.X, y):][:frame.Rect.Dx()])
	}
	return out, nil
}
