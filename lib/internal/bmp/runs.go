package bmp

import "io"

// runs undoes the run lengths: an index to a pixel, a row after the other. What is jumped over has
// the first colour.
func (p *picture) runs() ([]byte, error) {
	out := make([]byte, p.width*p.height)
	in := p.pixels
	x, y := 0, 0
	for y < p.height {
		if len(in) < 2 {
			return nil, io.ErrUnexpectedEOF
		}
		count, value := int(in[0]), in[1]
		in = in[2:]
		switch {
		case count > 0:
			x = p.write(out, x, y, count, []byte{value, value}, true)
		case value == 0: // end of the row
			x, y = 0, y+1
		case value == 1: // end of the picture
			return out, nil
		case value == 2: // a jump
			if len(in) < 2 {
				return nil, io.ErrUnexpectedEOF
			}
			x, y, in = x+int(in[0]), y+int(in[1]), in[2:]
		default: // as they are, padded to two bytes
			n := (int(value)*p.bits + 7) / 8
			if len(in) < n {
				return nil, io.ErrUnexpectedEOF
			}
			x = p.write(out, x, y, int(value), in[:n], false)
			in = in[min(n+n%2, len(in)):]
		}
	}
	return out, nil
}

// write sets count pixels from (x, y) on to the values in from, or to the ones of its first byte in
// turn, and returns where it ends.
func (p *picture) write(out []byte, x, y, count int, from []byte, same bool) int {
	for i := range count {
		if x >= p.width {
			return x
		}
		at := i
		if p.bits == 4 {
			at = i / 2
		}
		if same {
			at = 0
		}
		v := from[at]
		if p.bits == 4 {
			v = v >> (4 * (1 - i%2)) & 15
		}
		out[y*p.width+x] = v
		x++
	}
	return x
}
