package feed

import (
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// FuzzStore opens stores of any bytes: none but one with its own seal is believed.
func FuzzStore(f *testing.F) {
	row := []byte("abcdefgh")
	f.Add(append(append([]byte{}, row...), seal("pixels", time.Second, 4,
		[]uint32{checksum(row[:4]), checksum(row[4:])})...))
	f.Add([]byte("abcdefgh"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "pixels")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		s, err := OpenStore(path, 2, 4)
		if errors.Is(err, ErrAbsent) {
			return
		}
		if err != nil || string(s.Row(0))+string(s.Row(1)) != "abcdefgh" {
			t.Errorf("%q was believed, or %v", data, err)
		}
		if s != nil {
			s.Close()
		}
	})
}

// FuzzSquare crops pictures of extreme sizes to a square.
func FuzzSquare(f *testing.F) {
	f.Add(uint16(1), uint16(65535), byte(224))
	f.Add(uint16(60000), uint16(3), byte(32))
	f.Fuzz(func(t *testing.T, w, h uint16, side byte) {
		if w == 0 || h == 0 || side == 0 || int(w)*int(h) > 1<<18 {
			return
		}
		img := image.NewNRGBA(image.Rect(0, 0, int(w), int(h)))
		for i := range img.Pix {
			img.Pix[i] = 200
		}
		dst := make([]byte, int(side)*int(side)*3)
		Square(dst, img, int(side))
		for i, v := range dst {
			if v < 199 || v > 201 {
				t.Fatalf("byte %d of an even picture of %d x %d is %d", i, w, h, v)
			}
		}
	})
}
