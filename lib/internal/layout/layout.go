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
	root := tree(photos)
	r := &reader{places: make([]Place, len(photos)), classDirs: map[string]bool{}}
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
	sides := pickSides(base)
	switch {
	case sides != nil:
		r.bySides(base, sides)
	case sameInside(base) && allParts(base):
		r.byParts(base)
	case copied(base):
		r.byCopies(base)
	case sidesBelow(base):
		r.bySidesBelow(base)
	default:
		r.byClasses(base)
	}
}

// pickSides maps the folders of base that are sides, or wait for labels, to which; nil where the
// folders are not sides. One folder named like a side may be a class ("train" beside "bus"), so it
// takes two sides, or nothing but sides with class folders inside. A name that says more than a
// side counts beside another one that says the same ("asl_train", "asl_test").
func pickSides(base *folder) map[*folder]string {
	sides := map[*folder]string{}
	rests := map[string]map[string]bool{}
	for _, f := range base.folders {
		if side, rest := sideOf(f.name); side != "" {
			if rests[rest] == nil {
				rests[rest] = map[string]bool{}
			}
			rests[rest][side] = true
		}
	}
	for _, f := range base.folders {
		if side, rest := sideOf(f.name); side != "" && (rest == "" || len(rests[rest]) > 1) {
			sides[f] = side
		}
	}
	addLabeled(base, sides)
	distinct, nested, alone := map[string]bool{}, false, len(sides) == len(base.folders)
	for f, side := range sides {
		if side != unlabelled {
			distinct[side] = true
			nested = nested || len(inner(f, nil).folders) > 0
		}
	}
	switch {
	case len(distinct) > 1 && (nested || alone), len(distinct) == 1 && alone && (nested || len(sides) == 1):
		return evalIsVal(sides)
	}
	return nil
}

// addLabeled takes a folder "labeled" with class folders inside for the training side if there is
// an "unlabeled" one.
func addLabeled(base *folder, sides map[*folder]string) {
	waiting := false
	for _, side := range sides {
		waiting = waiting || side == unlabelled
	}
	for _, f := range base.folders {
		name := strings.Join(tokens(f.name), "")
		if waiting && (name == "labeled" || name == "labelled") && len(inner(f, nil).folders) > 0 {
			sides[f] = Train
		}
	}
}

// evalIsVal: where there is a test beside it and no validation, an evaluation folder is what others
// call validation.
func evalIsVal(sides map[*folder]string) map[*folder]string {
	var evals []*folder
	test, val := false, false
	for f, side := range sides {
		eval := slices.ContainsFunc(tokens(f.name), func(w string) bool { return strings.HasPrefix(w, "eval") })
		switch {
		case side == Test && eval:
			evals = append(evals, f)
		case side == Test:
			test = true
		case side == Val:
			val = true
		}
	}
	if test && !val {
		for _, f := range evals {
			sides[f] = Val
		}
	}
	return sides
}

// bySides reads sides with class folders inside.
func (r *reader) bySides(base *folder, sides map[*folder]string) {
	r.Kind = Sides
	inners, labelled := innerOf(base, sides)
	if !labelled {
		r.Kind = Unlabeled
	}
	for _, f := range base.folders {
		side, ok := sides[f]
		switch {
		case !ok:
			f.each(func(i int) { r.places[i].Left = fmt.Sprintf("in %q, beside the folders of the sides", f.path) })
		case side == unlabelled:
			f.each(func(i int) { r.places[i].Left = fmt.Sprintf("in %q, which by its name waits for labels", f.path) })
		case labelled && (len(inners[f].folders) == 0 || onlyUnknown(f, inners, sides)):
			f.each(func(i int) {
				r.places[i].Left = fmt.Sprintf("in %q, which has no class folders, so that nothing says what "+
					"they show", f.path)
			})
		default:
			r.classesIn(inners[f], side, labelled)
		}
	}
	for _, i := range base.photos {
		r.places[i].Left = "beside the folders of the sides"
	}
	r.noteSides(base, sides, inners)
}

// innerOf finds the folder of each side in which its class folders lie, and whether there are any.
func innerOf(base *folder, sides map[*folder]string) (map[*folder]*folder, bool) {
	classes := map[string]bool{}
	for f := range sides {
		if in := inner(f, nil); len(in.folders) > 1 {
			for _, name := range in.names() {
				classes[name] = true
			}
		}
	}
	inners, labelled := map[*folder]*folder{}, false
	for _, f := range base.folders {
		if side, ok := sides[f]; ok {
			inners[f] = inner(f, classes)
			labelled = labelled || side != unlabelled && len(inners[f].folders) > 0
		}
	}
	return inners, labelled
}

// onlyUnknown reports whether a side other than train has one folder that is no class of train:
// photos that were put into a folder so that a program would read them ("test/unknown").
func onlyUnknown(f *folder, inners map[*folder]*folder, sides map[*folder]string) bool {
	if sides[f] == Train || len(inners[f].folders) != 1 {
		return false
	}
	var known []string
	for other, side := range sides {
		if side == Train {
			known = append(known, inners[other].names()...)
		}
	}
	return len(known) > 1 && !slices.Contains(known, inners[f].folders[0].name)
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

// noteSides says which folder is which side, unless the names leave no doubt.
func (r *reader) noteSides(base *folder, sides map[*folder]string, inners map[*folder]*folder) {
	plain := true
	var told []string
	for _, f := range base.folders {
		side, ok := sides[f]
		if !ok || side == unlabelled {
			plain = false
			continue
		}
		told = append(told, fmt.Sprintf("%q is %s (%d)", f.path, side, f.total))
		plain = plain && plainSides[strings.ToLower(f.name)] == side && inners[f] == f
	}
	if plain {
		return
	}
	text := "sides by folder: " + strings.Join(told, ", ")
	if r.Kind == Sides {
		text += "; the folders inside are the classes"
	}
	r.note("%s. If these folders are the classes, add IngestOptions.ClassDepth %d", text, base.depth()+1)
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

// sidesBelow reports whether each folder holds nothing but sides: "cat/train", "cat/test".
func sidesBelow(base *folder) bool {
	distinct := map[string]bool{}
	for _, f := range base.folders {
		if len(f.photos) > 0 || len(f.folders) == 0 {
			return false
		}
		for _, c := range f.folders {
			side := Side(c.name)
			if side == "" {
				return false
			}
			distinct[side] = true
		}
	}
	return len(base.folders) > 1 && len(distinct) > 1 && len(base.photos) == 0
}

func (r *reader) bySidesBelow(base *folder) {
	r.Kind = Sides
	r.classDirs[base.path] = true
	for _, f := range base.folders {
		for _, c := range f.folders {
			c.each(func(i int) { r.places[i] = Place{Class: clean(f.name), Side: Side(c.name)} })
		}
	}
	f := base.folders[0]
	r.note("each class folder holds folders of sides (%s): kept as the split. If the inner folders are the "+
		"classes, add IngestOptions.ClassDepth %d",
		list(f.names()), base.depth()+2)
}

// byClasses reads a folder per class; deeper folders belong to their class. Folders that wait for
// labels are left out.
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
		case side == "" || rest != "":
		case side == unlabelled && (slices.Contains(weakWords, strings.Join(tokens(f.name), "")) || hasLabeled(base)):
		case side == unlabelled && len(base.folders) > 1:
			f.each(func(i int) {
				r.places[i] = Place{Left: fmt.Sprintf("in %q, which by its name waits for labels", f.path)}
			})
			r.note("%q is not read as a class; if it is one, rename it, or add "+
				"IngestOptions.ClassDepth %d", f.path, base.depth()+1)
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
	if sameInside(base) {
		r.note("%s hold the same folders (%s). The former are read as the classes; if the latter are, add "+
			"IngestOptions.ClassDepth %d",
			list(base.names()), list(base.folders[0].names()), base.depth()+2)
	}
}

func hasLabeled(base *folder) bool {
	return slices.ContainsFunc(base.folders, func(f *folder) bool {
		name := strings.Join(tokens(f.name), "")
		return name == "labeled" || name == "labelled"
	})
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
