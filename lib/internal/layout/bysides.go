package layout

import (
	"fmt"
	"slices"
	"strings"
)

// pickSides maps the folders of base that are sides, or wait for labels, to which; nil where the
// folders are not sides. One folder named like a side may be a class ("train" beside "bus"), so it
// takes two sides, or nothing but sides with class folders inside, or what [loneTrain] says. A name
// that says more than a side counts beside another one that says the same ("asl_train",
// "asl_test"), or as addLone says.
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
	addLone(base, sides)
	addLabeled(base, sides)
	distinct, nested, alone := map[string]bool{}, false, len(sides) == len(base.folders)
	for f, side := range sides {
		if side != unlabelled {
			distinct[side] = true
			nested = nested || len(inner(f, nil).folders) > 0
		}
	}
	switch {
	case len(distinct) > 1 && (nested || alone), len(distinct) == 1 && alone && (nested || len(sides) == 1),
		len(distinct) == 1 && distinct[Train] && loneTrain(base, sides):
		return evalIsVal(sides)
	}
	return nil
}

// addLone takes a folder whose name says more than a side ("train_balanced" beside "test") if no
// other one stands for its side, its class folders are those of another side, and no folder that
// is no side has the same ones: then all of them are classes.
func addLone(base *folder, sides map[*folder]string) {
	taken := map[string]bool{unlabelled: true, "": true}
	for _, side := range sides {
		taken[side] = true
	}
	for _, f := range base.folders {
		side, _ := sideOf(f.name)
		if taken[side] {
			continue
		}
		alike, classes := false, false
		for _, other := range base.folders {
			at, _ := sideOf(other.name)
			if at != side && sameInside(&folder{folders: []*folder{inner(f, nil), inner(other, nil)}}) {
				alike, classes = true, classes || at == ""
			}
		}
		if alike && !classes {
			sides[f] = side
		}
	}
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
	known := trainClasses(inners, sides)
	if !labelled {
		r.Kind = Unlabeled
	}
	for _, f := range base.folders {
		side, ok := sides[f]
		switch {
		case !ok && labelled && flat(f):
			f.each(func(i int) { r.places[i].Left = noClassFolders(f, nil) })
		case !ok:
			f.each(func(i int) { r.places[i].Left = fmt.Sprintf("in %q, beside the folders of the sides", f.path) })
		case side == unlabelled:
			f.each(func(i int) { r.places[i].Left = waitsByName(f) })
		case labelled:
			r.labelledSide(f, inners, side, known)
		default:
			r.classesIn(inners[f], side, false)
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
	inside := insideSides(f)
	r.note("each class folder holds folders of sides (%s): kept as the split. If the inner folders (%s) are the "+
		"classes, add IngestOptions.ClassDepth %d",
		list(f.names()), list(inside.names()), inside.depth()+1)
}

// insideSides is the folder of the first side in f that has folders inside, which may be classes;
// f itself if there is none.
func insideSides(f *folder) *folder {
	for _, c := range f.folders {
		if in := inner(c, nil); Side(c.name) != "" && len(in.folders) > 0 {
			return in
		}
	}
	return f
}

// sameBelow reports whether the folders hold nothing but sides, and all sides hold the same folders
// that may be classes: "north/train/cat", "south/test/cat".
func sameBelow(base *folder) bool {
	if !sidesBelow(base) {
		return false
	}
	all := &folder{}
	for _, f := range base.folders {
		for _, c := range f.folders {
			all.folders = append(all.folders, inner(c, nil))
		}
	}
	return sameInside(all) && !allParts(all.folders[0])
}

// repeats are words of folders that hold the same photos, each time in other sides.
var repeats = words("fold folds kfold cv split splits run runs round rounds repeat repeats shuffle")

// repeated reports whether a name says that the photos are in several folders.
func repeated(base *folder) bool {
	return slices.ContainsFunc(base.folders, func(f *folder) bool {
		return slices.ContainsFunc(tokens(f.name), func(w string) bool { return repeats[w] })
	})
}

// bySites joins folders with the same sides and classes inside, such as one for each place, and
// keeps the sides.
func (r *reader) bySites(base *folder) {
	all := merged(base.folders)
	r.bySides(all, pickSides(all))
	r.classDirsIn(base.folders)
	r.note("%s hold the same sides and class folders and are joined. To use one of them alone, ingest it; if they are "+
		"classes themselves, add IngestOptions.ClassDepth %d", list(base.names()), base.depth()+1)
}

func hasLabeled(base *folder) bool {
	return slices.ContainsFunc(base.folders, func(f *folder) bool {
		name := strings.Join(tokens(f.name), "")
		return name == "labeled" || name == "labelled"
	})
}
