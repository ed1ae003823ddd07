package photo

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rawTIFF is a TIFF whose directory holds these tags, each a LONG of value 1.
func rawTIFF(tags ...uint16) []byte {
	out := []byte("II*\x00\x08\x00\x00\x00")
	out = binary.LittleEndian.AppendUint16(out, uint16(len(tags)))
	for _, tag := range tags {
		out = binary.LittleEndian.AppendUint16(out, tag)
		out = append(out, 4, 0, 1, 0, 0, 0, 1, 0, 0, 0)
	}
	return append(out, 0, 0, 0, 0)
}

// TestForeignFormats: each is named by its content, with the command that converts it, whatever the
// file is called.
func TestForeignFormats(t *testing.T) {
	for _, c := range []struct{ name, content, says, reason string }{
		{"jp2", "\x00\x00\x00\x0cjP  \r\n\x87\n",
			"JPEG 2000 photo, which cannot be read here: convert it to PNG, with `opj_decompress", "archives"},
		{"j2k", "\xff\x4f\xff\x51", "JPEG 2000", "the same without its box"},
		{"jxl", "\x00\x00\x00\x0cJXL \r\n\x87\n", "`djxl IN OUT.png`", "new phones"},
		{"jxl stream", "\xff\x0a\x01", "JPEG XL", "the same without its box"},
		{"avif", "\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1", "AVIF photo", "the web"},
		{"avif of another brand", "\x00\x00\x00\x20ftypmif1\x00\x00\x00\x00mif1avifmiaf", "AVIF photo",
			"as some encoders write it"},
		{"heic", "\x00\x00\x00\x18ftypheix0000",
			"HEIC photo, which cannot be read here: convert it to JPEG, with `heif-convert IN OUT.jpg`", "iPhones"},
		{"canon cr3", "\x00\x00\x00\x18ftypcrx 0000",
			"camera raw photo, which cannot be read here: develop it to JPEG, with `darktable-cli IN OUT.jpg`",
			"a container like HEIC's"},
		{"canon cr2", "II*\x00\x10\x00\x00\x00CR\x02\x00\x00\x00\x00\x00\x00\x00", "camera raw",
			"a TIFF; its first picture is small"},
		{"adobe dng", string(rawTIFF(50706)), "camera raw", "a TIFF; its first picture is a preview"},
		{"nikon nef", string(rawTIFF(254, 330)), "camera raw", "the same, told by its structure"},
		{"fuji raf", "FUJIFILMCCD-RAW 0201", "camera raw", "no TIFF"},
		{"olympus orf", "IIRO\x08\x00\x00\x00", "camera raw", "nearly a TIFF"},
		{"panasonic rw2", "IIU\x00\x18\x00\x00\x00", "camera raw", "nearly a TIFF"},
		{"dicom", string(make([]byte, 128)) + "DICM", "`dcmj2pnm", "hospitals"},
		{"photoshop", "8BPS\x00\x01", "`magick 'IN[0]' OUT.png`", "designers"},
		{"ppm", "P6\n2 2\n255\n", "`magick IN OUT.png`", "research"},
		{"pdf", "%PDF-1.4", "`pdftoppm", "scanners"},
		{"zip", "PK\x03\x04", "is a ZIP archive, which cannot be read here: unpack it", "a download that was renamed"},
		{"video", "\x00\x00\x00\x18ftypmp42", "is a video", "phones"},
		{"matroska", "\x1aE\xdf\xa3", "is a video", "the web's"},
		{"numpy", "\x93NUMPY\x01\x00", "Image.fromarray", "research"},
		{"macOS", "\x00\x05\x16\x07\x00\x02\x00\x00", "macOS keeps beside", "AppleDouble without its dot"},
		{"text", "hello", "is not a JPEG", "anything else"},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "photo.jpg")
			if err := os.WriteFile(path, []byte(c.content), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, _, err := Decode(path); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("it says %v, want %q: %s", err, c.says, c.reason)
			}
		})
	}
}
