package photo

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// gifFrame is the first frame of a GIF, not decoded yet.
type gifFrame struct {
	screen     image.Point     // size of the screen: what the header says, or up to the end of the frame
	rect       image.Rectangle // where the frame lies on the screen
	palette    color.Palette   // of color.RGBA; shades of grey if the file has no colour table
	interlaced bool
	codeBits   int    // of the first codes of the pixels, less one
	pixels     []byte // the sub-blocks of the pixels, all but the empty one at the end
}

// gifReader walks over the blocks of a GIF.
type gifReader struct {
	data        []byte
	pos         int
	transparent int // colour, by the last graphic control extension; -1: none
}

// Parts of a GIF (GIF89a specification).
const (
	gifExtension      = 0x21
	gifImage          = 0x2C
	gifTrailer        = 0x3B
	gifGraphicControl = 0xF9
	gifComment        = 0xFE

	gifHasTable   = 1 << 7 // flags of the header and of a frame
	gifTableBits  = 7
	gifInterlaced = 1 << 6
)

// readGIF reads up to the end of the first frame. It returns io.ErrUnexpectedEOF for a file that
// ends before.
func readGIF(data []byte) (*gifFrame, error) {
	r := &gifReader{data: data, transparent: -1}
	head, err := r.take(13)
	if err != nil {
		return nil, err
	}
	f := &gifFrame{screen: gifPoint(head[6:])}
	if f.palette, err = r.table(head[10]); err != nil {
		return nil, err
	}
	for {
		kind, err := r.take(1)
		if err != nil {
			return nil, err
		}
		switch kind[0] {
		case gifExtension:
			if err := r.extension(); err != nil {
				return nil, err
			}
		case gifImage:
			return f, r.frame(f)
		case gifTrailer:
			return nil, errors.New("it has no frame")
		case 0: // some programs fill up with zeros
		default:
			return nil, fmt.Errorf("a part of it is of the unknown kind 0x%.2x", kind[0])
		}
	}
}

func gifPoint(b []byte) image.Point {
	return image.Pt(int(binary.LittleEndian.Uint16(b)), int(binary.LittleEndian.Uint16(b[2:])))
}

func (r *gifReader) take(n int) ([]byte, error) {
	if len(r.data)-r.pos < n {
		return nil, io.ErrUnexpectedEOF
	}
	r.pos += n
	return r.data[r.pos-n : r.pos], nil
}

// block reads a sub-block, which may be empty.
func (r *gifReader) block() ([]byte, error) {
	n, err := r.take(1)
	if err != nil {
		return nil, err
	}
	return r.take(int(n[0]))
}

// skip passes over sub-blocks up to and including the empty one at the end.
func (r *gifReader) skip() error {
	for {
		if b, err := r.block(); err != nil || len(b) == 0 {
			return err
		}
	}
}

// table reads the colour table that the flags of a header or a frame announce, nil if they do not.
func (r *gifReader) table(flags byte) (color.Palette, error) {
	if flags&gifHasTable == 0 {
		return nil, nil
	}
	rgb, err := r.take(3 << (1 + flags&gifTableBits))
	if err != nil {
		return nil, err
	}
	p := make(color.Palette, len(rgb)/3)
	for i := range p {
		p[i] = color.RGBA{rgb[3*i], rgb[3*i+1], rgb[3*i+2], 255}
	}
	return p, nil
}

// extension reads an extension. Behind all but a comment, more sub-blocks follow if the first is
// empty, as image/gif and Pillow have it.
func (r *gifReader) extension() error {
	label, err := r.take(1)
	if err != nil {
		return err
	}
	if label[0] != gifComment {
		b, err := r.block()
		if err != nil {
			return err
		}
		if label[0] == gifGraphicControl && len(b) >= 4 && b[0]&1 == 1 {
			r.transparent = int(b[3])
		}
	}
	return r.skip()
}

// frame reads the frame behind its first byte. f has the screen of the header and its colour table.
func (r *gifReader) frame(f *gifFrame) error {
	b, err := r.take(9)
	if err != nil {
		return err
	}
	at, flags := gifPoint(b), b[8]
	f.rect = image.Rectangle{Min: at, Max: at.Add(gifPoint(b[4:]))}
	if f.rect.Empty() {
		return errors.New("its first frame has no pixels")
	}
	f.screen = image.Pt(max(f.screen.X, f.rect.Max.X), max(f.screen.Y, f.rect.Max.Y))
	f.interlaced = flags&gifInterlaced != 0
	own, err := r.table(flags)
	if err != nil {
		return err
	}
	if own != nil {
		f.palette = own
	}
	f.complete(r.transparent)
	bits, err := r.take(1)
	if err != nil {
		return err
	}
	if f.codeBits = int(bits[0]); f.codeBits < 2 || f.codeBits > 8 {
		return fmt.Errorf("its pixels have %d bits", f.codeBits)
	}
	start := r.pos
	if err := r.skip(); err != nil {
		return err
	}
	f.pixels = r.data[start : r.pos-1]
	return nil
}

// complete makes shades of grey where there is no colour table, and the transparent colour
// transparent. One that is beyond the table is added to it, as browsers do.
func (f *gifFrame) complete(transparent int) {
	if f.palette == nil {
		for i := range 256 {
			f.palette = append(f.palette, color.RGBA{uint8(i), uint8(i), uint8(i), 255})
		}
	}
	for transparent >= len(f.palette) {
		f.palette = append(f.palette, color.RGBA{})
	}
	if transparent >= 0 {
		f.palette[transparent] = color.RGBA{}
	}
}
