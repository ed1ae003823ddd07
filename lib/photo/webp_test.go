package photo

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

// withoutHole are whole pictures, of which the first two have long runs of zeros.
var withoutHole = []string{"black_lossless.webp", "black_lossy.webp", "still.webp", "rotated.webp", "animated.webp",
	"foreign/lossy.webp", "foreign/lossy_alpha.webp", "foreign/lossless_alpha.webp", "foreign/sharp.webp"}

func TestWebPWithHole(t *testing.T) {
	tests := []struct {
		file, name, reason string
		from, zeros        int // from in percent of the file; zeros 0: to the end
	}{
		{"black_lossless.webp", "cut", "a download into a file of full size broke off", 20, 0},
		{"black_lossless.webp", "hole", "a sector was not read", 20, 512},
		{"black_lossy.webp", "cut", "the same in the other kind", 50, 0},
		{"black_lossy.webp", "hole of 512", "the same in the other kind", 30, 512},
		{"black_lossy.webp", "hole of 1024", "a larger one", 30, 1024},
		{"foreign/lossless_alpha.webp", "cut", "another encoder, with alpha", 50, 0},
		{"foreign/lossy.webp", "cut", "another encoder", 50, 0},
	}
	for _, tt := range tests {
		data := testdata(t, tt.file)
		from, to := len(data)*tt.from/100, len(data)
		if tt.zeros > 0 {
			to = from + tt.zeros
		}
		clear(data[from:to])
		if _, _, err := decodeBytes(data); err == nil || !strings.Contains(err.Error(), "webp") {
			t.Errorf("%s, %s: %v, but %s", tt.file, tt.name, err, tt.reason)
		}
	}
}

func TestWebPWithoutHole(t *testing.T) {
	for i, name := range withoutHole {
		data := testdata(t, name)
		if _, _, err := decodeBytes(data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if zeros := bytes.Contains(data, make([]byte, webpZeros)); zeros != (i < 2) {
			t.Errorf("%s has %d zeros: %v; the test needs other files", name, webpZeros, zeros)
		}
	}
}

// TestWebPWithEmptyChunk: sizes below what is taken off the end.
func TestWebPWithEmptyChunk(t *testing.T) {
	for _, size := range []int{0, 1, 15, 16, 127, 128, 129} {
		data := append([]byte("RIFF\x00\x00\x00\x00WEBPVP8L"), 0, 0, 0, 0)
		binary.LittleEndian.PutUint32(data[16:], uint32(size))
		if data = append(data, make([]byte, size)...); hasHole(data) {
			t.Errorf("%d bytes are no picture, so nothing of it is missing", size)
		}
	}
}
