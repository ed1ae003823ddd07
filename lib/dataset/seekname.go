package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/internal/layout"
	"imagelab/lib/photo"
	"imagelab/lib/text"
)

// maxSeek bounds the files that are looked through for photos by their name alone.
const maxSeek = 2_000_000

// nameOnly finds a photo by its name, wherever it lies below the root; of several, the one in the
// label's folder, or in the folder that bears the CSV's name ("train.csv", "train_images").
func (s *seeker) nameOnly(name, label string) (file, reason string) {
	if err := s.lookEverywhere(); err != nil {
		return "", err.Error()
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

// lastPart finds a photo by the last part of a path whose folders are not here. Neither the list
// nor the folder may have two of that name, nor may a folder here bear the name of the photo's, or
// be of another side: another photo might be meant.
func (s *seeker) lastPart(p string) (file, reason string) {
	if err := s.lookEverywhere(); err != nil {
		return "", err.Error()
	}
	dirs := strings.Split(strings.Trim(path.Dir(path.Clean(p)), "/"), "/")
	found := s.all.match(path.Base(p))
	if len(found) != 1 || s.listed[nameKey(p)] != 1 || s.folders[layout.Alike(dirs[len(dirs)-1])] ||
		filepath.IsLocal(filepath.FromSlash(p)) && s.isFolder(dirs[0]) {
		return "", ""
	}
	here := strings.Split(path.Dir(found[0]), "/")
	for _, dir := range dirs {
		side := layout.Side(dir)
		other := func(dir string) bool { return layout.Side(dir) != "" && layout.Side(dir) != side }
		if side != "" && slices.ContainsFunc(here, other) {
			return "", ""
		}
	}
	s.byName[path.Dir(found[0])]++
	return found[0], ""
}

// upload is what Label Studio writes before the name of a photo that was uploaded.
var upload = regexp.MustCompile(`^[0-9a-f]{8}-`)

// uploaded finds a photo under the name that it had before it was uploaded to Label Studio, which
// keeps no folders.
func (s *seeker) uploaded(p, label string) (file, reason string) {
	dir, name := path.Split(p)
	if !upload.MatchString(name) || len(name) == len("12345678-") {
		return "", ""
	}
	before := dir + name[len("12345678-"):]
	if file, reason = s.locate(before); file == "" && reason == "" && s.listed[nameKey(before)] < 2 {
		file, reason = s.nameOnly(path.Base(before), label)
	}
	if file != "" {
		s.respell(p, file)
	}
	return file, reason
}

// nameKey is the same for paths whose photos bear one name.
func nameKey(p string) string {
	return strings.ToLower(norm.NFC.String(upload.ReplaceAllString(path.Base(p), "")))
}

// count counts how often rows name each photo.
func (s *seeker) count(rows []labelcsv.Row) {
	for _, r := range rows {
		if spelt, _ := s.spellings(r.Path); len(spelt) > 0 {
			s.listed[nameKey(spelt[len(spelt)-1])]++
		}
	}
}

// lookEverywhere finds all photos below the root, once.
func (s *seeker) lookEverywhere() error {
	if s.all != nil {
		return nil
	}
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
				s.folders[layout.Alike(path.Base(path.Dir(filepath.ToSlash(rel))))] = true
			}
		}
		return nil
	})
}

// nearest names a file that may be meant: one with another ending, or with leading zeros that a
// spreadsheet took away.
func (s *seeker) nearest(p string) string {
	dir, name := path.Split(p)
	stem := strings.TrimSuffix(name, path.Ext(name))
	names := s.all
	if dir != "" {
		names = s.look(strings.TrimSuffix(dir, "/"))
	}
	if found := names["s"+norm.NFC.String(stem)]; len(found) > 0 {
		return fmt.Sprintf("; is %q meant? Its name ends in another way", found[0])
	}
	if stem == "" || strings.Trim(stem, "0123456789") != "" {
		return ""
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
