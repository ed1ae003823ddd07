package dataset

import (
	"bytes"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/seal"
)

// salvage lets ingest go on in a dataset folder that has files, but whose set.json is damaged or
// missing. ours reports whether the folder is a dataset's for sure. The set that its manifest tells
// of is returned, with no Root, and nil where that is damaged too. What is lost for good is noted
// in s.
func (s *Set) salvage(files []fs.DirEntry) (old *Set, ours bool) {
	images, err := s.manifestThere()
	if ours = len(images) > 0 || isDamagedSet(files); !ours {
		return nil, false
	}
	note := setFile + " was damaged or lost, and is made anew: options that earlier ingests were given are forgotten " +
		"(such as IngestOptions.MaxPixels, IngestOptions.ClassDepth, IngestOptions.Photos or columns), give them " +
		"again if there were any"
	if len(images) > 0 {
		s.Notes = []string{note}
		return &Set{Dir: s.Dir, Images: images}, true
	}
	if err != nil {
		note += "; " + manifestFile + " is damaged too, so that split and marks of copies are forgotten: run dedup and " +
			"split again (test images stay what they are as long as test_ids.txt is there)"
	}
	s.Notes = []string{note}
	return nil, true
}

// manifestThere is what manifest.jsonl in the dataset folder holds.
func (s *Set) manifestThere() ([]Image, error) {
	data, err := seal.Read(filepath.Join(s.Dir, manifestFile))
	if err != nil {
		return nil, err
	}
	return readManifest(bytes.NewReader(data))
}

// isDamagedSet reports whether files with a set.json among them are those of a dataset and not of
// another program, which may have a file of that name.
func isDamagedSet(files []fs.DirEntry) bool {
	has := func(is func(name string) bool) bool {
		return slices.ContainsFunc(files, func(f fs.DirEntry) bool { return is(f.Name()) })
	}
	if !has(func(name string) bool { return name == setFile }) {
		return false
	}
	return has(func(name string) bool {
		return strings.HasPrefix(name, strings.TrimSuffix(cacheGlob, "*")) || name == manifestFile
	}) || !has(func(name string) bool { return name != setFile && !isNothing(name) })
}
