package logreg

import (
	"encoding/binary"
	"math"
	"sync"

	"github.com/gomlx/compute/dtypes/float16"
)

// Features are the pooled output of the network by image, rows of float16, in the pages of a mapped
// file.
type Features [][]byte

// Half are rows of numbers that float16 can hold, such as those of package embed, as Features.
func Half(rows [][]float32) Features {
	out := make(Features, len(rows))
	for i, row := range rows {
		half := make([]byte, 0, 2*len(row))
		for _, v := range row {
			half = binary.NativeEndian.AppendUint16(half, float16.FromFloat32(v).Bits())
		}
		out[i] = half
	}
	return out
}

// halves is every float16 number, by its bits.
var halves = sync.OnceValue(func() *[1 << 16]float32 {
	var all [1 << 16]float32
	for bits := range all {
		all[bits] = float16.FromBits(uint16(bits)).Float32()
	}
	return &all
})

// read converts row i to dst.
func (f Features) read(dst []float32, i int) {
	all, row := halves(), f[i]
	for j := range dst {
		dst[j] = all[binary.NativeEndian.Uint16(row[2*j:])]
	}
}

// moments returns the mean and one over the standard deviation of every column of width.
func (f Features) moments(width int) (mean, scale []float64) {
	mean, scale = make([]float64, width), make([]float64, width)
	row := make([]float32, width)
	for i := range f {
		f.read(row, i)
		for j, v := range row {
			mean[j] += float64(v) / float64(len(f))
		}
	}
	for i := range f {
		f.read(row, i)
		for j, v := range row {
			d := float64(v) - mean[j]
			scale[j] += d * d / float64(len(f))
		}
	}
	for j, v := range scale {
		scale[j] = 1 / math.Sqrt(v+1e-6)
	}
	return mean, scale
}
