package dataset

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/internal/layout"
	"imagelab/lib/text"
)

// asideExt lists the endings of files that may describe photos: lists, class names, annotations.
var asideExt = map[string]bool{
	".txt": true, ".lst": true, ".list": true, ".names": true, ".json": true, ".jsonl": true, ".ndjson": true,
	".xml": true, ".parquet": true, ".arrow": true, ".mat": true, ".pkl": true, ".h5": true, ".hdf5": true,
	".tfrecord": true, ".arff": true,
}

const (
	mostAside  = 60      // files that are looked into
	asideBytes = 8 << 20 // of each
)

// readAside looks at the files that lie among photos whose folders tell the classes, and tells what
// they say other than the folders. Lists of a training and a test side are taken for the sides.
func (l *listing) readAside() {
	ofPhoto, perPhoto := l.namedLikePhotos(), map[string][]string{}
	var single []string
	for _, rel := range l.aside {
		if ofPhoto(rel) {
			perPhoto[ext(rel)] = append(perPhoto[ext(rel)], rel)
		} else {
			single = append(single, rel)
		}
	}
	l.notePerPhoto(perPhoto)
	var texts []asideText
	for _, rel := range single[:min(len(single), mostAside)] {
		data := l.startOf(rel, asideBytes)
		if what := annotations(rel, data); what != "" {
			l.note("%s %s: it is not used. %s", rel, what, l.instead(strings.Contains(what, "COCO")))
		} else if textList(rel) {
			texts = append(texts, asideText{rel, data})
		}
	}
	if len(texts) > 0 {
		l.takeSides(l.photoLists(texts))
	}
}

// asideText is a text file beside photos.
type asideText struct {
	rel  string
	data []byte
}

// photoLists are the lists of photos among texts. Lists of classes are told of.
func (l *listing) photoLists(texts []asideText) []photoList {
	names := newFinder(l.entries)
	lists, used := names.numbered(texts)
	for _, t := range texts {
		if slices.Contains(used, t.rel) {
			continue
		}
		if found := names.list(t.rel, t.data); found.photos != nil {
			lists = append(lists, found)
		} else {
			l.noteNames(t.rel, t.data)
		}
	}
	return lists
}

func textList(rel string) bool {
	return slices.Contains([]string{".txt", ".lst", ".list", ".names"}, ext(rel))
}

// textLines are the lines of a text that are not blank, without blanks around them.
func textLines(data []byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range bytes.Lines(data) {
			s := strings.TrimSpace(strings.TrimPrefix(string(line), "\ufeff"))
			if s != "" && !yield(s) {
				return
			}
		}
	}
}

// namedLikePhotos reports of a file whether it bears the name of a photo, such as 1.txt or
// 1.jpg.txt beside 1.jpg: it is about that photo alone.
func (l *listing) namedLikePhotos() func(rel string) bool {
	stems := map[string]bool{}
	for _, e := range l.entries {
		stems[stemOf(e.path)] = true
	}
	return func(rel string) bool { return stems[stemOf(rel)] || stems[stemOf(stemOf(rel))] }
}

// stemOf is a file's name without its folder and ending, in lower case.
func stemOf(rel string) string {
	name := strings.ToLower(path.Base(rel))
	return strings.TrimSuffix(name, path.Ext(name))
}

func (l *listing) startOf(rel string, most int64) []byte {
	f, err := os.Open(filepath.Join(l.root, filepath.FromSlash(rel)))
	if err != nil {
		return nil
	}
	defer f.Close()
	data, _ := io.ReadAll(io.LimitReader(f, most)) // what can be read of a note is enough
	return data
}

// notePerPhoto tells of files that bear the name of a photo.
func (l *listing) notePerPhoto(files map[string][]string) {
	for _, e := range slices.Sorted(maps.Keys(files)) {
		data := l.startOf(files[e][0], 1<<16)
		what := annotations(files[e][0], data)
		if what == "" && e == ".txt" && boxes.Match(data) {
			what = "holds boxes as YOLO has them"
		}
		if what != "" {
			l.note("%s named like photos, for example %s, which %s. %s", text.Count(len(files[e]), e+" file"), files[e][0],
				what, l.instead(false))
		}
	}
}

// instead says what stands for labels, and what to do for others.
func (l *listing) instead(readable bool) string {
	is := "The classes are those of the folders"
	if l.kind == SourceUnlabeled {
		is = "The photos have no labels"
	}
	if readable {
		return is + ". To take the labels from this file, where it has one for a photo, ingest the file in place " +
			"of the folder"
	}
	return is + ". For others, write a table of path,label and ingest that"
}

// boxes are lines of a class number and four shares of the sides or more.
var boxes = regexp.MustCompile(`^\s*\d+(\s+[01]?\.\d+(e-\d+)?|\s+[01]){4,}`)

// annotations says what a file of a known kind is, as the rest of a sentence that the file begins.
func annotations(rel string, data []byte) string {
	lacks := func(word string) bool { return !bytes.Contains(data, []byte(word)) }
	has := func(words ...string) bool { return !slices.ContainsFunc(words, lacks) }
	switch e := ext(rel); {
	case e == ".xml" && has("<annotation") && has("<object"):
		return "holds Pascal VOC annotations"
	case labelcsv.IsJSON(rel) && has(`"images"`, `"annotations"`):
		return "holds annotations as COCO has them"
	case labelcsv.IsJSON(rel) && has(`"shapes"`, `"imagePath"`):
		return "holds LabelMe annotations"
	case labelcsv.IsJSON(rel) && has(`"regions"`, `"filename"`):
		return "holds VIA annotations"
	case labelcsv.IsJSON(rel) && (has(`"data_row"`) || has(`"annotations"`) || has(`"labels"`)):
		return "holds annotations of a labelling program"
	case slices.Contains(strings.Fields(".parquet .arrow .tfrecord .h5 .hdf5 .mat .pkl .arff"), e):
		return "is a table or container of another program"
	}
	return ""
}

// noteNames tells of a list of classes where it says other than the folders.
func (l *listing) noteNames(rel string, data []byte) {
	classes := map[string]bool{}
	for _, e := range l.entries {
		classes[layout.Alike(e.class)] = true
	}
	names := slices.Collect(textLines(data))
	if len(names) < 2 || len(names) > 100_000 || len(classes) < 2 {
		return
	}
	whole, first := 0, 0
	var named string
	for _, name := range names {
		key, rest, _ := strings.Cut(strings.NewReplacer("\t", " ", ",", " ", ":", " ").Replace(name), " ")
		switch {
		case classes[layout.Alike(name)]:
			whole++
		case classes[layout.Alike(key)]:
			if first++; named == "" {
				named = fmt.Sprintf("%q is %q", key, strings.TrimSpace(rest))
			}
		}
	}
	switch n := len(classes); {
	case 2*whole >= n && whole < len(names):
		l.note("%s lists %d classes, and photos of %d are here", rel, len(names), whole)
	case 2*first >= n:
		l.note("%s gives the folders other names (%s); the classes keep the names of the folders: rename those to "+
			"change them", rel, named)
	case numbers(classes) && len(names) == n && !strings.Contains(stemOf(rel), "readme"):
		l.note("the folders are called by numbers, and %s lists as many names (the first is %q); the classes keep "+
			"the names of the folders: rename those to change them", rel, names[0])
	}
}

func numbers(classes map[string]bool) bool {
	for c := range classes {
		if !strings.HasPrefix(c, "number ") { // as [layout.Alike] writes them
			return false
		}
	}
	return true
}
