package jpegscan

import (
	"errors"
	"fmt"
	"io"
)

// component is one colour of a frame.
type component struct {
	id            byte
	h, v          int      // sampling factors
	width, height int      // blocks that hold pixels
	stride        int      // blocks in a row, with those that only fill the last MCU
	nonzero       []uint64 // of a progressive frame: which of its 64 coefficients are not zero, by block
	precision     [64]int8 // lowest bit that was sent of each coefficient; -1: none was
	quant         byte     // number of its quantisation table
	dc, ac        *table
}

type checker struct {
	data          []byte
	components    []component
	progressive   bool
	width, height int // pixels
	mcusX, mcusY  int
	interval      int // MCUs between restart markers; 0: there are none
	tables        [2][4]*table
	quants        [4]bool // quantisation tables that were sent
	size          int     // blocks
	scans, work   int     // work is in blocks
}

// Check reports whether data, a JPEG file, holds all of its pixels: an error says that they are cut
// short (io.ErrUnexpectedEOF), damaged, of a kind that is seldom used and not known here, or in so
// many scans that decoding them would take minutes. A missing end marker is none, and neither are
// bytes between segments and behind the picture.
func Check(data []byte) error {
	c := &checker{data: data}
	pos := 2
	for {
		marker, content, next := segment(data, pos)
		if next == 0 {
			return c.complete()
		}
		var err error
		if pos, err = c.read(marker, content, next); err != nil {
			return err
		}
	}
}

// Frame is what the header of a JPEG says of its picture.
type Frame struct {
	Width, Height int // pixels
	Components    int
	Samples       int64 // of all components, with those that only fill blocks
	Progressive   bool
}

// ReadFrame reads the header only. The error is that of [Check].
func ReadFrame(data []byte) (Frame, error) {
	for marker, content := range Segments(data) {
		if marker < sof0 || marker > 0xCF || marker == dht || marker == 0xC8 || marker == 0xCC {
			continue
		}
		c := &checker{}
		if _, err := c.read(marker, content, 0); err != nil {
			return Frame{}, err
		}
		return Frame{c.width, c.height, len(c.components), 64 * int64(c.size), c.progressive}, nil
	}
	return Frame{}, io.ErrUnexpectedEOF
}

// Limits on what is decoded: a progressive photo has about ten scans, of which most hold one colour
// only.
const (
	maxScans = 500
	maxWork  = 20_000_000 // blocks in all scans; a progressive photo of 80 megapixels has 11 million
)

// read takes in a segment, and behind a start of scan the entropy-coded data too. It returns where
// to go on.
func (c *checker) read(marker byte, content []byte, next int) (int, error) {
	switch marker {
	case sof0, sof1, sof2:
		return next, c.frame(content, marker == sof2)
	case 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF:
		return next, unknownFrame(marker)
	case dht:
		return next, c.huffman(content)
	case dqt:
		return next, c.quantisation(content)
	case dri:
		if len(content) < 2 {
			return next, io.ErrUnexpectedEOF
		}
		c.interval = int(content[0])<<8 | int(content[1])
	case sos:
		return c.scan(content, next)
	}
	return next, nil
}

// UnsupportedError is a kind of JPEG that this package cannot check: "a lossless JPEG".
type UnsupportedError string

func (e UnsupportedError) Error() string { return string(e) }

func unknownFrame(marker byte) error {
	switch {
	case marker == 0xC3:
		return UnsupportedError("a lossless JPEG")
	case marker >= 0xC9 && marker <= 0xCB:
		return UnsupportedError("a JPEG with arithmetic coding")
	}
	return UnsupportedError("a hierarchical JPEG")
}

func (c *checker) huffman(content []byte) error {
	for len(content) > 0 {
		class, number := content[0]>>4, content[0]&15
		t, size, err := newTable(content[1:])
		if err != nil {
			return err
		}
		if class > 1 || number > 3 {
			return errors.New("a Huffman table of it is broken")
		}
		c.tables[class][number] = t
		content = content[1+size:]
	}
	return nil
}

// quantisation notes which tables a DQT segment sends (T.81, B.2.4.1).
func (c *checker) quantisation(content []byte) error {
	for len(content) > 0 {
		precision, number := int(content[0]>>4), content[0]&15
		size := 1 + 64*(1+precision)
		if precision > 1 || number > 3 || len(content) < size {
			return errors.New("a quantisation table of it is broken")
		}
		c.quants[number] = true
		content = content[size:]
	}
	return nil
}

// frame reads the size and the components of the picture.
func (c *checker) frame(content []byte, progressive bool) error {
	if c.components != nil {
		return errors.New("it has two frames")
	}
	if len(content) < 6 || len(content) < 6+3*int(content[5]) {
		return io.ErrUnexpectedEOF
	}
	if content[0] != 8 {
		return UnsupportedError(fmt.Sprintf("a JPEG of %d bits a sample", content[0]))
	}
	height, width := int(content[1])<<8|int(content[2]), int(content[3])<<8|int(content[4])
	if height == 0 || width == 0 || content[5] == 0 || content[5] > 4 {
		return errors.New("its size is missing")
	}
	c.width, c.height, c.progressive = width, height, progressive
	hMax, vMax := 1, 1
	for i := range int(content[5]) {
		spec := content[6+3*i:]
		k := component{id: spec[0], h: int(spec[1] >> 4), v: int(spec[1] & 15), quant: spec[2]}
		if k.h < 1 || k.h > 4 || k.v < 1 || k.v > 4 {
			return errors.New("its sampling is out of range")
		}
		for z := range k.precision {
			k.precision[z] = -1
		}
		hMax, vMax = max(hMax, k.h), max(vMax, k.v)
		c.components = append(c.components, k)
	}
	c.mcusX, c.mcusY = ceilDiv(width, 8*hMax), ceilDiv(height, 8*vMax)
	for i := range c.components {
		k := &c.components[i]
		k.width, k.height = ceilDiv(ceilDiv(width*k.h, hMax), 8), ceilDiv(ceilDiv(height*k.v, vMax), 8)
		k.stride = c.mcusX * k.h
		c.size += k.stride * c.mcusY * k.v
	}
	return nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// complete says at the end of the file whether every coefficient was sent to its last bit.
func (c *checker) complete() error {
	for _, k := range c.components {
		for _, bit := range k.precision {
			if bit != 0 {
				return io.ErrUnexpectedEOF
			}
		}
	}
	if c.components == nil {
		return io.ErrUnexpectedEOF
	}
	return nil
}
