package page

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func keyNumber(n byte) key { return key{n, 1} }

// TestPackIsOnlyACache: whatever happened to the file, what comes out of it is what was put in,
// or nothing.
func TestPackIsOnlyACache(t *testing.T) {
	whole := filepath.Join(t.TempDir(), "pack")
	p := openPack(whole, true)
	for n := range byte(20) {
		p.put(keyNumber(n), n, bytes.Repeat([]byte{n}, 100+int(n)))
	}
	p.Close()
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, reason string
		change       func([]byte) []byte
		least        int
	}{
		{"whole", "nothing happened", func(b []byte) []byte { return b }, 20},
		{"torn", "a kill while the last one was written", func(b []byte) []byte { return b[:len(b)-7] }, 19},
		{"torn head", "a kill a moment earlier", func(b []byte) []byte { return b[:len(b)-119-20] }, 19},
		{"flipped", "a bit of a picture changed on the disk", func(b []byte) []byte { b[len(b)-3] ^= 1; return b }, 19},
		{"zeros", "a power failure", func(b []byte) []byte { clear(b[500:]); return b }, 3},
		{"text", "another program's file", func([]byte) []byte { return bytes.Repeat([]byte("text "), 99) }, 0},
		{"empty", "a full disk", func([]byte) []byte { return nil }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pack")
			if err := os.WriteFile(path, c.change(bytes.Clone(data)), 0o644); err != nil {
				t.Fatal(err)
			}
			p := openPack(path, true)
			defer p.Close()
			kept := 0
			for n := range byte(20) {
				got, ok := p.get(keyNumber(n))
				if ok && !bytes.Equal(got, bytes.Repeat([]byte{n}, 100+int(n))) {
					t.Errorf("thumbnail %d came back changed", n)
				}
				if ok {
					kept++
				}
				p.put(keyNumber(n), n, bytes.Repeat([]byte{n}, 100+int(n)))
			}
			if kept < c.least {
				t.Errorf("%d of 20 thumbnails are left, want %d: %s", kept, c.least, c.reason)
			}
			again := openPack(path, false)
			defer again.Close()
			for n := range byte(20) {
				if got, ok := again.get(keyNumber(n)); !ok || len(got) != 100+int(n) {
					t.Errorf("thumbnail %d was not made again", n)
				}
			}
		})
	}
}

func FuzzPack(f *testing.F) {
	f.Add([]byte("text"))
	f.Add(bytes.Repeat([]byte{1}, 2*packHead))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "pack")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		p := openPack(path, true)
		defer p.Close()
		p.put(keyNumber(1), 1, []byte("picture"))
		if got, ok := p.get(keyNumber(1)); !ok || string(got) != "picture" {
			t.Errorf("got %q, %v", got, ok)
		}
	})
}
