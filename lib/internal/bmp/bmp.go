// Package bmp reads BMP pictures of every version: 1 to 32 bits, palettes, run lengths, bit masks,
// bottom up and top down.
//
// golang.org/x/image/bmp refuses run lengths, 16 bits, the headers of OS/2 and gaps between header
// and pixels. Start with [Decode].
package bmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"math/bits"
)

// UnsupportedError is a good file that this package does not read, in words: "a BMP that holds a
// PNG".
type UnsupportedError string

func (e UnsupportedError) Error() string { return string(e) }

// Values of the compression field.
const (
	plain, rle8, rle4, masked, holdsJPEG, holdsPNG, maskedAlpha = 0, 1, 2, 3, 4, 5, 6
)

const fileHeader = 14 // bytes in front of the header proper

// picture is what the header says.
type picture struct {
	width, height int
	topDown       bool
	bits          int
	compression   int
	masks         [4]uint32 // red, green, blue and alpha, of pixels without a palette
	palette       []color.NRGBA
	pixels        []byte
}

// DecodeConfig reads the header. Its errors are those of [Decode].
func DecodeConfig(data []byte) (image.Config, error) {
	p, err := read(data)
	if err != nil {
		return image.Config{}, err
	}
	return image.Config{ColorModel: color.NRGBAModel, Width: p.width, Height: p.height}, nil
}

// Decode reads the picture. It returns an [UnsupportedError] for good files of a kind that it does
// not read, and io.ErrUnexpectedEOF for those that are cut short. It allocates four bytes for a
// pixel that [DecodeConfig] says, and five of one with run lengths.
func Decode(data []byte) (*image.NRGBA, error) {
	p, err := read(data)
	if err != nil {
		return nil, err
	}
	stride := (p.width*p.bits + 31) / 32 * 4
	if p.compression == rle8 || p.compression == rle4 {
		if p.pixels, err = p.runs(); err != nil {
			return nil, err
		}
		p.bits, stride = 8, p.width
	}
	if len(p.pixels) < stride*(p.height-1)+(p.width*p.bits+7)/8 {
		return nil, io.ErrUnexpectedEOF
	}
	out := image.NewNRGBA(image.Rect(0, 0, p.width, p.height))
	for y := range p.height {
		to := p.height - 1 - y
		if p.topDown {
			to = y
		}
		p.row(out.Pix[to*out.Stride:(to+1)*out.Stride], p.pixels[y*stride:])
	}
	return out, nil
}

func read(data []byte) (*picture, error) {
	if len(data) < fileHeader+4 {
		return nil, io.ErrUnexpectedEOF
	}
	offset, size := int64(binary.LittleEndian.Uint32(data[10:])), int64(binary.LittleEndian.Uint32(data[14:]))
	if size != 12 && (size < 16 || size > 1<<16) {
		return nil, fmt.Errorf("its header has %d bytes", size)
	}
	if int64(len(data)) < fileHeader+size || int64(len(data)) < offset {
		return nil, io.ErrUnexpectedEOF
	}
	p := &picture{masks: [4]uint32{0xFF0000, 0xFF00, 0xFF, 0}}
	header, rest := data[fileHeader:fileHeader+size], data[fileHeader+size:]
	colours, entry := p.header(header), 4
	if size == 12 {
		entry = 3
	}
	if p.width < 1 || p.height < 1 {
		return nil, fmt.Errorf("its header says %d x %d pixels", p.width, p.height)
	}
	if err := p.check(); err != nil {
		return nil, err
	}
	rest = p.readMasks(header, rest)
	if p.bits <= 8 {
		p.readPalette(rest, colours, entry)
	}
	p.pixels = data[offset:]
	return p, nil
}

// header reads the sizes, and returns how many colours the palette is said to have, 0 for all.
func (p *picture) header(h []byte) (colours int) {
	if len(h) == 12 {
		p.width, p.height = int(binary.LittleEndian.Uint16(h[4:])), int(binary.LittleEndian.Uint16(h[6:]))
		p.bits = int(binary.LittleEndian.Uint16(h[10:]))
		return 0
	}
	p.width, p.height = int(int32(binary.LittleEndian.Uint32(h[4:]))), int(int32(binary.LittleEndian.Uint32(h[8:])))
	if p.height < 0 {
		p.height, p.topDown = -p.height, true
	}
	p.bits = int(binary.LittleEndian.Uint16(h[14:]))
	if len(h) < 40 {
		return 0
	}
	p.compression = int(binary.LittleEndian.Uint32(h[16:]))
	return int(min(binary.LittleEndian.Uint32(h[32:]), 256))
}

func (p *picture) check() error {
	switch p.compression {
	case plain, masked, maskedAlpha:
	case rle8, rle4:
		if p.bits != 8/p.compression {
			return errors.New("its header contradicts itself")
		}
		return nil
	case holdsJPEG:
		return UnsupportedError("a BMP that holds a JPEG")
	case holdsPNG:
		return UnsupportedError("a BMP that holds a PNG")
	default:
		return UnsupportedError(fmt.Sprintf("a BMP with compression number %d", p.compression))
	}
	switch p.bits {
	case 1, 2, 4, 8, 16, 24, 32:
		return nil
	}
	return fmt.Errorf("its header says %d bits a pixel", p.bits)
}

// readMasks reads where the colours are in a pixel of 16 or 32 bits: from the header, or behind it
// in the oldest version.
func (p *picture) readMasks(header, rest []byte) []byte {
	if p.bits == 16 {
		p.masks = [4]uint32{0x7C00, 0x3E0, 0x1F, 0}
	}
	if p.compression != masked && p.compression != maskedAlpha || p.bits != 16 && p.bits != 32 {
		return rest
	}
	from, n := header[min(40, len(header)):], 3
	if len(from) >= 16 || p.compression == maskedAlpha {
		n = 4
	}
	if len(header) <= 40 {
		from = rest
		rest = rest[min(4*n, len(rest)):]
	}
	for i := 0; i < n && len(from) >= 4*i+4; i++ {
		p.masks[i] = binary.LittleEndian.Uint32(from[4*i:])
	}
	return rest
}

func (p *picture) readPalette(data []byte, colours, entry int) {
	p.palette = make([]color.NRGBA, 256)
	if colours == 0 || colours > 1<<p.bits {
		colours = 1 << p.bits
	}
	for i := range p.palette {
		p.palette[i].A = 255
		if i < colours && len(data) >= (i+1)*entry {
			c := data[i*entry:]
			p.palette[i] = color.NRGBA{c[2], c[1], c[0], 255}
		}
	}
}

// row converts a row to RGB.
func (p *picture) row(out, row []byte) {
	switch {
	case p.bits <= 8:
		perByte, mask := 8/p.bits, byte(1<<p.bits-1)
		for x := range p.width {
			shift := 8 - p.bits*(x%perByte+1)
			c := p.palette[row[x/perByte]>>shift&mask]
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = c.R, c.G, c.B, c.A
		}
	case p.bits == 24:
		for x := range p.width {
			out[4*x], out[4*x+1], out[4*x+2], out[4*x+3] = row[3*x+2], row[3*x+1], row[3*x], 255
		}
	default:
		bytes := p.bits / 8
		for x := range p.width {
			v := uint32(row[bytes*x]) | uint32(row[bytes*x+1])<<8
			if bytes == 4 {
				v |= uint32(row[4*x+2])<<16 | uint32(row[4*x+3])<<24
			}
			for k := range 3 {
				out[4*x+k] = part(v, p.masks[k])
			}
			if out[4*x+3] = 255; p.masks[3] != 0 {
				out[4*x+3] = part(v, p.masks[3])
			}
		}
	}
}

// part is what the mask covers, brought to 8 bits.
func part(v, mask uint32) uint8 {
	if mask == 0 {
		return 0
	}
	shift := bits.TrailingZeros32(mask)
	largest := uint64(mask >> shift)
	return uint8(uint64(v&mask>>shift) * 255 / largest)
}
