package dataset

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// earlier returns the set that dir holds of photos in another place than s, whether its last ingest
// ended or not; nil where there is none.
func (s *Set) earlier(h header) (*Set, error) {
	if h.Root == s.Root {
		return nil, nil
	}
	images, err := s.manifestThere()
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // the first ingest did not end: nothing is lost
	}
	if err != nil {
		return nil, fmt.Errorf("dataset: %s: %w: whether these are the photos of this set cannot be told: ingest "+
			"those in %s first, "+
			"or delete that file for a set without split and marks of copies", filepath.Join(s.Dir, manifestFile), err, h.Root)
	}
	if len(images) == 0 {
		return nil, nil
	}
	return &Set{Dir: s.Dir, Root: h.Root, Source: h.Source, Images: images}, nil
}

// takeOver copies from old to the photos of s with the same content: split, groups and marks of
// copies, and the classes if the new place has none. It returns an error if the photos are
// different ones, or if some are missing and that was not allowed.
func (s *Set) takeOver(old *Set, o IngestOptions) error {
	pairs, missing := pairUp(old.Images, s.Images)
	if len(pairs) == 0 && old.Root == "" {
		return fmt.Errorf("dataset: %s is a dataset whose %s is damaged, and none of its photos is in %s: name the photos "+
			"it was made from, or choose another folder", s.Dir, setFile, s.Root)
	}
	if len(pairs) == 0 {
		return fmt.Errorf("dataset: %s is a dataset of the photos in %s, none of which is in %s: choose another "+
			"folder", s.Dir, old.Root, s.Root)
	}
	if len(missing) > 0 && !o.AllowMissing {
		return s.missing(old, missing)
	}
	if s.Source == SourceUnlabeled && old.Source != "" {
		s.Source = old.Source
	}
	if err := s.takeClasses(old, pairs); err != nil {
		return err
	}
	renamed := s.takeMarks(old, pairs)
	s.noteMove(old, missing, len(s.Images)-len(pairs), renamed)
	return nil
}

// pairUp maps images of old to the images of the same content; of several, those of the same path
// or else class, and for images that take part before copies of them. It also returns the images of
// old whose content is not there any more.
func pairUp(old, now []Image) (pairs map[int]int, missing []Image) {
	at, there := map[string][]int{}, map[string]bool{}
	for i, im := range now {
		at[im.SHA256] = append(at[im.SHA256], i)
		there[im.SHA256] = true
	}
	pairs = map[int]int{}
	for _, used := range []bool{true, false} {
		for _, same := range []func(a, b Image) bool{
			func(a, b Image) bool { return a.Path == b.Path },
			func(a, b Image) bool { return a.GivenClass() == b.GivenClass() },
			func(a, b Image) bool { return true },
		} {
			for i, im := range old {
				if _, done := pairs[i]; done || im.Used() != used {
					continue
				}
				left := at[im.SHA256]
				if k := slices.IndexFunc(left, func(j int) bool { return same(im, now[j]) }); k >= 0 {
					pairs[i] = left[k]
					at[im.SHA256] = slices.Delete(left, k, k+1)
				}
			}
		}
	}
	for _, im := range old {
		if !there[im.SHA256] {
			missing = append(missing, im)
		}
	}
	return pairs, missing
}

const shownMissing = 10

// missing returns the error for photos that are not in the new place.
func (s *Set) missing(old *Set, missing []Image) error {
	var names strings.Builder
	for _, im := range missing[:min(len(missing), shownMissing)] {
		fmt.Fprintf(&names, "\n  %q", im.Path)
		if im.Split != "" {
			fmt.Fprintf(&names, " (%s)", im.Split)
		}
	}
	if more := len(missing) - shownMissing; more > 0 {
		fmt.Fprintf(&names, "\n  and %d more", more)
	}
	return fmt.Errorf("dataset: %d of %s of %s are not in %s, or are other files there, or cannot be read%s:%s\n"+
		"bring them, or go on without them with IngestOptions.AllowMissing; or choose another folder for another set. "+
		"Nothing was changed",
		len(missing), text.Count(len(old.Images), "photo"), s.Dir, s.Root, bySide(missing), names.String())
}

// bySide tells on which sides images are.
func bySide(images []Image) string {
	n := map[string]int{}
	for _, im := range images {
		n[im.Split]++
	}
	var out []string
	for _, side := range []string{Train, Val, Test} {
		if n[side] > 0 {
			out = append(out, fmt.Sprintf("%s %d", side, n[side]))
		}
	}
	if len(out) == 0 {
		return ""
	}
	return " (" + strings.Join(out, ", ") + ")"
}

// takeClasses keeps the classes where the new place tells none. Where it tells others for most
// photos, it was understood in another way than before, and that is an error.
func (s *Set) takeClasses(old *Set, pairs map[int]int) error {
	changed, example := 0, ""
	for i, j := range pairs {
		was, now := old.Images[i], &s.Images[j]
		given := was.GivenClass()
		if now.Class == "" {
			now.Class = given
		}
		if now.GivenSplit == "" {
			now.GivenSplit = was.GivenSplit
		}
		if now.GroupColumn == "" {
			now.GroupColumn = was.GroupColumn
		}
		if given != "" && now.Class != given {
			changed++
			if text := fmt.Sprintf("%q was %q and is %q", now.Path, given, now.Class); example == "" || text < example {
				example = text
			}
		}
	}
	if 2*changed > len(pairs) {
		return fmt.Errorf("dataset: %d of %s of %s would get another class from %s, for example %s: ingest the same folder "+
			"or CSV file as before, at its new place (a CSV file with IngestOptions.Photos, where it lies elsewhere), or "+
			"choose another folder", changed, text.Count(len(pairs), "photo"), s.Dir, s.Root, example)
	}
	if changed > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%s another class than before, for example %s: run dedup and "+
			"split again", text.Count(changed, "photo got", "photos got"), example))
	}
	return nil
}

// takeMarks gives the photos their split, groups and marks of copies, and reports whether paths
// have changed.
func (s *Set) takeMarks(old *Set, pairs map[int]int) (renamed bool) {
	path := map[string]string{}
	for i, j := range pairs {
		path[old.Images[i].Path] = s.Images[j].Path
	}
	for i, j := range pairs {
		was, now := old.Images[i], &s.Images[j]
		renamed = renamed || was.Path != now.Path
		now.Split, now.Group, now.Conflict, now.Buffer = was.Split, was.Group, was.Conflict, was.Buffer
		if was.DuplicateOf == "" {
			continue
		}
		if now.DuplicateOf = path[was.DuplicateOf]; now.DuplicateOf == "" {
			now.Split = "" // the photo that was kept in its place is gone
		}
	}
	return renamed
}

func (s *Set) noteMove(old *Set, missing []Image, added int, renamed bool) {
	told := "the photos are known by their content: split, groups and marks of copies are kept"
	if old.Root != "" {
		told = fmt.Sprintf("the photos were in %s and are known by their content: split, groups and marks of "+
			"copies are kept", old.Root)
	}
	if renamed {
		told += "; since paths changed, run dedup again for its page"
	}
	s.Notes = append([]string{told}, s.Notes...)
	if len(missing) > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("dropped %s of the set for want of their files%s; test images among them "+
			"come back to the test side with their files", text.Count(len(missing), "photo"), bySide(missing)))
	}
	if added > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%s new: run dedup and split again to bring "+
			"them in", text.Count(added, "photo is", "photos are")))
	}
}

// moved says what to do when the photos are in another place than before.
func (s *Set) moved() string {
	return fmt.Sprintf("if they were moved or are mounted elsewhere, run dataset.Ingest(NEWPLACE, %s): they are known "+
		"by their content and keep their split", text.Path(s.Dir))
}
