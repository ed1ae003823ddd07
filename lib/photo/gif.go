package photo

import (
	"compress/lzw"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
)

// decodeGIF lays the first frame on its screen, w x h pixels as [readGIF] has them. What the frame
// leaves free is transparent, or of the first colour where no colour is, as Pillow has it.
//
// image/gif is not used: it refuses frames that reach past the screen, frames without a colour
// table, and bytes that programs leave between and behind the parts of a file, all of which Pillow
// and browsers read.
func decodeGIF(data []byte, w, h int) (image.Image, error) {
	f, err := readGIF(data)
	if err != nil {
		return nil, err
	}
	out := image.NewPaletted(image.Rect(0, 0, w, h), f.palette)
	if free := f.free(); free > 0 {
		for i := range out.Pix {
			out.Pix[i] = free
		}
	}
	pixels := lzw.NewReader(&subBlocks{data: f.pixels}, lzw.LSB, f.codeBits)
	defer pixels.Close()
	for _, y := range f.rows() {
		row := out.Pix[out.PixOffset(f.rect.Min.X, y):][:f.rect.Dx()]
		if err := f.readRow(pixels, row); err != nil {
			return nil, err
		}
	}
	// Damage often shows as more pixels than the frame has. Bytes behind the end of the pixels are
	// no damage: some encoders leave them there.
	n, err := pixels.Read(make([]byte, 1))
	if n > 0 {
		return nil, errors.New("it holds more pixels than its frame has")
	}
	if err != nil && !cutShort(err) {
		return nil, err
	}
	return out, nil
}

func cutShort(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// free is the colour of what the frame leaves free.
func (f *gifFrame) free() uint8 {
	for i, c := range f.palette {
		if c.(color.RGBA).A == 0 {
			return uint8(i)
		}
	}
	return 0
}

// rows are those of the screen that the frame covers, in the order in which they are stored: an
// interlaced frame has every eighth first (GIF89a, appendix E).
func (f *gifFrame) rows() []int {
	passes := [][2]int{{0, 1}}
	if f.interlaced {
		passes = [][2]int{{0, 8}, {4, 8}, {2, 4}, {1, 2}}
	}
	var rows []int
	for _, p := range passes {
		for y := f.rect.Min.Y + p[0]; y < f.rect.Max.Y; y += p[1] {
			rows = append(rows, y)
		}
	}
	return rows
}

func (f *gifFrame) readRow(pixels io.Reader, row []uint8) error {
	if _, err := io.ReadFull(pixels, row); err != nil {
		if cutShort(err) {
			return io.ErrUnexpectedEOF
		}
		return err
	}
	for _, p := range row {
		if int(p) >= len(f.palette) {
			return fmt.Errorf("a pixel of it has colour %d of %d", p, len(f.palette))
		}
	}
	return nil
}

// subBlocks reads what the sub-blocks of a GIF hold, each behind a byte that says how long it is.
type subBlocks struct {
	data []byte
	left int // bytes of the sub-block that were not read yet
}

// ReadByte returns io.EOF at the end of the last sub-block.
func (s *subBlocks) ReadByte() (byte, error) {
	if s.left == 0 && len(s.data) > 0 {
		s.left, s.data = int(s.data[0]), s.data[1:]
	}
	if s.left == 0 || len(s.data) == 0 {
		return 0, io.EOF
	}
	b := s.data[0]
	s.left, s.data = s.left-1, s.data[1:]
	return b, nil
}

// Read is for [lzw.NewReader], which uses ReadByte only.
func (s *subBlocks) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	b, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = b
	return 1, nil
}
