package tiff

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	mathbits "math/bits"
	"slices"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// readBlocks finds the strips or tiles.
func (p *picture) readBlocks() error {
	p.blockW, p.blockH = p.width, p.height
	offsets, counts := uint16(tagStripOffsets), uint16(tagStripCounts)
	rows := p.height
	fields := map[uint16]*int{tagRowsPerStrip: &rows}
	if p.fields[tagTileOffsets] != nil || p.fields[tagTileWidth] != nil {
		offsets, counts = tagTileOffsets, tagTileCounts
		if p.fields[tagTileOffsets] == nil { // as some programs write it
			offsets, counts = tagStripOffsets, tagStripCounts
		}
		fields = map[uint16]*int{tagTileWidth: &p.blockW, tagTileHeight: &rows}
	}
	err := p.numbers(fields)
	if err != nil {
		return err
	}
	if p.blockH = rows; fields[tagRowsPerStrip] != nil {
		p.blockH = min(rows, p.height)
	}
	if p.blockW < 1 || p.blockH < 1 || p.blockW > 1<<24 || p.blockH > 1<<24 {
		return errDirectory
	}
	if p.offsets, err = p.values(offsets); err != nil {
		return err
	}
	if p.counts, err = p.values(counts); err != nil {
		return err
	}
	return p.checkBlocks()
}

func (p *picture) across() int { return (p.width + p.blockW - 1) / p.blockW }
func (p *picture) down() int   { return (p.height + p.blockH - 1) / p.blockH }

// checkBlocks makes sure that there are as many as the picture has, and that they lie inside the
// file and do not say, one by one, that they are most of it: each would be decompressed.
func (p *picture) checkBlocks() error {
	n := p.across() * p.down()
	if p.planar {
		n *= p.samples
	}
	if p.offsets.len() < n {
		return io.ErrUnexpectedEOF
	}
	p.sortOffsets(n)
	size, sum, stored := uint64(len(p.data)), uint64(0), false
	for i := range n {
		from, to := p.extent(i)
		if from > to || to > size {
			return io.ErrUnexpectedEOF
		}
		sum += to - from
		stored = stored || !p.empty(i)
	}
	if !stored {
		return io.ErrUnexpectedEOF
	}
	if sum > 4*size && p.compression != uncompressed {
		return errors.New("its strips overlap")
	}
	return nil
}

// sortOffsets finds where blocks and the directory begin, if there is one whose length is not said.
func (p *picture) sortOffsets(n int) {
	for i := range n {
		if p.count(i) == 0 && !p.empty(i) && p.compression != uncompressed {
			p.starts = []uint64{p.at}
			for i := range n {
				p.starts = append(p.starts, p.offsets.at(i))
			}
			slices.Sort(p.starts)
			return
		}
	}
}

// count is the length of the block i in the file, 0 if it is not said.
func (p *picture) count(i int) uint64 {
	if i >= p.counts.len() {
		return 0
	}
	return p.counts.at(i)
}

// empty reports whether the block i is not stored since all of its samples are 0: GDAL writes such
// files, with 0 for its offset and length.
func (p *picture) empty(i int) bool {
	return i < p.counts.len() && p.offsets.at(i) == 0 && p.counts.at(i) == 0
}

// extent is where the block i lies in the file, which checkBlocks holds against the file's size. A
// block whose length is not said goes on to the next one, to the directory or to the end of the
// file; not compressed, it is as long as its samples.
func (p *picture) extent(i int) (from, to uint64) {
	from = p.offsets.at(i)
	if p.empty(i) {
		return from, from
	}
	size, count := uint64(len(p.data)), p.count(i)
	switch {
	case count > 0:
	case p.compression == uncompressed:
		count = uint64(p.rowBytes()) * uint64(p.blockH)
	default:
		next, _ := slices.BinarySearch(p.starts, from+1)
		if to = size; next < len(p.starts) {
			to = min(to, p.starts[next])
		}
		return from, to
	}
	if p.compression == uncompressed && from <= size { // the last may be shorter
		count = min(count, size-from)
	}
	return from, from + count
}

// stored is the block i as it is in the file.
func (p *picture) stored(i int) []byte {
	from, to := p.extent(i)
	return p.data[from:to]
}

// demand is what decoding a block takes, bytes: its planes alone and together, and a row of samples
// of 16 bits.
func (p *picture) demand() int64 {
	planes := 1
	if p.planar {
		planes = p.samples + 1
	}
	block := int64(p.rowBytes()) * int64(p.blockH) * int64(planes)
	if p.compression == jpegCoded {
		return p.demandJPEG(block)
	}
	return block + 2*int64(min(p.blockW, p.width))*int64(p.samples+1)
}

// rowBytes is the length of a decompressed row of a block.
func (p *picture) rowBytes() int {
	n := p.samples
	if p.planar {
		n = 1
	}
	return (p.blockW*n*p.bits + 7) / 8
}

// block decompresses the block i, of which the given rows lie in the picture.
func (p *picture) block(i, rows int) ([]byte, error) {
	packed, want := p.stored(i), p.rowBytes()*rows
	if p.compression == uncompressed {
		if len(packed) < want {
			return nil, io.ErrUnexpectedEOF
		}
		return p.bitOrder(packed[:want]), nil
	}
	r, err := p.reader(p.bitOrder(packed), rows)
	if err != nil {
		return nil, err
	}
	out := make([]byte, want)
	if _, err := io.ReadFull(r, out); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	return out, nil
}

// bitOrder undoes fill order 2, in which the lowest bit of a byte comes first. It holds for what is
// stored, compressed or not.
func (p *picture) bitOrder(data []byte) []byte {
	if p.fillOrder != 2 || p.compression == fax3 || p.compression == fax4 { // which is read in either order
		return data
	}
	out := make([]byte, len(data))
	for i, v := range data {
		out[i] = mathbits.Reverse8(v)
	}
	return out
}

func (p *picture) reader(packed []byte, rows int) (io.Reader, error) {
	r := bytes.NewReader(packed)
	switch p.compression {
	case lzwCoded:
		if len(packed) > 1 && packed[0] == 0 && packed[1]&1 == 1 {
			return nil, UnsupportedError("a TIFF with LZW compression of before 1992")
		}
		return lzw.NewReader(r, lzw.MSB, 8), nil
	case deflated, deflatedOld:
		return zlib.NewReader(r)
	case packBits:
		return &unpacker{in: packed}, nil
	}
	return p.fax(r, rows)
}

func (p *picture) fax(r io.Reader, rows int) (io.Reader, error) {
	format, order := ccitt.Group3, ccitt.MSB
	options, err := p.first(tagT4Options, 0)
	if err != nil {
		return nil, err
	}
	if p.bits != 1 || p.samples != 1 {
		return nil, errDirectory
	}
	if p.compression == fax4 {
		format = ccitt.Group4
	} else if options != 0 {
		return nil, UnsupportedError("a TIFF with CCITT Group 3 compression in two dimensions or with fill bits")
	}
	if p.fillOrder == 2 {
		order = ccitt.LSB
	}
	return ccitt.NewReader(r, order, format, p.blockW, rows, &ccitt.Options{Invert: true}), nil
}

// unpacker undoes PackBits (TIFF 6.0, section 9).
type unpacker struct {
	in     []byte
	repeat int // of in[0], bytes to come
	copied int // bytes to come as they are
}

func (u *unpacker) Read(out []byte) (n int, err error) {
	for n < len(out) {
		switch {
		case u.repeat > 0:
			for ; u.repeat > 0 && n < len(out); u.repeat-- {
				out[n] = u.in[0]
				n++
			}
			if u.repeat == 0 {
				u.in = u.in[1:]
			}
		case u.copied > 0:
			m := copy(out[n:], u.in[:min(u.copied, len(u.in))])
			if m == 0 {
				return n, io.ErrUnexpectedEOF
			}
			n, u.copied, u.in = n+m, u.copied-m, u.in[m:]
		case len(u.in) < 2:
			return n, io.EOF
		default:
			head := int8(u.in[0])
			u.in = u.in[1:]
			if head >= 0 {
				u.copied = int(head) + 1
			} else if head != -128 {
				u.repeat = 1 - int(head)
			}
		}
	}
	return n, nil
}
