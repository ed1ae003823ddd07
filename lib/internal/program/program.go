// Package program keeps the programs that XLA compiled, so that a later process loads a program in
// place of compiling it.
//
// Start with [Keep], which stands between GoMLX and a plugin. [Folder] is where programs lie. The
// name of each says all that it depends on, so that a program is never taken for another one.
package program

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/internal/seal"
)

// Folder is a folder of compiled programs.
type Folder struct {
	Dir  string
	Most int64 // bytes of all files; those unused for longest go first
}

// extension of the files of programs.
const extension = ".program"

// key names the program that comes out of the given parts.
func key(parts ...[]byte) string {
	h := sha256.New()
	var size [8]byte
	for _, p := range parts {
		binary.LittleEndian.PutUint64(size[:], uint64(len(p)))
		h.Write(size[:])
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}

func (f Folder) path(key string) string { return filepath.Join(f.Dir, key+extension) }

// Read returns the program of a key, or nil. A file that is damaged is removed, and is as none.
func (f Folder) Read(key string) []byte {
	path := f.path(key)
	text, err := seal.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	program, sealed, checkErr := seal.CheckText(text)
	if err != nil || checkErr != nil || !sealed || len(program) == 0 {
		f.Remove(key)
		return nil
	}
	now := time.Now()
	_ = os.Chtimes(path, now, now) // it would only be removed earlier
	return program
}

// Remove deletes the program of a key. What cannot be deleted is as good as a program that is not
// there, since it is read and refused again.
func (f Folder) Remove(key string) { _ = os.RemoveAll(f.path(key)) }

// Write keeps a program, and removes those that were not used for longest where the folder is full.
func (f Folder) Write(key string, program []byte) error {
	text := seal.Text(program)
	err := atomicfile.Write(f.path(key), int64(len(text)), func(file *os.File) error {
		_, err := file.Write(text)
		return err
	})
	if err == nil {
		err = f.shrink()
	}
	if err != nil {
		return fmt.Errorf("program: keep a compiled program: %w", err)
	}
	return nil
}

// shrink removes files until the rest takes at most f.Most bytes. Another process may do so, too.
func (f Folder) shrink() error {
	entries, err := os.ReadDir(f.Dir)
	if err != nil {
		return err
	}
	var files []fs.FileInfo
	total := int64(0)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && filepath.Ext(e.Name()) == extension {
			files, total = append(files, info), total+info.Size()
		}
	}
	slices.SortFunc(files, func(a, b fs.FileInfo) int { return a.ModTime().Compare(b.ModTime()) })
	for _, info := range files {
		if total <= f.Most {
			break
		}
		if err := os.Remove(filepath.Join(f.Dir, info.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		total -= info.Size()
	}
	return nil
}
