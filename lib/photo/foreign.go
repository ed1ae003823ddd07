package photo

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"imagelab/lib/internal/tiff"
)

// foreignExt lists the endings of photo formats that cannot be read here. Such files are
// quarantined, not passed over, because their owner believes that they are in the set. The value
// names the format, for files whose content does not.
var foreignExt = map[string]string{
	".heic": "HEIC", ".heif": "HEIC", ".hif": "HEIC", ".avif": "AVIF", ".avifs": "AVIF", ".jxl": "JPEG XL",
	".jp2": "JPEG 2000", ".j2k": "JPEG 2000", ".j2c": "JPEG 2000", ".jpc": "JPEG 2000", ".jpf": "JPEG 2000",
	".jpx": "JPEG 2000", ".jxr": "JPEG XR", ".wdp": "JPEG XR", ".psd": "Photoshop", ".psb": "Photoshop", ".tga": "TGA",
	".ppm": "PPM", ".pgm": "PPM", ".pbm": "PPM", ".pnm": "PPM", ".exr": "OpenEXR", ".hdr": "Radiance", ".dcm": "DICOM",
	".dicom": "DICOM", ".dng": cameraRaw, ".cr2": cameraRaw, ".cr3": cameraRaw, ".crw": cameraRaw, ".nef": cameraRaw,
	".nrw": cameraRaw, ".arw": cameraRaw, ".sr2": cameraRaw, ".srf": cameraRaw, ".orf": cameraRaw, ".raf": cameraRaw,
	".rw2": cameraRaw, ".rwl": cameraRaw, ".pef": cameraRaw, ".srw": cameraRaw, ".x3f": cameraRaw, ".raw": cameraRaw,
	".3fr": cameraRaw, ".iiq": cameraRaw, ".mrw": cameraRaw, ".erf": cameraRaw, ".kdc": cameraRaw, ".dcr": cameraRaw,
	".mef": cameraRaw, ".mos": cameraRaw, ".gpr": cameraRaw,
}

const cameraRaw = "camera raw"

// conversions are the commands that convert a format to one that can be read.
var conversions = map[string]string{
	"HEIC":    "convert it to JPEG, with `heif-convert IN OUT.jpg` (libheif) or `magick IN OUT.jpg` (ImageMagick)",
	"AVIF":    "convert it to JPEG, with `heif-convert IN OUT.jpg` (libheif) or `magick IN OUT.jpg` (ImageMagick)",
	"JPEG XL": "convert it to PNG, with `djxl IN OUT.png` (libjxl)",
	"JPEG 2000": "convert it to PNG, with `opj_decompress -i IN -o OUT.png` (OpenJPEG) or `magick IN OUT.png` " +
		"(ImageMagick)",
	"JPEG XR":      "convert it, with `JxrDecApp -i IN -o OUT.tif` (jxrlib)",
	cameraRaw:      "develop it to JPEG, with `darktable-cli IN OUT.jpg` (darktable) or the camera maker's program",
	"Photoshop":    "save it as PNG or JPEG, or convert it, with `magick 'IN[0]' OUT.png` (ImageMagick)",
	"PDF":          "convert its pages, with `pdftoppm -png IN OUT` (Poppler)",
	"DICOM":        "convert it to PNG, with `dcmj2pnm --write-png IN OUT.png` (DCMTK)",
	"PPM":          magickToPNG,
	"TGA":          magickToPNG,
	"QOI":          magickToPNG,
	"Radiance":     magickToPNG,
	"OpenEXR":      magickToPNG,
	"Windows icon": "convert it to PNG, with `magick 'IN[0]' OUT.png` (ImageMagick)",
	"NumPy array":  "save it as PNG, with Pillow's `Image.fromarray`",
	"ZIP archive":  "unpack it",
	"archive":      "unpack it",
}

const magickToPNG = "convert it to PNG, with `magick IN OUT.png` (ImageMagick)"

// signature is what files of a format have at an offset.
type signature struct {
	at           int
	bytes, named string
}

var signatures = []signature{
	{0, "\x00\x00\x00\x0cjP  ", "JPEG 2000"}, {0, "\xff\x4f\xff\x51", "JPEG 2000"},
	{0, "\x00\x00\x00\x0cJXL ", "JPEG XL"}, {0, "\xff\x0a", "JPEG XL"}, {0, "II\xbc\x01", "JPEG XR"},
	{0, "8BPS", "Photoshop"}, {0, "%PDF", "PDF"}, {0, "\x00\x00\x01\x00", "Windows icon"}, {0, "SIMPLE  =", "FITS"},
	{0, "P1\n", "PPM"}, {0, "P2\n", "PPM"}, {0, "P3\n", "PPM"}, {0, "P4\n", "PPM"}, {0, "P5\n", "PPM"},
	{0, "P6\n", "PPM"}, {0, "P5 ", "PPM"}, {0, "P6 ", "PPM"}, {0, "P7\n", "PPM"},
	{0, "v/1\x01", "OpenEXR"}, {0, "#?RADIANCE", "Radiance"}, {0, "qoif", "QOI"},
	{128, "DICM", "DICOM"}, {0, "\x93NUMPY", "NumPy array"},
	{0, "PK\x03\x04", "ZIP archive"}, {0, "\x1f\x8b", "archive"}, {0, "Rar!", "archive"}, {0, "7z\xbc\xaf", "archive"},
	{0, "FUJIFILMCCD-RAW", cameraRaw}, {0, "IIRO", cameraRaw}, {0, "IIRS", cameraRaw}, {0, "MMOR", cameraRaw},
	{0, "IIU\x00", cameraRaw}, {0, "FOVb", cameraRaw}, {0, "\x00MRM", cameraRaw}, {6, "HEAPCCDR", cameraRaw},
}

// foreignName returns the format of a file that cannot be read here, judged by its content; it is
// empty for any other file.
func foreignName(data []byte) string {
	for _, s := range signatures {
		if len(data) > s.at && bytes.HasPrefix(data[s.at:], []byte(s.bytes)) {
			return s.named
		}
	}
	classic := bytes.HasPrefix(data, []byte("II*\x00")) || bytes.HasPrefix(data, []byte("MM\x00*"))
	if classic && tiff.IsRaw(data) {
		return cameraRaw
	}
	return ""
}

// foreign says that a file is of a format that cannot be read here, and how to convert it.
func foreign(name string) error {
	kind := "file"
	switch name {
	case "HEIC", "AVIF", "JPEG 2000", "JPEG XL", "JPEG XR", cameraRaw:
		kind = "photo"
	case "archive", "ZIP archive", "NumPy array", "Windows icon":
		kind = ""
	}
	how := conversions[name]
	if how == "" {
		how = "save it as PNG or JPEG"
	}
	return fmt.Errorf("is a %s, which cannot be read here: %s", strings.TrimRight(name+" "+kind, " "), how)
}

// container names what an ISO base media file holds, by its brands (ISO/IEC 14496-12, 4.3).
func container(data []byte) error {
	brands := data[8:min(len(data), 8+64)]
	switch string(brands[:4]) {
	case "avif", "avis", "avio":
		return foreign("AVIF")
	case "mif1", "msf1", "miaf":
		if bytes.Contains(brands, []byte("avif")) {
			return foreign("AVIF")
		}
		return foreign("HEIC")
	case "heic", "heix", "heim", "heis", "hevc", "hevx":
		return foreign("HEIC")
	case "crx ":
		return foreign(cameraRaw)
	case "jp2 ", "jpx ":
		return foreign("JPEG 2000")
	}
	return errVideo
}

// IsHEIF reports whether a file that starts so is a HEIC or AVIF photo, which libheif converts.
func IsHEIF(start []byte) bool {
	if len(start) < 12 || string(start[4:8]) != "ftyp" {
		return false
	}
	reason := container(start).Error()
	return reason == foreign("HEIC").Error() || reason == foreign("AVIF").Error()
}

var errVideo = errors.New("is a video or another file of its kind, not a photo")

// ForeignReason says why a file whose name has the ending of an unreadable format cannot be read,
// judged by the start of its content. It is empty for a readable photo that only has the wrong
// name, as phones and messengers write them.
func ForeignReason(name string, start []byte) string {
	format, err := Sniff(start)
	switch {
	case err == nil && format != "tiff": // raw files are TIFFs
		return ""
	case err != nil && (len(start) == 0 || !errors.Is(err, errUnknown)):
		return err.Error()
	}
	return foreign(foreignExt[ext(name)]).Error()
}
