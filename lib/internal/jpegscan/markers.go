// Package jpegscan reads the entropy-coded data of a JPEG without making pixels of it, to tell a
// whole picture from a damaged one. Decoders that are made for viewers fill what is missing with
// grey and say nothing.
//
// Start with [Check]. [Segments] walks the marker segments in front of the pixels.
package jpegscan

import "iter"

// Markers of ITU-T T.81, table B.1: what follows 0xFF.
const (
	sof0 = 0xC0 // baseline
	sof1 = 0xC1 // extended sequential, Huffman coded
	sof2 = 0xC2 // progressive, Huffman coded
	dht  = 0xC4
	rst0 = 0xD0
	soi  = 0xD8
	eoi  = 0xD9
	sos  = 0xDA
	dqt  = 0xDB
	dri  = 0xDD
)

// Segments yields the marker (what follows 0xFF) and the content of the segments up to and
// including the first start of scan, 0xDA. Stray bytes between segments are passed over, as libjpeg
// does.
func Segments(data []byte) iter.Seq2[byte, []byte] {
	return func(yield func(byte, []byte) bool) {
		for pos := 2; ; {
			marker, content, next := segment(data, pos)
			if next == 0 || !yield(marker, content) || marker == sos {
				return
			}
			pos = next
		}
	}
}

// segment finds the next marker that has a segment, at or behind pos, and what it holds. next is
// the position behind it, 0 at the end of the data or the picture.
func segment(data []byte, pos int) (marker byte, content []byte, next int) {
	for pos = nextMarker(data, pos); pos+4 <= len(data); pos = nextMarker(data, pos+2) {
		marker = data[pos+1]
		if marker == eoi {
			return eoi, nil, 0
		}
		if marker >= rst0 && marker <= soi || marker == 1 { // these stand alone
			continue
		}
		end := pos + 2 + int(data[pos+2])<<8 + int(data[pos+3])
		if end < pos+4 || end > len(data) {
			return 0, nil, 0
		}
		return marker, data[pos+4 : end], end
	}
	if pos+2 <= len(data) && data[pos+1] == eoi {
		return eoi, nil, 0
	}
	return 0, nil, 0
}

// nextMarker is the position of the first 0xFF at or behind pos that neither 0 nor another 0xFF
// follows, or len(data).
func nextMarker(data []byte, pos int) int {
	for ; pos+1 < len(data); pos++ {
		if data[pos] == 0xFF && data[pos+1] != 0 && data[pos+1] != 0xFF {
			return pos
		}
	}
	return len(data)
}
