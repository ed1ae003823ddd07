//go:build linux

package mutant

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
)

// mutate reads a photo and damages it in one to three ways; some take a piece of another photo.
func mutate(files []string, file string, r *rand.Rand) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	other, err := os.ReadFile(files[r.IntN(len(files))])
	if err != nil {
		return nil, err
	}
	for range 1 + r.IntN(3) {
		if len(data) > 0 {
			data = mutations[r.IntN(len(mutations))](data, other, r)
		}
	}
	return data, nil
}

// mutations change a photo of at least one byte.
var mutations = []func(data, other []byte, r *rand.Rand) []byte{
	func(data, _ []byte, r *rand.Rand) []byte { return flip(data, 1, len(data), r) },
	func(data, _ []byte, r *rand.Rand) []byte { return flip(data, 20, len(data), r) },
	func(data, _ []byte, r *rand.Rand) []byte { return flip(data, 4, min(64, len(data)), r) }, // the header
	func(data, _ []byte, r *rand.Rand) []byte { return data[:r.IntN(len(data))] },
	func(data, _ []byte, r *rand.Rand) []byte {
		from, to := part(data, r)
		clear(data[from:to])
		return data
	},
	func(data, _ []byte, r *rand.Rand) []byte {
		from, to := part(data, r)
		return slices.Delete(data, from, to)
	},
	repeat,
	func(data, other []byte, r *rand.Rand) []byte {
		from, to := part(other, r)
		return slices.Insert(data, r.IntN(len(data)), other[from:to]...)
	},
	extreme,
}

func flip(data []byte, bits, below int, r *rand.Rand) []byte {
	for range bits {
		data[r.IntN(below)] ^= 1 << r.IntN(8)
	}
	return data
}

// part is a random piece.
func part(data []byte, r *rand.Rand) (from, to int) {
	if len(data) == 0 {
		return 0, 0
	}
	from = r.IntN(len(data))
	return from, from + r.IntN(len(data)-from)
}

// repeat writes a piece many times, up to a megabyte.
func repeat(data, _ []byte, r *rand.Rand) []byte {
	from, to := part(data, r)
	piece := slices.Clone(data[from:to])
	times := min(1+r.IntN(3000), (1<<20)/max(len(piece), 1))
	return slices.Insert(data, to, bytes.Repeat(piece, times)...)
}

// extreme writes numbers that sizes and counts are not made for.
func extreme(data, _ []byte, r *rand.Rand) []byte {
	numbers := [][]byte{
		{0, 0, 0, 0}, {255, 255}, {255, 255, 255, 255}, {127, 255, 255, 255},
		{255, 255, 255, 127}, {0, 0}, {128, 0, 0, 0}, {0, 1},
	}
	at := r.IntN(len(data))
	if r.IntN(2) == 0 {
		at = r.IntN(min(64, len(data)))
	}
	copy(data[at:], numbers[r.IntN(len(numbers))])
	return data
}
