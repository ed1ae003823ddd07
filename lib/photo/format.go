package photo

import (
	"bytes"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"path"
	"strings"

	"imagelab/lib/internal/bmp"
	"imagelab/lib/internal/jpegscan"
	"imagelab/lib/internal/tiff"
)

// photoExt lists the endings of formats that can be read, in lower case.
var photoExt = map[string]bool{
	".jpg": true, ".jpeg": true, ".jpe": true, ".jfif": true, ".jif": true, ".jfi": true, ".pjpeg": true,
	".pjp": true, ".mpo": true,
	".png": true, ".apng": true, ".gif": true, ".webp": true, ".bmp": true, ".dib": true, ".tif": true, ".tiff": true,
}

// HasReadableName reports whether the name ends like one of a format that can be read.
func HasReadableName(name string) bool { return photoExt[ext(name)] }

// HasForeignName reports whether the name ends like one of a format of photos that cannot be read.
func HasForeignName(name string) bool { return foreignExt[ext(name)] != "" }

// NamedLikePhoto reports whether a file name ends like that of a photo, of formats that cannot be
// read too.
func NamedLikePhoto(name string) bool { return HasReadableName(name) || HasForeignName(name) }

func ext(name string) string { return strings.ToLower(path.Ext(name)) }

// Sniff returns the format by the first bytes, or an error that says what the file is instead.
func Sniff(data []byte) (string, error) {
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
	case foreignName(data) == cameraRaw:
		return "", foreign(cameraRaw)
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
		return container(data)
	case bytes.HasPrefix(data, []byte("\x1aE\xdf\xa3")), bytes.HasPrefix(data, []byte("RIFF")) && len(data) >= 12 &&
		string(data[8:12]) == "AVI ":
		return errVideo
	case bytes.HasPrefix(data, []byte("\x00\x05\x16\x07")), bytes.HasPrefix(data, []byte("bplist")):
		return errors.New("holds what macOS keeps beside a file, not the photo itself: copy the photo")
	case foreignName(data) != "":
		return foreign(foreignName(data))
	case len(bytes.Trim(start, "\x00")) == 0:
		return errors.New("starts with zeros only: a copy or download probably broke off")
	}
	return errUnknown
}

var errUnknown = errors.New("is not a JPEG, PNG, GIF, WebP, BMP or TIFF image")

// damaged explains a decoder's error.
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
