// Package tiff reads the first picture of a TIFF or BigTIFF: strips and tiles, samples together or
// in planes, 1 to 16 bits, grey, palette, RGB, CMYK and YCbCr, with or without alpha, in every
// compression that scanners, microscopes and picture editors commonly write. What it cannot read it
// names, see [UnsupportedError].
//
// golang.org/x/image/tiff reads about half of these and calls the others damaged. Start with
// [Decode].
package tiff

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"slices"
)

// UnsupportedError is a good file that this package does not read, in words: "a TIFF with
// floating-point samples".
type UnsupportedError string

func (e UnsupportedError) Error() string { return string(e) }

// Values of the fields.
const (
	whiteIsZero, blackIsZero, rgb, paletted, cmyk, ycbcr = 0, 1, 2, 3, 5, 6

	uncompressed, fax3, fax4, lzwCoded, jpegCoded = 1, 3, 4, 5, 7
	deflated, packBits, deflatedOld               = 8, 32773, 32946
)

// picture is what the directory says.
type picture struct {
	*directory
	width, height  int
	bits, samples  int
	compression    int
	fillOrder      int
	photometric    int
	planar         bool
	signed         bool
	predictor      bool
	alpha          int // sample that is alpha, 0: none
	premultiplied  bool
	blockW, blockH int      // of strips or tiles
	offsets        values   // of the blocks
	counts         values   // of their bytes; some old programs leave them out or write 0
	starts         []uint64 // of the blocks and the directory, ascending; only if a count is missing
	sampling       [2]int   // of YCbCr
	palette        []uint8  // 8 bits, all of its red before its green and its blue
}

// Config is what the header says.
type Config struct {
	image.Config
	Block int64 // bytes that decoding a strip or tile takes, beside the picture
}

// DecodeConfig reads the header. Its errors are those of [Decode].
func DecodeConfig(data []byte) (Config, error) {
	p, err := read(data)
	if err != nil {
		return Config{}, err
	}
	return Config{image.Config{ColorModel: p.model(), Width: p.width, Height: p.height}, p.demand()}, nil
}

// Decode reads the picture: an image.Gray, Gray16, CMYK, NRGBA or NRGBA64 from (0,0). It returns an
// [UnsupportedError] for good files of a kind that it does not read, io.ErrUnexpectedEOF for those
// that are cut short. What it allocates is bounded by [DecodeConfig], and that is for the caller to
// limit. jpeg decodes a JPEG file, as which some TIFFs hold their strips.
func Decode(data []byte, jpeg func([]byte) (image.Image, error)) (image.Image, error) {
	p, err := read(data)
	if err != nil {
		return nil, err
	}
	return p.decode(jpeg)
}

func (p *picture) model() color.Model {
	deep := p.bits > 8
	switch {
	case p.photometric == cmyk:
		return color.CMYKModel
	case p.grey() && p.alpha == 0 && deep:
		return color.Gray16Model
	case p.grey() && p.alpha == 0:
		return color.GrayModel
	case deep && p.photometric != paletted:
		return color.NRGBA64Model
	}
	return color.NRGBAModel
}

func (p *picture) grey() bool { return p.photometric == whiteIsZero || p.photometric == blackIsZero }

func read(data []byte) (*picture, error) {
	d, err := readDirectory(data)
	if err != nil {
		return nil, err
	}
	p := &picture{directory: d}
	for _, step := range []func() error{p.readSize, p.readSamples, p.readColours, p.readBlocks} {
		if err := step(); err != nil && d.cut {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
	}
	return p, nil
}

// numbers reads single values, and the first error.
func (d *directory) numbers(fields map[uint16]*int) error {
	for tag, value := range fields {
		v, err := d.first(tag, *value)
		if err != nil {
			return err
		}
		*value = v
	}
	return nil
}

func (p *picture) readSize() error {
	if err := p.numbers(map[uint16]*int{tagWidth: &p.width, tagHeight: &p.height}); err != nil {
		return err
	}
	if p.width < 1 || p.height < 1 || max(p.width, p.height) > 1<<24 {
		return fmt.Errorf("its header says %d x %d pixels", p.width, p.height)
	}
	return nil
}

func (p *picture) readSamples() error {
	p.bits, p.samples, p.compression, p.fillOrder = 1, 1, uncompressed, 1
	planar, predictor, format := 1, 1, 1
	err := p.numbers(map[uint16]*int{tagBits: &p.bits, tagSamples: &p.samples, tagCompression: &p.compression,
		tagPlanar: &planar, tagPredictor: &predictor, tagSampleFormat: &format, tagFillOrder: &p.fillOrder})
	if err != nil {
		return err
	}
	bits, err := p.values(tagBits)
	if err != nil {
		return err
	}
	for i := range min(bits.len(), p.samples) {
		if bits.at(i) != uint64(p.bits) {
			return UnsupportedError("a TIFF whose samples have different numbers of bits")
		}
	}
	p.planar, p.signed = planar == 2 && p.samples > 1, format == 2
	// Programs leave the predictor in files of other compressions, where it means nothing: so libtiff.
	p.predictor = predictor == 2 && slices.Contains([]int{lzwCoded, deflated, deflatedOld}, p.compression)
	switch {
	case p.samples < 1 || p.samples > 64 || p.bits < 1:
		return errDirectory
	case format == 3 || predictor == 3:
		return UnsupportedError("a TIFF with floating-point samples")
	case format > 4:
		return UnsupportedError("a TIFF with complex samples")
	case p.bits > 16:
		return UnsupportedError(fmt.Sprintf("a TIFF of %d bits a sample", p.bits))
	}
	return p.checkCompression()
}

func (p *picture) checkCompression() error {
	if name, ok := seldom[p.compression]; ok {
		return UnsupportedError("a TIFF with " + name + " compression")
	}
	switch p.compression {
	case uncompressed, fax3, fax4, lzwCoded, jpegCoded, deflated, deflatedOld, packBits:
		return nil
	}
	return UnsupportedError(fmt.Sprintf("a TIFF with compression number %d", p.compression))
}

// seldom are compressions that are known by their names only.
var seldom = map[int]string{
	2: "CCITT RLE", 6: "old-style JPEG", 32771: "CCITT RLE/W", 32809: "ThunderScan", 34661: "JBIG",
	34676: "SGI LogLuv", 34677: "SGI LogLuv", 34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA", 50000: "Zstandard",
	50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL",
}

// colours is how many samples of a pixel are its colour, by photometric interpretation.
var colours = map[int]int{whiteIsZero: 1, blackIsZero: 1, rgb: 3, paletted: 1, cmyk: 4, ycbcr: 3}

func (p *picture) readColours() error {
	p.photometric = blackIsZero
	ink := 1
	if err := p.numbers(map[uint16]*int{tagPhotometric: &p.photometric, tagInkSet: &ink}); err != nil {
		return err
	}
	own, known := colours[p.photometric]
	switch {
	case !known || p.photometric == cmyk && ink != 1:
		return UnsupportedError("a TIFF in " + colourName(p.photometric))
	case p.samples < own:
		return errDirectory
	case p.compression != jpegCoded && (p.photometric == ycbcr || p.photometric == cmyk) && p.bits < 8:
		return UnsupportedError(fmt.Sprintf("a TIFF of %d bits a sample in %s", p.bits, colourName(p.photometric)))
	}
	extra, err := p.first(tagExtraSamples, 0)
	if err != nil {
		return err
	}
	if p.samples > own && (extra == 1 || extra == 2) && p.photometric != cmyk {
		p.alpha, p.premultiplied = own, extra == 1
	}
	if err := p.readPalette(); err != nil {
		return err
	}
	p.sampling = [2]int{2, 2}
	if s, err := p.values(tagYCbCrSampling); err != nil {
		return err
	} else if s.len() == 2 {
		p.sampling = [2]int{int(s.at(0) & 7), int(s.at(1) & 7)}
	}
	if p.photometric == ycbcr && p.compression != jpegCoded && (p.sampling != [2]int{1, 1} || p.bits != 8) {
		return UnsupportedError("a TIFF in YCbCr with fewer colours than pixels")
	}
	return nil
}

// readPalette brings the colours to 8 bits. They are said in 16, but some programs write 8, which
// libtiff tells by their largest value.
func (p *picture) readPalette() error {
	v, err := p.values(tagPalette)
	if err != nil || p.photometric != paletted {
		return err
	}
	n := 3 << p.bits
	if v.len() < n {
		return errors.New("its palette is missing")
	}
	largest := uint64(0)
	for i := range n {
		largest = max(largest, v.at(i))
	}
	for i := range n {
		if colour := v.at(i); largest > 255 {
			p.palette = append(p.palette, uint8(colour>>8))
		} else {
			p.palette = append(p.palette, uint8(colour))
		}
	}
	return nil
}

func colourName(photometric int) string {
	switch photometric {
	case cmyk:
		return "CMYK or other inks"
	case ycbcr:
		return "YCbCr"
	case 4:
		return "transparency mask form"
	case 8, 9, 10:
		return "Lab colours"
	case 32803, 34892:
		return "camera raw form"
	case 32844, 32845:
		return "LogLuv colours"
	}
	return fmt.Sprintf("colours of kind %d", photometric)
}
