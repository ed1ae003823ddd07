package tiff

import (
	"encoding/binary"
	"errors"
	"io"
)

// Tags of TIFF 6.0 and its supplements.
const (
	tagSubfileType     = 254
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagStripOffsets    = 273
	tagOrientation     = 274
	tagSamples         = 277
	tagRowsPerStrip    = 278
	tagStripCounts     = 279
	tagPlanar          = 284
	tagT4Options       = 292
	tagPredictor       = 317
	tagPalette         = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileCounts      = 325
	tagSubIFDs         = 330
	tagInkSet          = 332
	tagXMP             = 700
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagJPEGTables      = 347
	tagYCbCrSampling   = 530
	tagDNGVersion      = 50706
	tagMake            = 271
	tagModel           = 272
	tagDateTime        = 306
	tagExif            = 34665
	tagTaken           = 36867
	maxEntries         = 65535
	sizeOfClassicEntry = 12
	sizeOfBigEntry     = 20
)

// directory is the first image file directory of a TIFF. Fields are read when they are asked for.
type directory struct {
	data   []byte
	at     uint64 // where it lies
	order  binary.ByteOrder
	big    bool // BigTIFF: offsets and counts have 8 bytes
	cut    bool // it is longer than the file
	fields map[uint16][]byte
}

var errDirectory = errors.New("its directory is broken")

func readDirectory(data []byte) (*directory, error) {
	if len(data) < 8 {
		return nil, io.ErrUnexpectedEOF
	}
	d := &directory{data: data, order: binary.LittleEndian, fields: map[uint16][]byte{}}
	if data[0] == 'M' {
		d.order = binary.BigEndian
	}
	at, word := uint64(d.order.Uint32(data[4:])), uint64(2)
	if d.order.Uint16(data[2:]) == 43 {
		if len(data) < 16 || d.order.Uint16(data[4:]) != 8 {
			return nil, errDirectory
		}
		d.big, at, word = true, d.order.Uint64(data[8:]), 8
	}
	return d.read(at, word)
}

// read reads the directory at an offset, whose count of fields has so many bytes.
func (d *directory) read(at, word uint64) (*directory, error) {
	data := d.data
	if at > uint64(len(data)) || uint64(len(data))-at < word {
		return nil, io.ErrUnexpectedEOF
	}
	count, size := uint64(d.order.Uint16(data[at:])), uint64(sizeOfClassicEntry)
	if d.big {
		count, size = d.order.Uint64(data[at:]), sizeOfBigEntry
	}
	entries := data[at+word:]
	d.at = at
	d.cut = count > uint64(len(entries))/size
	for i := range min(count, maxEntries, uint64(len(entries))/size) {
		entry := entries[i*size : (i+1)*size]
		if tag := d.order.Uint16(entry); d.fields[tag] == nil {
			d.fields[tag] = entry
		}
	}
	return d, nil
}

// sizes of the field types 1 to 18, bytes; 0: not a type.
var sizes = [...]uint64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8,
	17: 8, 18: 8}

// values are those of a field, as they lie in the file: there may be as many as it has bytes.
type values struct {
	data  []byte
	size  int // of one value, bytes; 0 if there is no such field
	order binary.ByteOrder
}

func (v values) len() int {
	if v.size == 0 {
		return 0
	}
	return len(v.data) / v.size
}

// at is the value i as an unsigned number.
func (v values) at(i int) uint64 {
	data := v.data[i*v.size:]
	switch v.size {
	case 1:
		return uint64(data[0])
	case 2:
		return uint64(v.order.Uint16(data))
	case 4:
		return uint64(v.order.Uint32(data))
	}
	return v.order.Uint64(data)
}

// values finds the values of a field.
func (d *directory) values(tag uint16) (values, error) {
	entry := d.fields[tag]
	if entry == nil {
		return values{}, nil
	}
	kind := int(d.order.Uint16(entry[2:]))
	if kind >= len(sizes) || sizes[kind] == 0 {
		return values{}, errDirectory
	}
	count, inline := uint64(d.order.Uint32(entry[4:])), entry[8:]
	if d.big {
		count, inline = d.order.Uint64(entry[4:]), entry[12:]
	}
	size := sizes[kind]
	if count > uint64(len(d.data))/size {
		return values{}, io.ErrUnexpectedEOF
	}
	if n := count * size; n <= uint64(len(inline)) {
		return values{inline[:n], int(size), d.order}, nil
	}
	at := uint64(d.order.Uint32(inline))
	if d.big {
		at = d.order.Uint64(inline)
	}
	if at > uint64(len(d.data)) || uint64(len(d.data))-at < count*size {
		return values{}, io.ErrUnexpectedEOF
	}
	return values{d.data[at : at+count*size], int(size), d.order}, nil
}

// first is the first value of a field, or otherwise if there is none.
func (d *directory) first(tag uint16, otherwise int) (int, error) {
	v, err := d.values(tag)
	if err != nil || v.len() == 0 {
		return otherwise, err
	}
	return int(min(v.at(0), 1<<31-1)), nil
}

// Orientation is the value of the tag of that name in a TIFF, or in the EXIF data of another
// format, which have the same form: 1 to 8, and 1 where there is none or it cannot be read (TIFF
// 6.0, section 8). found says that there is one.
func Orientation(data []byte) (value int, found bool) {
	d, err := readDirectory(data)
	if err != nil {
		return 1, false
	}
	found = d.fields[tagOrientation] != nil
	if v, err := d.first(tagOrientation, 1); err == nil && v >= 1 && v <= 8 {
		return v, found
	}
	return 1, found
}

// XMP is the XMP text in a TIFF (XMP specification, part 3), nil where there is none.
func XMP(data []byte) []byte {
	d, err := readDirectory(data)
	if err != nil || d.fields[tagXMP] == nil {
		return nil
	}
	v, err := d.values(tagXMP)
	if kind := d.order.Uint16(d.fields[tagXMP][2:]); err != nil || kind != 1 && kind != 7 { // bytes, and of any kind
		return nil
	}
	return v.data
}

// IsRaw reports whether data is what a camera recorded before it made a picture of it, in the form
// of a TIFF: a digital negative (DNG 1.7, tag DNGVersion), Canon's CR2, or a file whose first
// picture is a reduced copy of one in a directory below, as most makers have it. Scanners write
// such copies, too: the maker of a camera must be told, or no size of the first picture.
func IsRaw(data []byte) bool {
	d, err := readDirectory(data)
	if err != nil {
		return false
	}
	kind, err := d.first(tagSubfileType, 0)
	reduced := err == nil && kind&1 == 1 && d.fields[tagSubIFDs] != nil
	return d.fields[tagDNGVersion] != nil || len(data) > 10 && string(data[8:10]) == "CR" ||
		reduced && (d.fields[tagMake] != nil || d.fields[tagWidth] == nil)
}
