//go:build linux

package flip

import "math/rand/v2"

// page is the unit in which a disk forgets, bytes.
const page = 4096

// damages change the content of a file, of at least one byte, by what they are called.
var damages = map[string]func(data []byte, r *rand.Rand) []byte{
	"with a flipped bit":       func(data []byte, r *rand.Rand) []byte { return flip(data, 1, r) },
	"with 200 flipped bits":    func(data []byte, r *rand.Rand) []byte { return flip(data, 200, r) },
	"cut short":                func(data []byte, r *rand.Rand) []byte { return data[:r.IntN(len(data))] },
	"empty":                    func([]byte, *rand.Rand) []byte { return nil },
	"zeroed":                   func(data []byte, _ *rand.Rand) []byte { clear(data); return data },
	"with zeros at the end":    func(data []byte, r *rand.Rand) []byte { clear(data[r.IntN(len(data)):]); return data },
	"with a zero page":         zeroPage,
	"with foreign bytes added": func(data []byte, r *rand.Rand) []byte { return append(data, foreign(r)...) },
}

func flip(data []byte, bits int, r *rand.Rand) []byte {
	for range bits {
		data[r.IntN(len(data))] ^= 1 << r.IntN(8)
	}
	return data
}

func zeroPage(data []byte, r *rand.Rand) []byte {
	from := r.IntN((len(data)+page-1)/page) * page
	clear(data[from:min(from+page, len(data))])
	return data
}

func foreign(r *rand.Rand) []byte {
	data := make([]byte, 1+r.IntN(500))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	return data
}
