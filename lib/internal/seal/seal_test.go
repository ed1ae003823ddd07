package seal

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"
)

var objects = []struct{ name, reason, text string }{
	{"line", "records and manifests", `{"id":"a","n":[1,2,3],"of":{"b":null}}`},
	{"indented", "files of one object", "{\n  \"id\": \"a\",\n  \"n\": [\n    1\n  ]\n}\n"},
	{"nested at the end", "two brackets close", `{"of":{"commit":"0123456789abcdef"}}`},
	{"a class named so", "names are people's", `{"seal":{"seal":"# seal"}}`},
}

func TestObject(t *testing.T) {
	for _, tt := range objects {
		t.Run(tt.name, func(t *testing.T) {
			sealed := Object([]byte(tt.text))
			var v map[string]any
			if err := Parse(sealed, &v); err != nil || !json.Valid(sealed) || len(v) < 2 {
				t.Fatalf("%s: %s: %v", tt.reason, sealed, err)
			}
			if err := Check([]byte(tt.text)); err != nil {
				t.Errorf("%s: without a seal: %v", tt.reason, err)
			}
			if err := Check(append(bytes.TrimSuffix(sealed, []byte("\n")), "\r\n"...)); err != nil {
				t.Errorf("as a file system with other line ends keeps it: %v", err)
			}
		})
	}
}

// TestDamage does to each sealed text what disks do to files: no outcome is believed.
func TestDamage(t *testing.T) {
	for _, tt := range objects {
		t.Run(tt.name, func(t *testing.T) {
			damaged(t, Object([]byte(tt.text)), func(text []byte) bool { var v any; return Parse(text, &v) == nil })
		})
	}
	ids := []byte("0123\n4567\n89ab\n")
	t.Run("lines", func(t *testing.T) {
		damaged(t, Text(ids), func(text []byte) bool {
			lines, sealed, err := CheckText(text)
			if !sealed { // and whoever reads ids refuses lines that are none
				return regexp.MustCompile(`^([0-9a-f]{4}\n)+$`).Match(text)
			}
			return err == nil && sealed && !bytes.Equal(lines, ids)
		})
	})
}

// damaged flips each bit, cuts at each length and zeroes each tail of text, and asks whether the
// outcome is believed. Lost line feeds at the end are no damage.
func damaged(t *testing.T, text []byte, believed func([]byte) bool) {
	t.Helper()
	for i := range text {
		for bit := range 8 {
			bad := bytes.Clone(text)
			bad[i] ^= 1 << bit
			if i < len(text)-1 && believed(bad) {
				t.Errorf("bit %d of byte %d flipped: %q", bit, i, bad)
			}
		}
		if cut := text[:i]; i < len(text)-1 && believed(cut) {
			t.Errorf("cut at %d: %q", i, cut)
		}
		zeroed := append(bytes.Clone(text[:i]), make([]byte, len(text)-i)...)
		if believed(zeroed) {
			t.Errorf("zeroed from %d: %q", i, zeroed)
		}
	}
}

func FuzzCheck(f *testing.F) {
	for _, tt := range objects {
		f.Add([]byte(tt.text))
		f.Add(Object([]byte(tt.text)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var v map[string]json.RawMessage
		if json.Unmarshal(text, &v) == nil && len(v) > 0 {
			if err := Check(Object(text)); err != nil {
				t.Errorf("%q sealed is %q: %v", text, Object(text), err)
			}
		}
		if lines, sealed, err := CheckText(Text(text)); err != nil || !sealed || !bytes.Equal(lines, text) {
			t.Errorf("%q: %q, %v", Text(text), lines, err)
		}
	})
}
