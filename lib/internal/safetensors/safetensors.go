// Package safetensors reads and writes float32 tensors in the safetensors format, which many tools
// can open. It reads those of a few other types too, as float32.
//
// The format is 8 bytes of header length (little endian), a JSON header with name, type, shape and
// offsets, and the raw data. See https://github.com/huggingface/safetensors. Start with [Write] and
// [Read].
package safetensors

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes/float16"

	"imagelab/lib/internal/atomicfile"
)

// Tensor is an array of float32 in row-major order.
type Tensor struct {
	Shape []int
	Data  []float32
}

// Size is the number of elements that the shape asks for.
func (t Tensor) Size() int {
	n := 1
	for _, d := range t.Shape {
		n *= d
	}
	return n
}

// File is what one safetensors file holds.
type File struct {
	Tensors  map[string]Tensor
	Metadata map[string]string
}

const (
	maxHeader = 16 << 20 // bytes
	maxFile   = 8 << 30  // bytes
)

type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// headerKey is the metadata under which a file holds the sha256 of its header, in hex, with zeros
// in its own place.
const headerKey = "header_sha256"

// sumKey is the metadata under which a file holds the sha256 of its data, in hex. Files of other
// programs have none.
const sumKey = "data_sha256"

// Write stores the file under path, atomically: a reader sees the old file or the whole new one.
// Names are written in sorted order, so equal contents give equal bytes. A digest of the data is
// added to the metadata.
func Write(path string, f File) error {
	meta := map[string]string{}
	maps.Copy(meta, f.Metadata)
	meta[sumKey], meta[headerKey] = Digest(f.Tensors), blank
	header := map[string]any{"__metadata__": meta}
	var offset int64
	names := sortedNames(f.Tensors)
	for _, name := range names {
		t := f.Tensors[name]
		if t.Size() != len(t.Data) {
			return fmt.Errorf("safetensors: %s has %d values for shape %v", name, len(t.Data), t.Shape)
		}
		end := offset + 4*int64(len(t.Data))
		header[name] = entry{"F32", append([]int{}, t.Shape...), []int64{offset, end}}
		offset = end
	}
	text, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("safetensors: header: %w", err)
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	text = bytes.Replace(text, []byte(blank), []byte(hexSum(text)), 1)
	err = atomicfile.Write(path, 8+int64(len(text))+offset, func(w *os.File) error {
		return writeBody(w, text, f.Tensors)
	})
	if err != nil {
		return fmt.Errorf("safetensors: %w", err)
	}
	return nil
}

// Digest is the sha256 of the values of all tensors in the order of their names, in hex.
func Digest(tensors map[string]Tensor) string {
	sum := sha256.New()
	if err := writeData(sum, tensors); err != nil {
		panic(err) // a hash takes everything
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func writeBody(w io.Writer, header []byte, tensors map[string]Tensor) error {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	if _, err := w.Write(append(length, header...)); err != nil {
		return err
	}
	return writeData(w, tensors)
}

// writeData writes the values of all tensors in the order of their names.
func writeData(w io.Writer, tensors map[string]Tensor) error {
	var buffer []byte
	for _, name := range sortedNames(tensors) {
		buffer = buffer[:0]
		for _, v := range tensors[name].Data {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}

// Read loads a whole file. Anything that is not a well-formed file of tensors whose offsets
// cover the data exactly is an error, and so is data that differs from the digest in the metadata,
// where there is one; memory is only taken for what the file really holds.
func Read(path string) (File, error) {
	f, err := os.Open(path)
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %w", err)
	}
	if info.Size() > maxFile {
		return File{}, fmt.Errorf("safetensors: %s: %d bytes is more than a model of this lab can have", path, info.Size())
	}
	out, err := decode(f, info.Size())
	if err != nil {
		return File{}, fmt.Errorf("safetensors: %s: %w", path, err)
	}
	return out, nil
}

func decode(r io.Reader, size int64) (File, error) {
	var length [8]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return File{}, fmt.Errorf("no header: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return File{}, fmt.Errorf("the header claims %d bytes in a file of %d", n, size)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return File{}, fmt.Errorf("header: %w", err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(text, &raw); err != nil {
		return File{}, fmt.Errorf("header: %w", err)
	}
	out := File{Tensors: map[string]Tensor{}}
	if meta, ok := raw["__metadata__"]; ok {
		if err := json.Unmarshal(meta, &out.Metadata); err != nil {
			return File{}, fmt.Errorf("header metadata: %w", err)
		}
		delete(raw, "__metadata__")
	}
	data := make([]byte, size-8-int64(n))
	if _, err := io.ReadFull(r, data); err != nil {
		return File{}, fmt.Errorf("data: %w", err)
	}
	if err := out.verify(text, data); err != nil {
		return File{}, err
	}
	var spans [][]int64
	for name, message := range raw {
		var e entry
		if err := json.Unmarshal(message, &e); err != nil {
			return File{}, fmt.Errorf("tensor %q: %w", name, err)
		}
		t, err := e.tensor(data)
		if err != nil {
			return File{}, fmt.Errorf("tensor %q: %w", name, err)
		}
		spans = append(spans, e.Offsets)
		out.Tensors[name] = t
	}
	return out, cover(spans, int64(len(data)))
}

// blank stands in place of the header's own digest where that is computed.
var blank = strings.Repeat("0", 2*sha256.Size)

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// verify compares header and data with the digests that [Write] left in the metadata, which it
// takes out.
func (f File) verify(header, data []byte) error {
	sum, ok := f.Metadata[headerKey]
	if ok && (len(sum) != len(blank) || hexSum(bytes.Replace(header, []byte(sum), []byte(blank), 1)) != sum) {
		return errors.New("the header is damaged: it differs from the digest that was written with it")
	}
	want, ok := f.Metadata[sumKey]
	delete(f.Metadata, headerKey)
	delete(f.Metadata, sumKey)
	if ok && hexSum(data) != want {
		return errors.New("the data is damaged: it differs from the digest that was written with it")
	}
	return nil
}

// cover reports spans [begin, end) that overlap, leave a gap, or do not fill [0, size).
func cover(spans [][]int64, size int64) error {
	slices.SortFunc(spans, slices.Compare[[]int64])
	at := int64(0)
	for _, s := range append(spans, []int64{size, size}) {
		switch {
		case s[0] < at:
			return fmt.Errorf("tensors overlap: one begins at data byte %d, before another's end at %d", s[0], at)
		case s[0] > at:
			return fmt.Errorf("tensors do not cover data bytes %d to %d", at, s[0])
		}
		at = s[1]
	}
	return nil
}

func (e entry) tensor(data []byte) (Tensor, error) {
	each, ok := sizes[e.DType]
	if !ok {
		return Tensor{}, fmt.Errorf("type %s; only F32, F16, BF16, F64 and I64 are read", e.DType)
	}
	if len(e.Offsets) != 2 || e.Offsets[0] < 0 || e.Offsets[1] < e.Offsets[0] || e.Offsets[1] > int64(len(data)) {
		return Tensor{}, fmt.Errorf("offsets %v do not lie in %d bytes", e.Offsets, len(data))
	}
	n := int64(1)
	for _, d := range e.Shape {
		if d < 0 || (d > 0 && n > int64(len(data))/int64(d)) {
			return Tensor{}, fmt.Errorf("shape %v is larger than the file", e.Shape)
		}
		n *= int64(d)
	}
	bytes := data[e.Offsets[0]:e.Offsets[1]]
	if each*n != int64(len(bytes)) {
		return Tensor{}, fmt.Errorf("shape %v does not fit %d bytes", e.Shape, len(bytes))
	}
	values, err := Decode(e.DType, bytes)
	return Tensor{Shape: slices.Clone(e.Shape), Data: values}, err
}

// sizes of a number of each type, bytes.
var sizes = map[string]int64{"F32": 4, "F16": 2, "BF16": 2, "F64": 8, "I64": 8}

// Decode converts numbers of a type of this format, little endian, to float32. Numbers of "F64"
// and "I64" are rounded, those of "F16" and "BF16" are exact. Bytes behind the last whole number
// are left out.
func Decode(kind string, data []byte) ([]float32, error) {
	each, ok := sizes[kind]
	if !ok {
		return nil, fmt.Errorf("safetensors: numbers of type %.20q", kind)
	}
	out := make([]float32, int64(len(data))/each)
	for i := range out {
		b := data[int64(i)*each:]
		switch kind {
		case "F32":
			out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b))
		case "F16":
			out[i] = float16.FromBits(binary.LittleEndian.Uint16(b)).Float32()
		case "BF16":
			out[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(b)) << 16)
		case "F64":
			out[i] = float32(math.Float64frombits(binary.LittleEndian.Uint64(b)))
		case "I64":
			out[i] = float32(int64(binary.LittleEndian.Uint64(b)))
		}
	}
	return out, nil
}

func sortedNames(tensors map[string]Tensor) []string {
	names := make([]string, 0, len(tensors))
	for name := range tensors {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Zeros is a tensor of zeros of a shape.
func Zeros(shape ...int) Tensor {
	t := Tensor{Shape: shape}
	t.Data = make([]float32, t.Size())
	return t
}

// Transposed is the tensor with its axes in another order: axis i of the result is axis order[i]
// of t.
func (t Tensor) Transposed(order ...int) Tensor {
	out := Tensor{Data: make([]float32, len(t.Data))}
	strides, stride := make([]int, len(t.Shape)), 1
	for axis := len(t.Shape) - 1; axis >= 0; axis-- {
		strides[axis] = stride
		stride *= t.Shape[axis]
	}
	for _, axis := range order {
		out.Shape = append(out.Shape, t.Shape[axis])
	}
	for n := range out.Data {
		from, rest := 0, n
		for i := len(order) - 1; i >= 0; i-- {
			from += rest % out.Shape[i] * strides[order[i]]
			rest /= out.Shape[i]
		}
		out.Data[n] = t.Data[from]
	}
	return out
}

// Finite reports whether all values are numbers: none is infinite or NaN.
func (t Tensor) Finite() bool {
	return !slices.ContainsFunc(t.Data, func(v float32) bool {
		return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0)
	})
}
