package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestRoundTrip(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	want := File{
		Tensors: map[string]Tensor{"b": {[]int{2, 2}, []float32{1, -2, 3.5, 0}}, "a": {[]int{}, []float32{7}},
			"empty": {[]int{0}, []float32{}}},
		Metadata: map[string]string{"k": "v"},
	}
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	first, _ := os.ReadFile(path)
	if err := Write(path, want); err != nil {
		t.Fatal(err)
	}
	if second, _ := os.ReadFile(path); !bytes.Equal(first, second) {
		t.Error("the same contents gave different bytes")
	}
}

func file(header string, data int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, data)...)
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name, reason string
		bytes        []byte
		want         string
	}{
		{"empty", "a killed copy leaves an empty file", nil, "no header"},
		{"header longer than file", "must not allocate what a header claims",
			binary.LittleEndian.AppendUint64(nil, 1<<40), "claims"},
		{"not json", "a foreign file", file("hello...", 0), "header"},
		{"wrong type", "numbers of eight bits need a scale, which nobody knows",
			file(`{"a":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,4]}}`, 4), "only F32"},
		{"offset outside", "would read past the end", file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
			4), "offsets"},
		{"shape overflow", "product of dimensions overflows",
			file(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 4), "larger than the file"},
		{"negative", "negative dimension", file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4),
			"larger than the file"},
		{"trailing bytes", "an appended or torn file is not what was written",
			file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 12), "do not cover data bytes 4 to 12"},
		{"overlap", "two tensors share bytes, and as many are nobody's",
			file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},`+
				`"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 12), "overlap"},
		{"twice the same", "one tensor under two names",
			file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
				`"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "overlap"},
		{"gap", "bytes between tensors hide something, or an offset is wrong",
			file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
				`"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}`, 12), "do not cover data bytes 4 to 8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(bytes.NewReader(c.bytes), int64(len(c.bytes)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: error %v, want one with %q", c.reason, err, c.want)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4))
	f.Add(file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},`+
		`"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},"c":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}`, 8))
	f.Add([]byte("12345678"))
	f.Fuzz(func(t *testing.T, b []byte) {
		out, err := decode(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		values := 0
		for name, tensor := range out.Tensors {
			if tensor.Size() != len(tensor.Data) {
				t.Errorf("%s: %d values for shape %v", name, len(tensor.Data), tensor.Shape)
			}
			values += len(tensor.Data)
		}
		if header := binary.LittleEndian.Uint64(b); 8+int(header)+2*values > len(b) {
			t.Errorf("%d values and a header of %d bytes in a file of %d", values, header, len(b))
		}
	})
}

func TestWriteErrorSaysWhatToDo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Write(filepath.Join(file, "a.safetensors"), File{}); err == nil ||
		!strings.Contains(err.Error(), "choose another") {
		t.Errorf("into a file in place of a folder: %v", err)
	}
}

// TestDamagedData: every flipped bit of the data is noticed; a disk and a copy flip them without a
// word.
func TestDamagedData(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.safetensors")
	if err := Write(path, File{Tensors: map[string]Tensor{"a": {[]int{3}, []float32{1, 2, 3}}}}); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for bit := range 8 * 12 {
		damaged := bytes.Clone(whole)
		damaged[len(whole)-12+bit/8] ^= 1 << (bit % 8)
		if _, err := decode(bytes.NewReader(damaged), int64(len(damaged))); err == nil ||
			!strings.Contains(err.Error(), "damaged") {
			t.Fatalf("bit %d of the data flipped: %v", bit, err)
		}
	}
}

func TestTransposed(t *testing.T) {
	x := Tensor{Shape: []int{2, 3}, Data: []float32{1, 2, 3, 4, 5, 6}}
	if y := x.Transposed(1, 0); !slices.Equal(y.Shape, []int{3, 2}) || !slices.Equal(y.Data, []float32{1, 4, 2, 5, 3, 6}) {
		t.Errorf("%+v", y)
	}
}

// TestOtherTypes: weights of other programs come in halves and doubles.
func TestOtherTypes(t *testing.T) {
	for _, c := range []struct {
		kind string
		data []byte
		want float32
	}{
		{"F16", []byte{0x00, 0xc1}, -2.5},
		{"F16", []byte{0x01, 0x00}, 1.0 / (1 << 24)}, // the smallest, which is not normal
		{"BF16", []byte{0x20, 0xc0}, -2.5},
		{"F64", []byte{0, 0, 0, 0, 0, 0, 0x04, 0xc0}, -2.5},
		{"I64", []byte{0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, -3},
	} {
		n := len(c.data)
		f, err := decode(bytes.NewReader(
			append(file(fmt.Sprintf(`{"a":{"dtype":%q,"shape":[1],"data_offsets":[0,%d]}}`, c.kind, n), 0), c.data...)),
			int64(len(file(fmt.Sprintf(`{"a":{"dtype":%q,"shape":[1],"data_offsets":[0,%d]}}`, c.kind, n), n))))
		if err != nil || f.Tensors["a"].Data[0] != c.want {
			t.Errorf("%s % x: %v, %v, want %g", c.kind, c.data, f.Tensors["a"], err, c.want)
		}
	}
}
