// Package exchange takes the decisions about a set to other programs and brings theirs in.
//
// [Export] writes path,label,state,sha256,tags. [Read] reads such a table, and what FiftyOne and
// Label Studio export; it says which decisions follow, and writes none. Photos that the set does
// not have are named, and nothing is guessed.
package exchange

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"path"
	"path/filepath"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/atomicfile"
	"imagelab/lib/review"
)

// Columns of the table that [Export] writes.
var Columns = []string{"path", "label", "state", "sha256", "tags"}

// tagBreak stands between the tags of a photo. No tag contains it.
const tagBreak = ";"

// Export writes a line for each image of the set, in the order of the manifest: its class, its
// state (one of review.States, or nothing) and its tags.
func Export(w io.Writer, s *dataset.Set, st *review.State) error {
	out := csv.NewWriter(w)
	out.Write(Columns) // the error is that of Flush
	for _, im := range s.Images {
		p := stateOf(st, im)
		out.Write([]string{im.Path, im.Class, p.State, im.SHA256, strings.Join(p.Tags, tagBreak)})
	}
	out.Flush()
	return out.Error()
}

// CheckTarget returns an error where no table can be written to path: its folder is missing or
// read-only, or a file that [Export] did not write has its
// name, such as the table of a second pass, which may be filled in.
func CheckTarget(path string) error {
	head := []byte(strings.Join(Columns, ",") + "\n")
	return atomicfile.CheckTarget(path, "table of labels", func(start []byte) bool { return bytes.HasPrefix(start, head) })
}

// ExportPass writes the photos of a second pass without their labels: a table to be filled in and
// read with [Options.Pass].
func ExportPass(w io.Writer, s *dataset.Set, p review.PassSample) error {
	chosen := map[string]bool{}
	for _, sha := range p.Photos {
		chosen[sha] = true
	}
	out := csv.NewWriter(w)
	out.Write([]string{"path", "label", "sha256"})
	for _, im := range s.Images {
		if chosen[im.SHA256] {
			delete(chosen, im.SHA256)
			out.Write([]string{im.Path, "", im.SHA256})
		}
	}
	out.Flush()
	return out.Error()
}

func stateOf(st *review.State, im dataset.Image) review.Photo {
	if p := st.Photos[im.SHA256]; p != nil {
		return *p
	}
	return review.Photo{}
}

// finder finds the image that another program means by a path.
type finder struct {
	images []dataset.Image
	root   string
	ways   map[string][]int // by hash and by each way to write the path; nil: several photos
	byName int              // images that were found by the file's name alone
}

func newFinder(s *dataset.Set) *finder {
	f := &finder{images: s.Images, root: filepath.ToSlash(s.Root), ways: map[string][]int{}}
	add := func(kind, key string, i int) {
		f.ways[kind+key] = append(f.ways[kind+key], i)
	}
	for i, im := range s.Images {
		base := path.Base(im.Path)
		add("sha256 ", im.SHA256, i)
		add("path ", im.Path, i)
		add("stem ", stem(im.Path), i)
		add("name ", base, i)
		add("name ", stem(base), i)
	}
	return f
}

func stem(p string) string { return strings.TrimSuffix(p, path.Ext(p)) }

// find returns the index of an image, or why there is none. Of several files with the same content,
// any is as good: decisions belong to contents.
func (f *finder) find(e entry) (i int, reason string) {
	if e.sha256 != "" {
		if found := f.ways["sha256 "+e.sha256]; len(found) > 0 {
			return found[0], ""
		}
		return 0, "no photo of the set has this sha256"
	}
	p := f.clean(e.path)
	keys := []string{"path " + p, "stem " + p}
	for rest := p; ; {
		_, after, ok := strings.Cut(rest, "/")
		if !ok {
			break
		}
		rest = after
		keys = append(keys, "path "+rest)
	}
	for _, key := range keys {
		if i, reason, ok := f.only(key); ok {
			return i, reason
		}
	}
	if e.nameOnly || !strings.Contains(p, "/") {
		for _, name := range e.names(p) {
			if i, reason, ok := f.only("name " + name); ok {
				f.byName++
				return i, reason
			}
		}
	}
	return 0, "the set has no such photo"
}

// only returns the image under a key. ok is false if there is none.
func (f *finder) only(key string) (i int, reason string, ok bool) {
	found := f.ways[key]
	if len(found) == 0 {
		return 0, "", false
	}
	for _, j := range found[1:] {
		if f.images[j].SHA256 != f.images[found[0]].SHA256 {
			return 0, fmt.Sprintf("it may be %q or %q", f.images[found[0]].Path, f.images[j].Path), true
		}
	}
	return found[0], "", true
}

// clean takes away what says where a path begins.
func (f *finder) clean(p string) string {
	p = strings.TrimSpace(p)
	if _, rest, ok := strings.Cut(p, "?d="); ok { // Label Studio's local files
		p = unescaped(rest)
	} else if scheme, rest, ok := strings.Cut(p, "://"); ok {
		p = rest
		if scheme == "file" || scheme == "http" || scheme == "https" {
			p = unescaped(rest)
		}
	}
	p = strings.ReplaceAll(p, `\`, "/")
	if rest, ok := strings.CutPrefix(p, f.root+"/"); ok {
		p = rest
	}
	return strings.TrimPrefix(path.Clean("/"+p), "/")
}
