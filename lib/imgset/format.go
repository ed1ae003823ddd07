package imgset

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"path"
	"strings"

	"imagelab/lib/bmp"
	"imagelab/lib/jpegscan"
	"imagelab/lib/tiff"
)

// photoExt are the endings, lower case, of files that ingest takes for photos.
var photoExt = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".jif": true, ".pjpeg": true, ".png": true, ".gif": true, ".webp": true, ".bmp": true, ".tif": true, ".tiff": true,
}

// foreignExt are photos that cannot be read here. They are quarantined rather than passed over,
// because their owner believes they are in the set.
var foreignExt = map[string]bool{
	".heic": true, ".heif": true, ".avif": true, ".jxl": true, ".jp2": true, ".dng": true, ".cr2": true, ".nef": true, ".arw": true,
	".cr3": true, ".nrw": true, ".orf": true, ".raf": true, ".rw2": true, ".pef": true, ".srw": true, ".x3f": true, ".raw": true, ".psd": true,
	".ppm": true, ".pgm": true, ".pnm": true, ".tga": true,
}

func ext(name string) string { return strings.ToLower(path.Ext(name)) }

// sniff returns the format by the first bytes, or an error that says what the file is instead.
func sniff(data []byte) (string, error) {
	has := func(prefix string) bool { return bytes.HasPrefix(data, []byte(prefix)) }
	switch {
	case len(data) == 0:
		return "", errors.New("the file is empty (0 bytes)")
	case has("\xff\xd8"):
		return "jpeg", nil
	case has("\x89PNG\r\n\x1a\n"):
		return "png", nil
	case has("GIF87a"), has("GIF89a"):
		return "gif", nil
	case has("RIFF") && len(data) >= 21 && string(data[8:12]) == "WEBP":
		return "webp", nil
	case has("BM"):
		return "bmp", nil
	case has("II*\x00"), has("MM\x00*"), has("II+\x00"), has("MM\x00+"):
		return "tiff", nil
	}
	return "", notAnImage(data)
}

func notAnImage(data []byte) error {
	start := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xef\xbb\xbf"))))
	switch {
	case bytes.HasPrefix(start, []byte("<!doctype html")), bytes.HasPrefix(start, []byte("<html")):
		return errors.New("is a web page (HTML), not an image: a download probably went wrong")
	case bytes.HasPrefix(start, []byte("version https://git-lfs")):
		return errors.New("stands for a photo that Git LFS has not brought yet: run `git lfs pull` where it was cloned")
	case bytes.HasPrefix(start, []byte("<svg")), bytes.HasPrefix(start, []byte("<?xml")):
		return errors.New("is XML or SVG, not a photo")
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		return container(string(data[8:12]))
	case foreignName(data) != "":
		return fmt.Errorf("is a %s file, which cannot be read here: save it as PNG or JPEG", foreignName(data))
	case len(bytes.Trim(start, "\x00")) == 0:
		return errors.New("starts with zeros only: a copy or download probably broke off")
	}
	return errors.New("is not a JPEG, PNG, GIF, WebP, BMP or TIFF image")
}

// foreignStarts are the first bytes of formats that are seldom used for photos.
var foreignStarts = map[string]string{
	"\x00\x00\x00\x0cjP  ": "JPEG 2000", "\xff\x4f\xff\x51": "JPEG 2000", "\x00\x00\x00\x0cJXL ": "JPEG XL", "\xff\x0a": "JPEG XL",
	"8BPS": "Photoshop", "%PDF": "PDF", "\x00\x00\x01\x00": "Windows icon", "SIMPLE  =": "FITS", "P5\n": "PGM", "P6\n": "PPM",
}

func foreignName(data []byte) string {
	for start, name := range foreignStarts {
		if bytes.HasPrefix(data, []byte(start)) {
			return name
		}
	}
	return ""
}

// container names what an ISO base media file holds, by its brand (ISO/IEC 14496-12, 4.3).
func container(brand string) error {
	name := "HEIC"
	switch brand {
	case "heic", "heix", "heim", "hevc", "mif1", "msf1":
	case "avif", "avis":
		name = "AVIF"
	default:
		return errors.New("is a video or another file of its kind, not a photo")
	}
	return fmt.Errorf("is a %s photo, which cannot be read here: convert it to JPEG, "+
		"with `heif-convert IN OUT.jpg` (libheif) or `magick IN OUT.jpg` (ImageMagick)", name)
}

// damaged puts a decoder's complaint into words.
func damaged(format string, err error) error {
	// The PNG and GIF decoders have their own words for the end of the file.
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) || strings.Contains(err.Error(), "not enough") {
		return fmt.Errorf("the %s is cut short: a copy or download probably broke off", format)
	}
	var std jpeg.UnsupportedError
	if errors.As(err, &std) {
		err = jpegscan.UnsupportedError(fmt.Sprintf("a JPEG of a rare kind (%s)", string(std)))
	}
	var jpegKind jpegscan.UnsupportedError
	var tiffKind tiff.UnsupportedError
	var bmpKind bmp.UnsupportedError
	if errors.As(err, &jpegKind) || errors.As(err, &tiffKind) || errors.As(err, &bmpKind) {
		return fmt.Errorf("is %w, which cannot be read here: save it as PNG or as an ordinary JPEG", err)
	}
	return fmt.Errorf("the %s is damaged or of an unknown kind (%w)", format, err)
}
