package photo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/draw"

	"golang.org/x/image/webp"
)

// decodeWebP reads a WebP; of an animation, the first frame on its whole screen, which is w x h
// pixels.
func decodeWebP(data []byte, w, h int) (image.Image, error) {
	frame, at := firstFrame(data)
	if frame == nil {
		return decodeStill(honest(data))
	}
	cfg, err := webp.DecodeConfig(bytes.NewReader(frame))
	if err == nil && (at.X+cfg.Width > w || at.Y+cfg.Height > h) {
		err = errors.New("its first frame is larger than its screen")
	}
	if err != nil {
		return nil, err
	}
	img, err := decodeStill(frame)
	if err != nil {
		return nil, err
	}
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(out, img.Bounds().Add(at), img, image.Point{}, draw.Src)
	return out, nil
}

// firstFrame makes a still WebP of the first frame of an animation, nil if data is none, and says
// where on the screen it lies (WebP container specification, ANMF chunk).
func firstFrame(data []byte) (still []byte, at image.Point) {
	frame := chunk(data, 12, "ANMF", binary.LittleEndian, 0, 1)
	if len(frame) < 16 {
		return nil, image.Point{}
	}
	uint24 := func(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
	still = append(still, "RIFF\x00\x00\x00\x00WEBP"...)
	if string(frame[16:min(20, len(frame))]) == "ALPH" {
		still = append(still, "VP8X\x0a\x00\x00\x00"...)
		still = append(append(still, hasAlpha, 0, 0, 0), frame[6:12]...)
	}
	still = append(still, frame[16:]...)
	binary.LittleEndian.PutUint32(still[4:], uint32(len(still)-8))
	return still, image.Pt(2*uint24(frame), 2*uint24(frame[3:]))
}

// hasChunk reports whether a WebP has a chunk of this name.
func hasChunk(data []byte, name string) bool {
	return chunk(data, 12, name, binary.LittleEndian, 0, 1) != nil
}

// hasAlpha is the bit of alpha in the flags of a VP8X chunk.
const hasAlpha = 1 << 4

// honest is a still WebP whose header does not speak of alpha where a lossy picture has none.
// libwebp reads such files; golang.org/x/image/webp calls them invalid.
func honest(data []byte) []byte {
	const flags = 20 // offset
	if string(data[12:16]) != "VP8X" || data[flags]&hasAlpha == 0 || hasChunk(data, "ALPH") || !hasChunk(data, "VP8 ") {
		return data
	}
	data = bytes.Clone(data)
	data[flags] &^= hasAlpha
	return data
}

// decodeStill reads one picture. The pixels of a lossy one are in the video range, 16 to 235, which
// image.YCbCr does not know: it takes them for those of a JPEG.
func decodeStill(data []byte) (image.Image, error) {
	if hasHole(data) {
		return nil, errors.New("a part of its pixels is missing or was overwritten")
	}
	raw, err := webp.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	switch img := raw.(type) {
	case *image.YCbCr:
		return fromVideo(img), nil
	case *image.NYCbCrA:
		out := fromVideo(&img.YCbCr)
		w := out.Rect.Dx()
		for y := range out.Rect.Dy() {
			for x, a := range img.A[y*img.AStride:][:w] {
				out.Pix[y*out.Stride+4*x+3] = a
			}
		}
		return out, nil
	}
	return raw, nil
}

// Zeros in place of a part, such as the end of a download that broke off, are codes of pixels too.
// Letterboxes and flat pictures have many zeros as well: libwebp writes 36 kB in a row for a photo
// with a border. But zeros that were not written as codes stand for another number of pixels. Then
// bytes are missing at the end, which is an error of the decoder, or left over. This does not find
// holes in a lossless picture that ends in one colour, if its codes have no bits there.
const (
	webpZeros = 128 // bytes in a row: fewer are not looked into, which takes a second decoding
	webpLeft  = 16  // bytes; none of 1,287 whole files could be decoded without its last 8
)

// hasHole reports whether a still WebP has zeros in place of a part: whether it has many, and can
// be decoded without its last bytes.
func hasHole(data []byte) bool {
	for id, payload := range chunks(data, 12, binary.LittleEndian, 0, 1) {
		if name := string(id); name != "VP8 " && name != "VP8L" {
			continue
		}
		if len(payload) < webpZeros || !bytes.Contains(payload, make([]byte, webpZeros)) {
			return false
		}
		kept := payload[:len(payload)-webpLeft]
		kept = kept[:len(kept)&^1] // chunks are padded to an even size
		bare := append([]byte("RIFF\x00\x00\x00\x00WEBP"), id...)
		bare = binary.LittleEndian.AppendUint32(bare, uint32(len(kept)))
		bare = append(bare, kept...)
		binary.LittleEndian.PutUint32(bare[4:], uint32(len(bare)-8))
		_, err := webp.Decode(bytes.NewReader(bare))
		return err == nil
	}
	return false
}

// fromVideo converts 4:2:0 pixels of ITU-R BT.601 in the video range to RGB with libwebp's
// arithmetic: each pixel takes 9/16 of the nearest sample of colour, 3/16 of the two next to it,
// and 1/16 of the fourth.
func fromVideo(img *image.YCbCr) *image.NRGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	lastX, lastY := (w-1)/2, (h-1)/2
	for y := range h {
		near := y / 2 * img.CStride
		far := min(max(y/2+y%2*2-1, 0), lastY) * img.CStride
		row := out.Pix[y*out.Stride:]
		for x := range w {
			cx := x / 2
			next := min(max(cx+x%2*2-1, 0), lastX)
			u := blend(img.Cb[near+cx], img.Cb[near+next], img.Cb[far+cx], img.Cb[far+next])
			v := blend(img.Cr[near+cx], img.Cr[near+next], img.Cr[far+cx], img.Cr[far+next])
			videoRGB(row[4*x:4*x+4], int32(img.Y[y*img.YStride+x]), u, v)
		}
	}
	return out
}

func blend(nearest, b, c, opposite uint8) int32 {
	sum := int32(nearest) + 3*int32(b) + 3*int32(c) + int32(opposite)
	return ((sum+8)>>3 + int32(nearest)) >> 1
}

// videoRGB is VP8YUVToRGB of libwebp, src/dsp/yuv.h.
func videoRGB(pixel []uint8, y, u, v int32) {
	luma := y * 19077 >> 8
	pixel[0] = clip6(luma + v*26149>>8 - 14234)
	pixel[1] = clip6(luma - u*6419>>8 - v*13320>>8 + 8708)
	pixel[2] = clip6(luma + u*33050>>8 - 17685)
	pixel[3] = 255
}

// clip6 rounds down a level with 6 bits behind the point.
func clip6(v int32) uint8 { return uint8(min(max(v>>6, 0), 255)) }
