// Package checkpoint reads the tensors of PyTorch's files (.pth, .pt, .bin), of the zip format
// and of the older one, without running any of the code that they may ask for.
//
// Start with [Read]. A pickle is a program; the machine here knows the few instructions and names
// that make dictionaries of tensors, and refuses a file that asks for any other.
package checkpoint

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"

	"imagelab/lib/internal/safetensors"
)

const (
	maxPickle  = 64 << 20 // bytes
	maxNumbers = 2 << 30  // of a storage
	maxFile    = 8 << 30  // bytes
)

// sizes of a number in each kind of storage, bytes.
var sizes = map[string]int64{"FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8,
	"LongStorage": 8, "IntStorage": 4, "ShortStorage": 2, "CharStorage": 1, "ByteStorage": 1, "BoolStorage": 1}

// floats are the kinds that are read, by their names in safetensors. Others count batches and such.
var floats = map[string]string{"FloatStorage": "F32", "HalfStorage": "F16", "BFloat16Storage": "BF16",
	"DoubleStorage": "F64"}

// magic is the number that the older format begins with, as a pickle has it.
const magic = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"

// Read returns the tensors of a state dict by name, as float32. A state dict inside a dictionary
// with other things, as training programs write it, is found under "state_dict", "model" and the
// like. Tensors of integers are left out.
func Read(name string) (map[string]safetensors.Tensor, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %w", err)
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("checkpoint: %s is no file of weights", name)
	}
	out, err := decode(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("checkpoint: %s: %w", name, err)
	}
	return out, nil
}

func decode(r io.ReaderAt, size int64) (map[string]safetensors.Tensor, error) {
	var first [2]byte
	if _, err := r.ReadAt(first[:], 0); err != nil {
		return nil, errors.New("it is empty or damaged")
	}
	c := contents{size: size, data: map[string][]byte{}}
	var root any
	var err error
	switch {
	case string(first[:]) == "PK":
		root, err = c.zipped(r)
	case first[0] == 0x80:
		root, err = c.legacy(bufio.NewReader(io.NewSectionReader(r, 0, size)))
	default:
		err = errors.New("it is neither a checkpoint of PyTorch nor safetensors")
	}
	if err != nil {
		return nil, err
	}
	return c.tensors(root)
}

// contents are the storages of a file.
type contents struct {
	size int64 // of the file, bytes
	data map[string][]byte
}

// zipped reads data.pkl and, for each storage, the file data/KEY beside it.
func (c contents) zipped(r io.ReaderAt) (any, error) {
	archive, err := zip.NewReader(r, c.size)
	if err != nil {
		return nil, fmt.Errorf("its archive is damaged: %w", err)
	}
	files := map[string]*zip.File{}
	folder := ""
	for _, f := range archive.File {
		files[f.Name] = f
		if path.Base(f.Name) == "data.pkl" {
			folder = strings.TrimSuffix(f.Name, "data.pkl")
		}
	}
	left := c.size // bytes: parts that lie over each other must not fill the memory
	text, err := stored(files[folder+"data.pkl"], maxPickle, &left)
	if err != nil {
		return nil, err
	}
	m := machine{r: bufio.NewReader(bytes.NewReader(text)), refs: func(id tuple) (any, error) {
		s, err := reference(id)
		if err != nil || c.data[s.key] != nil || floats[s.kind] == "" {
			return s, err
		}
		c.data[s.key], err = stored(files[folder+"data/"+s.key], s.n*sizes[s.kind], &left)
		return s, err
	}}
	return m.load()
}

// stored is a file of an archive, of at most so many bytes, which it takes from left. PyTorch never
// compresses, so that nothing can grow.
func stored(f *zip.File, most int64, left *int64) ([]byte, error) {
	if f == nil || f.Method != zip.Store || f.UncompressedSize64 > uint64(most) {
		return nil, errors.New("its archive lacks a part, or has one of another size than it says")
	}
	if *left -= int64(f.UncompressedSize64); *left < 0 {
		return nil, errors.New("the parts of its archive are larger than the file")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// legacy reads the older format: five pickles (magic number, version, machine, state dict, keys),
// and then the storages in the order of the keys, each after its length.
func (c contents) legacy(r *bufio.Reader) (any, error) {
	known := map[string]storage{}
	refs := func(id tuple) (any, error) {
		s, err := reference(id)
		known[s.key] = s
		return s, err
	}
	var parts [5]any
	for i := range parts {
		m := machine{r: r, refs: refs}
		var err error
		if parts[i], err = m.load(); err != nil {
			return nil, err
		}
		if i == 0 && parts[0] != magic {
			return nil, errors.New("it is no checkpoint of PyTorch: its magic number is another")
		}
	}
	keys, ok := parts[4].(*list)
	if !ok {
		return nil, errDamaged
	}
	for _, k := range keys.items {
		key, _ := k.(string)
		s, ok := known[key]
		var length [8]byte
		if _, err := io.ReadFull(r, length[:]); err != nil || !ok || int64(binary.LittleEndian.Uint64(length[:])) != s.n {
			return nil, errors.New("its storages are damaged")
		}
		bytes := s.n * sizes[s.kind]
		data, err := io.ReadAll(io.LimitReader(r, bytes))
		if err != nil || int64(len(data)) != bytes {
			return nil, errors.New("it is cut off")
		}
		c.data[key] = data
	}
	return parts[3], nil
}

// tensors copies the tensors of a state dict out of their storages.
func (c contents) tensors(root any) (map[string]safetensors.Tensor, error) {
	d := stateDict(root)
	if d == nil {
		return nil, errors.New("it holds no state dict")
	}
	out := map[string]safetensors.Tensor{}
	left := 2 * c.size // numbers: many views of one storage must not fill the memory
	decoded := map[string][]float32{}
	for i, key := range d.keys {
		name, isText := key.(string)
		t, isTensor := d.values[i].(*tensor)
		if !isText || !isTensor {
			return nil, fmt.Errorf("its entry %.60q is not a tensor", name) // never the value: it may be endless
		}
		kind, ok := floats[t.storage.kind]
		if !ok {
			continue
		}
		if _, ok := decoded[t.storage.key]; !ok {
			decoded[t.storage.key], _ = safetensors.Decode(kind, c.data[t.storage.key])
		}
		got, err := t.contiguous(decoded[t.storage.key], &left)
		if err != nil {
			return nil, fmt.Errorf("tensor %.60q: %w", name, err)
		}
		out[name] = got
	}
	return out, nil
}

// wrappers are the entries of a training program's checkpoint that hold a state dict. Averaged
// weights come first: they are what such programs evaluate, and what timm loads.
var wrappers = []string{"state_dict_ema", "model_ema", "state_dict", "model", "model_state_dict", "net"}

// stateDict finds the dictionary of tensors: one of the wrappers, else the root. Others of the
// root's entries may be tensors too, such as the best accuracy.
func stateDict(root any) *dict {
	d, ok := root.(*dict)
	if !ok {
		return nil
	}
	for _, want := range wrappers {
		for i, key := range d.keys {
			if inner, ok := d.values[i].(*dict); ok && key == want {
				return inner
			}
		}
	}
	for _, v := range d.values {
		if _, ok := v.(*tensor); ok {
			return d
		}
	}
	return nil
}

// contiguous copies a tensor out of its storage in row-major order; some published kernels are
// stored transposed. left is how many numbers may still be copied.
func (t *tensor) contiguous(data []float32, left *int64) (safetensors.Tensor, error) {
	n := int64(1)
	out := safetensors.Tensor{}
	for _, d := range t.shape {
		if d < 0 || d > 0 && n > int64(len(data))/d {
			return out, errors.New("its storage is too short")
		}
		n *= d
		out.Shape = append(out.Shape, int(d))
	}
	if *left -= n; *left < 0 {
		return out, errors.New("the file's tensors are larger than the file")
	}
	out.Data = make([]float32, n)
	for i := range out.Data {
		at, rest := t.offset, int64(i)
		for axis := len(t.shape) - 1; axis >= 0; axis-- {
			at += rest % t.shape[axis] * t.stride[axis]
			rest /= t.shape[axis]
		}
		if at < 0 || at >= int64(len(data)) {
			return out, errors.New("its storage is too short")
		}
		out.Data[i] = data[at]
	}
	return out, nil
}
