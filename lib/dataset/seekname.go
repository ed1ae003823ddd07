package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// maxSeek bounds the files that are looked through for photos by their name alone.
const maxSeek = 2_000_000

// nameOnly finds a photo by its name, wherever it lies below the root; of several, the one in the
// label's folder, or in the folder that bears the CSV's name ("train.csv", "train_images").
func (s *seeker) nameOnly(name, label string) (file, reason string) {
	if s.all == nil {
		if err := s.lookEverywhere(); err != nil {
			return "", err.Error()
		}
	}
	found := s.all.match(name)
	if len(found) > 1 {
		for _, fits := range []func(string) bool{
			func(p string) bool { return layout.Alike(path.Base(path.Dir(p))) == layout.Alike(label) },
			s.sameSide,
		} {
			if some := slices.DeleteFunc(slices.Clone(found), func(p string) bool { return !fits(p) }); len(some) == 1 {
				found = some
			}
		}
	}
	switch len(found) {
	case 0:
		return "", ""
	case 1:
		s.byName[path.Dir(found[0])]++
		return found[0], ""
	}
	return "", fmt.Sprintf("may mean %q or %q: write the path, not the name alone", found[0], found[1])
}

// sameSide reports whether a photo lies in the folder of the side that the CSV's name speaks of.
func (s *seeker) sameSide(p string) bool {
	side := layout.Side(strings.TrimSuffix(filepath.Base(s.file), filepath.Ext(s.file)))
	return side != "" && slices.ContainsFunc(strings.Split(path.Dir(p), "/"),
		func(dir string) bool { return layout.Side(dir) == side })
}

func (s *seeker) lookEverywhere() error {
	s.all = dirNames{}
	n := 0
	return filepath.WalkDir(s.root, func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == s.root {
			return nil // what cannot be read holds nothing that can be used
		}
		if n++; n > maxSeek {
			return errors.New("no such file beside the CSV, and too many folders to look for it: write the path " +
				"from the CSV's folder")
		}
		out := layout.LeaveOut(d.Name(), d.IsDir()) != ""
		switch {
		case d.IsDir() && out:
			return fs.SkipDir
		case !out && !d.IsDir() && photo.HasReadableName(p):
			rel, err := filepath.Rel(s.root, p)
			if err == nil {
				s.all.add(d.Name(), filepath.ToSlash(rel))
			}
		}
		return nil
	})
}

// nearest names a file that may be meant by a number whose leading zeros a spreadsheet took away.
func (s *seeker) nearest(p string) string {
	dir, name := path.Split(p)
	stem := strings.TrimSuffix(name, path.Ext(name))
	if stem == "" || strings.Trim(stem, "0123456789") != "" {
		return ""
	}
	names := s.all
	if dir != "" {
		names = s.look(strings.TrimSuffix(dir, "/"))
	}
	if found := names["n"+strings.TrimLeft(stem, "0")]; len(found) > 0 {
		return fmt.Sprintf("; is %q meant? Spreadsheets take leading zeros away", found[0])
	}
	return ""
}

// notes says how photos were found other than by their path.
func (s *seeker) notes() []string {
	var out []string
	if s.cut > 0 {
		out = append(out, fmt.Sprintf("%s begin with %q, which is not here: what follows was "+
			"found in %s", text.Count(s.cut, "path"), s.prefix, s.root))
	}
	var dirs []string
	n := 0
	for dir, k := range s.byName {
		dirs = append(dirs, dir)
		n += k
	}
	if n > 0 {
		slices.Sort(dirs)
		out = append(out, fmt.Sprintf("%s found by name in %s", text.Count(n, "photo"),
			strings.Join(dirs[:min(len(dirs), 6)], ", ")))
	}
	if s.respelt > 0 {
		out = append(out, fmt.Sprintf("%s whose path is written in another way than the file, such as %q "+
			"for %q", text.Count(s.respelt, "photo"), s.example[0], s.example[1]))
	}
	return out
}
