package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"
)

// Parts of pickles, as PyTorch writes them.
const (
	ordered = "ccollections\nOrderedDict\n)R"
	rebuild = "ctorch._utils\n_rebuild_tensor_v2\n"
)

// weights is the pickle of a state dict of one tensor "w" with a storage of this class and
// length, at an offset of 1, with shape 2 x 2 and strides 1, 2: stored transposed.
func weights(class string, n byte) string {
	return "\x80\x02" + ordered + "(X\x01\x00\x00\x00w" + tensorOf(class, n) + "u."
}

// tensorOf is the tensor of weights alone.
func tensorOf(class string, n byte) string {
	return rebuild + "((X\x07\x00\x00\x00storagectorch\n" + class +
		"\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK" +
		string([]byte{n}) + "tQK\x01K\x02K\x02\x86K\x01K\x02\x86\x89" + ordered + "tR"
}

func zipped(t testing.TB, method uint16, files map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, text := range files {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
		if err != nil {
			t.Fatal(err)
		}
		f.Write([]byte(text))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// overlapping is an archive whose storages 0 to 9, of 400 bytes each, lie at the same place.
func overlapping(t testing.TB) []byte {
	t.Helper()
	state := "\x80\x02" + ordered + "("
	_, entry, _ := strings.Cut(strings.TrimSuffix(weights("HalfStorage", 200), "u."), "(")
	for key := range 10 {
		tensor, storage := string(rune('a'+key)), string(rune('0'+key))
		state += strings.NewReplacer("\x00w", "\x00"+tensor, "\x000", "\x00"+storage).Replace(entry)
	}
	data := zipped(t, zip.Store, map[string]string{"a/data/0": strings.Repeat("\x00\x3c", 200),
		"a/data.pkl": state + "u."})
	name, end := bytes.LastIndex(data, []byte("a/data/0")), len(data)-22
	listed := bytes.Clone(data[name-46 : name+8]) // in the directory at the end
	out := bytes.Clone(data[:end])
	for key := range 9 {
		listed[len(listed)-1] = byte('1' + key)
		out = append(out, listed...)
	}
	tail := bytes.Clone(data[end:])
	binary.LittleEndian.PutUint16(tail[8:], 11)
	binary.LittleEndian.PutUint16(tail[10:], 11)
	binary.LittleEndian.PutUint32(tail[12:], binary.LittleEndian.Uint32(tail[12:])+9*uint32(len(listed)))
	return append(out, tail...)
}

// halves are 1, 2, 3, 4, 5 as halves.
const halves = "\x00\x3c\x00\x40\x00\x42\x00\x44\x00\x45"

func legacy(state string, keys string, storages ...string) []byte {
	out := "\x80\x02\x8a\x0a" + magic + "." + "\x80\x02M\xe9\x03." + "\x80\x02}." + state + "\x80\x02]" + keys + "."
	for _, s := range storages {
		out += string(binary.LittleEndian.AppendUint64(nil, uint64(len(s)/2))) + s
	}
	return []byte(out)
}

func TestRead(t *testing.T) {
	for name, data := range map[string][]byte{
		"zip":    zipped(t, zip.Store, map[string]string{"a/data.pkl": weights("HalfStorage", 5), "a/data/0": halves}),
		"legacy": legacy(weights("HalfStorage", 5), "X\x01\x00\x00\x000a", halves),
		"inside": zipped(t, zip.Store, map[string]string{
			"a/data.pkl": "\x80\x02}(X\x05\x00\x00\x00epochK\x07X\x0a\x00\x00\x00state_dict" +
				strings.TrimSuffix(weights("HalfStorage", 5)[2:], ".") + "u.", "a/data/0": halves}),
		// as timm and PyTorch's ImageNet example write them: the command line, and a tensor beside
		// the state dict
		"training": zipped(t, zip.Store, map[string]string{
			"a/data.pkl": "\x80\x02}(X\x04\x00\x00\x00argscargparse\nNamespace\n)\x81}X\x02\x00\x00\x00lrK\x01sb" +
				"X\x04\x00\x00\x00best" + tensorOf("HalfStorage", 5) + "X\x0a\x00\x00\x00state_dict" +
				strings.TrimSuffix(weights("HalfStorage", 5)[2:], ".") + "u.", "a/data/0": halves}),
		"averaged": zipped(t, zip.Store, map[string]string{
			"a/data.pkl": "\x80\x02}(X\x0a\x00\x00\x00state_dict}X\x0e\x00\x00\x00state_dict_ema" +
				strings.TrimSuffix(weights("HalfStorage", 5)[2:], ".") + "u.", "a/data/0": halves}),
	} {
		got, err := decode(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if w := got["w"]; !slices.Equal(w.Shape, []int{2, 2}) || !slices.Equal(w.Data, []float32{2, 4, 3, 5}) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestRefused: whatever is not a dictionary of tensors is refused, at once and with a reason.
func TestRefused(t *testing.T) {
	pickled := func(text string) []byte { return zipped(t, zip.Store, map[string]string{"a/data.pkl": text}) }
	n := len(legacy(weights("HalfStorage", 5), "X\x01\x00\x00\x000a", halves))
	doubled := "\x80\x02K\x01" + strings.Repeat("q\x00h\x00\x86", 60)
	deep := strings.Repeat("]", 1<<20)
	for _, c := range []struct {
		name, reason string
		data         []byte
		want         string
	}{
		{"empty", "a killed download", nil, "empty"},
		{"zeros", "a power failure leaves them", make([]byte, 4096), "neither"},
		{"page", "a login page", []byte("<html><body>log in</body></html>"), "neither"},
		{"cut", "a torn file", []byte{0x80, 2, 0x8a}, "damaged"},
		{"system", "a pickle that runs a command", pickled("\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."), "os.system"},
		{"builtin", "a pickle that evaluates code", pickled("\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R."),
			"builtins.eval"},
		{"stacked name", "the same by another instruction", pickled("\x80\x04\x8c\x02os\x8c\x06system\x93."), "os.system"},
		{"instance", "an instruction that makes objects", pickled("(ios\nsystem\n."), "more than tensors"},
		{"never ends", "no end within the file", pickled("\x80\x02" + deep), "cut off"},
		{"long text", "a text longer than the file", pickled("\x80\x02X\xff\xff\xff\x03a."), "damaged"},
		{"no dictionary", "a number", pickled("K\x01."), "no state dict"},
		{"short storage", "a tensor beyond its storage",
			zipped(t, zip.Store, map[string]string{"a/data.pkl": weights("HalfStorage", 5),
				"a/data/0": halves[:6]}), "too short"},
		{"long storage", "a storage larger than it says",
			zipped(t, zip.Store, map[string]string{"a/data.pkl": weights("HalfStorage", 5),
				"a/data/0": halves + halves}), "another size"},
		{"compressed", "a bomb", zipped(t, zip.Deflate, map[string]string{"a/data.pkl": weights("HalfStorage", 5),
			"a/data/0": halves}), "another size"},
		{"overlapping", "storages that are all the same bytes of the file", overlapping(t), "larger than the file"},
		{"missing storage", "an archive without a part", pickled(weights("HalfStorage", 5)), "lacks a part"},
		{"other length", "a storage of another length", legacy(weights("HalfStorage", 5), "X\x01\x00\x00\x000a",
			halves[:4]), "damaged"},
		{"torn storage", "the last bytes are missing", legacy(weights("HalfStorage", 5), "X\x01\x00\x00\x000a",
			halves)[:n-3], "cut off"},
		{"doubled", "sixty tuples of twice the one before", pickled("\x80\x02}(" + doubled[2:] + "K\x02u."), "no state dict"},
		{"doubled entry", "the same beside a tensor",
			pickled(strings.TrimSuffix(weights("HalfStorage", 5), "u.") + doubled[2:] + "K\x02u."), "lacks"},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			got, err := decode(bytes.NewReader(c.data), int64(len(c.data)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, %v, want %q", c.reason, got, err, c.want)
			}
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("%s: it took %v", c.reason, d)
			}
		})
	}
}

func FuzzPickle(f *testing.F) {
	f.Add([]byte(weights("HalfStorage", 5)))
	f.Add([]byte("\x80\x02cos\nsystem\nX\x02\x00\x00\x00id\x85R."))
	f.Add([]byte("\x80\x04\x95\x00\x00\x00\x00\x00\x00\x00\x00}\x94."))
	f.Fuzz(func(t *testing.T, pickle []byte) {
		for _, data := range [][]byte{zipped(t, zip.Store, map[string]string{"data.pkl": string(pickle), "data/0": halves}),
			legacy(string(pickle), "X\x01\x00\x00\x000a", halves), pickle} {
			got, err := decode(bytes.NewReader(data), int64(len(data)))
			if err != nil {
				continue
			}
			for name, w := range got {
				if w.Size() != len(w.Data) {
					t.Errorf("%q has %d numbers for %v", name, len(w.Data), w.Shape)
				}
			}
		}
	})
}
