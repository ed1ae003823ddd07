// Package layout tells classes and sides from the folders that photos lie in. It looks at names
// only, never at a disk.
//
// [Read] knows a folder per class; train, validation and test folders above the class folders, or
// below them; folders that an archive wrapped around all of it; and folders of photos without a
// label beside these. What it understood other than in the plainest way, and what it left out, it
// says in notes.
package layout

import (
	"fmt"
	"slices"
	"strings"
)

// Kinds of layouts.
const (
	Classes   = "classes"   // a folder per class
	Sides     = "splits"    // folders of sides and of classes
	Unlabeled = "unlabeled" // no folder tells a class
)

// Place is where one photo belongs. If Left says why, it belongs nowhere.
type Place struct {
	Class string // in NFC, without blanks around it; empty in an unlabelled layout
	Side  string // Train, Val, Test or nothing
	Left  string // reason that goes on from "left out 3 photos: "
	Stray bool   // it lies beside folders that tell the class, so that its own is not known
}

// Layout is what [Read] understood.
type Layout struct {
	Kind   string
	Base   string // the folder from which on names matter, with slashes; "" is the top
	Places []Place
	Notes  []string
}

// Read tells where photos belong. Paths have slashes and are relative to the top folder; photos are
// files, dirs are all folders, with photos or without. classDepth says which folders are the
// classes, counted from 1, the top ones; 0 lets Read find out.
func Read(photos, dirs []string, classDepth int) Layout {
	r := &reader{places: make([]Place, len(photos)), classDirs: map[string]bool{}}
	r.leaveBins(photos)
	root := tree(photos, r.places)
	base := unwrap(root)
	r.Base = base.path
	if classDepth > 0 {
		r.byDepth(photos, classDepth)
	} else {
		if base != root {
			r.note("all photos lie in %q: its folders are read", base.path)
		}
		r.read(base)
	}
	r.Places = r.places
	r.checkClasses(photos)
	r.noteEmpty(photos, dirs)
	r.noteMasks(photos)
	r.notePrefixes(photos)
	r.noteOne()
	return r.Layout
}

// reader is a Layout on its way.
type reader struct {
	Layout
	places    []Place
	classDirs map[string]bool // folders of which each folder inside is a class
}

func (r *reader) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

func (r *reader) read(base *folder) {
	sides, sites := pickSides(base), sameBelow(base)
	switch {
	case sides != nil:
		r.bySides(base, sides)
	case sites && repeated(base), !sites && sameInside(base) && allParts(base):
		r.byParts(base)
	case copied(base):
		r.byCopies(base)
	case sites:
		r.bySites(base)
	case sidesBelow(base):
		r.bySidesBelow(base)
	default:
		r.byClasses(base)
	}
}

// classesIn gives the photos in the folders of f their class, and all of them their side.
func (r *reader) classesIn(f *folder, side string, labelled bool) {
	r.classDirs[f.path] = true
	for _, i := range f.photos {
		r.places[i] = Place{Side: side, Stray: labelled}
	}
	for _, c := range f.folders {
		class := clean(c.name)
		masks := maskFolder(c)
		c.each(func(i int) { r.places[i] = Place{Class: class, Side: side} })
		if masks != nil {
			masks.each(func(i int) {
				r.places[i] = Place{Left: fmt.Sprintf("in folders called %q, beside the images that they "+
					"belong to", masks.name)}
			})
		}
	}
}

// allParts reports whether all folders are called like portions of the photos.
func allParts(base *folder) bool {
	return !slices.ContainsFunc(base.folders, func(f *folder) bool { return !isPart(f.name) })
}

// sameInside reports whether all folders hold the same folders, at least two, or nearly, and no
// photos directly.
func sameInside(base *folder) bool {
	if len(base.folders) < 2 || len(base.photos) > 0 {
		return false
	}
	times := map[string]int{}
	for _, f := range base.folders {
		if len(f.photos) > 0 || len(f.folders) < 2 {
			return false
		}
		for _, name := range f.names() {
			times[name]++
		}
	}
	common := 0
	for _, n := range times {
		if n == len(base.folders) {
			common++
		}
	}
	return 2*common >= len(times) && common > 1
}

// byParts reads the class folders inside of portions such as folds, sessions or years, and joins
// the portions.
func (r *reader) byParts(base *folder) {
	r.Kind = Classes
	for _, f := range base.folders {
		if pickSides(f) == nil {
			r.classesIn(f, "", true)
			continue
		}
		for _, side := range f.folders { // what is for training in one fold is for the test in another
			r.classesIn(inner(side, nil), "", true)
		}
	}
	r.note("%s hold the same class folders and are joined: photos that stand in several count once after dedup. "+
		"To use one of them alone, ingest it; if they are classes themselves, add "+
		"IngestOptions.ClassDepth %d", list(base.names()), base.depth()+1)
}

// byClasses reads a folder per class; deeper folders belong to their class. Folders that wait for
// labels are left out, and so is a flat test beside classes.
func (r *reader) byClasses(base *folder) {
	if len(base.folders) == 0 {
		r.Kind = Unlabeled
		return
	}
	r.Kind = Classes
	r.classesIn(base, "", true)
	for _, f := range base.folders {
		side, rest := sideOf(f.name)
		switch {
		case flatTest(f, base):
			r.leave(f, noClassFolders(f, nil), base.depth()+1)
		case side == "" || rest != "":
		case side == unlabelled && len(base.folders) > 1:
			if waits(f, base) {
				r.leave(f, waitsByName(f), base.depth()+1)
			}
		case side != unlabelled && len(base.folders) > 1:
			r.note("%q is read as a class, since there is no other folder of a side beside it; if it is the %s "+
				"side, keep nothing but sides in %s",
				f.path, side, shown(base))
		}
	}
	for _, f := range base.folders {
		if isHolder(f.name) && len(f.photos) == 0 && len(f.folders) > 1 && len(base.folders) > 1 {
			r.note("%q is read as a class, with what is in its folders (%s); if those are the classes, ingest it alone, or add "+
				"IngestOptions.ClassDepth %d", f.path, list(f.names()), base.depth()+2)
		}
	}
	r.noteCameras(base)
	if sameInside(base) {
		inside := insideSides(base.folders[0])
		r.note("%s hold the same folders (%s). The former are read as the classes; if the latter are, add "+
			"IngestOptions.ClassDepth %d",
			list(base.names()), list(inside.names()), inside.depth()+1)
	}
}

func shown(f *folder) string {
	if f.path == "" {
		return "the folder"
	}
	return fmt.Sprintf("%q", f.path)
}

// byDepth takes the folders at a depth for the classes, and the first folder named like a side,
// above or below, for the side.
func (r *reader) byDepth(photos []string, depth int) {
	r.Kind, r.Base = Classes, ""
	for i, p := range photos {
		if r.places[i].Left != "" {
			continue
		}
		parts := strings.Split(p, "/")
		dirs := parts[:len(parts)-1]
		if len(dirs) < depth {
			r.places[i] = Place{Stray: true}
			continue
		}
		place := Place{Class: clean(dirs[depth-1])}
		for j, dir := range dirs {
			if side := Side(dir); side != "" && j != depth-1 && place.Side == "" {
				place.Side, r.Kind = side, Sides
			}
		}
		r.places[i] = place
		r.classDirs[strings.Join(dirs[:depth-1], "/")] = true
	}
}
