package jpegscan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

var errCode = errors.New("a part of its pixels is missing or was overwritten")

// table is a Huffman table. look gives, by the next 8 bits, the symbol of a code of up to 8 bits
// and, 8 bits higher, how long the code and the bits that follow it are together, or 0; longer
// codes are found by the largest code of each length.
type table struct {
	look    [256]uint16
	largest [17]int // code, by length; -1: none of that length
	offset  [17]int // of a code's symbol in symbols
	symbols []byte
}

// newTable reads one table of a DHT segment, behind its class and number (T.81, annex C), and
// returns how long it is.
func newTable(data []byte) (t *table, size int, err error) {
	if len(data) < 16 {
		return nil, 0, io.ErrUnexpectedEOF
	}
	total := 0
	for _, n := range data[:16] {
		total += int(n)
	}
	if total > 256 || 16+total > len(data) {
		return nil, 0, errors.New("a Huffman table of it is broken")
	}
	t = &table{symbols: data[16 : 16+total]}
	code, at := 0, 0
	for length := 1; length <= 16; length++ {
		n := int(data[length-1])
		t.offset[length], t.largest[length] = at-code, -1
		for range n {
			if code >= 1<<length {
				return nil, 0, errors.New("a Huffman table of it is broken")
			}
			for i := 0; length <= 8 && i < 1<<(8-length); i++ {
				t.look[code<<(8-length)|i] = uint16(length+int(t.symbols[at]&15))<<8 | uint16(t.symbols[at])
			}
			t.largest[length] = code
			code, at = code+1, at+1
		}
		code <<= 1
	}
	return t, 16 + total, nil
}

// find is the symbol and the length of the code at the front of the 16 bits of next; -1 and 16 if
// there is none.
func (t *table) find(next uint32) (symbol, length int) {
	if e := t.look[next>>8]; e != 0 {
		return int(e & 0xFF), int(e>>8) - int(e&15)
	}
	return t.findLong(next)
}

func (t *table) findLong(next uint32) (symbol, length int) {
	for length = 9; length <= 16; length++ {
		if code := int(next >> (16 - length)); code <= t.largest[length] {
			return int(t.symbols[code+t.offset[length]]), length
		}
	}
	return -1, 16
}

// bits reads the entropy-coded data between two markers. What is read beyond its end is zeros.
type bits struct {
	data  []byte // up to the marker, still with its stuffed zeros
	pos   int
	acc   uint64 // what was taken from data and not used yet are its n low bits
	n     int
	short bool // more was asked for than there is
}

// fill makes n at least 32, or all that is left.
func (b *bits) fill() {
	for b.n <= 32 && b.pos+4 <= len(b.data) {
		v := binary.BigEndian.Uint32(b.data[b.pos:])
		if (^v-0x01010101)&v&0x80808080 != 0 { // one of the four is 0xFF
			break
		}
		b.acc, b.n, b.pos = b.acc<<32|uint64(v), b.n+32, b.pos+4
	}
	for b.n < 32 && b.pos < len(b.data) {
		v := b.data[b.pos]
		if b.pos++; v == 0xFF {
			if b.pos == len(b.data) || b.data[b.pos] != 0 { // bytes that fill up to the marker
				b.pos = len(b.data)
				break
			}
			b.pos++ // the stuffed zero
		}
		b.acc, b.n = b.acc<<8|uint64(v), b.n+8
	}
}

// peek is the next 16 bits.
func (b *bits) peek() uint32 {
	if b.n < 16 {
		if b.fill(); b.n < 16 {
			return uint32(b.acc<<(16-b.n)) & 0xFFFF
		}
	}
	return uint32(b.acc>>(b.n-16)) & 0xFFFF
}

// skip passes over n bits.
func (b *bits) skip(n int) {
	for b.n < n {
		n, b.n = n-b.n, 0
		if b.fill(); b.n == 0 {
			b.short = true
			return
		}
	}
	b.n -= n
}

// take reads the next n bits, at most 16.
func (b *bits) take(n int) int {
	v := int(b.peek() >> (16 - n))
	b.skip(n)
	return v
}

// symbol reads a Huffman code. One that t has not is -1.
func (b *bits) symbol(t *table) int {
	symbol, length := t.find(b.peek())
	b.skip(length)
	return symbol
}

// value reads a Huffman code and the bits that follow it, as many as its low half says. A code that
// t has not is -1.
func (b *bits) value(t *table) int {
	if b.n < 32 {
		b.fill()
	}
	if b.n < 32 { // near the end
		symbol := b.symbol(t)
		b.skip(symbol & 15)
		return symbol
	}
	symbol, length := t.find(uint32(b.acc>>(b.n-16)) & 0xFFFF)
	b.n -= length + symbol&15
	return symbol
}

// left is the number of whole bytes that were not used, without the zeros and 0xFF that some
// encoders fill up with.
func (b *bits) left() int {
	n := 0
	for v, i := b.acc<<(64-b.n), b.n; i >= 8; v, i = v<<8, i-8 {
		if top := v >> 56; top != 0 && top != 0xFF && b.n > 0 {
			n++
		}
	}
	for _, v := range b.data[min(b.pos, len(b.data)):] {
		if v != 0 && v != 0xFF {
			n++
		}
	}
	return n
}

// A file of which the end was never written, such as a download that broke off, has zeros there.
// Few or all of them are codes of the blocks that are missing. Some encoders fill up with zeros
// too, but behind the last block, which ends in two zero bytes at most.
const (
	minEnd  = 64 // zero bytes at the end
	maxUsed = 2  // of them, by the last block of a whole picture
)

// endsInZeros reports whether blocks were read from zeros at the end, and more zeros are left.
func (b *bits) endsInZeros() bool {
	zeros := len(b.data) - len(bytes.TrimRight(b.data, "\x00"))
	left := len(b.data) - b.pos + b.n/8
	return zeros >= minEnd && left > maxLeft && left+maxUsed < zeros
}

// hasZeros reports whether data has n zeros in a row.
func hasZeros(data []byte, n int) bool {
	for end := n; end <= len(data); {
		kept := len(bytes.TrimRight(data[end-n:end], "\x00"))
		if kept == 0 {
			return true
		}
		end += kept
	}
	return false
}
