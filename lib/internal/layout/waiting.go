package layout

import (
	"fmt"
	"slices"
	"strings"
)

// flat reports whether no folder tells the photos in f apart: they lie directly in it, or below
// single folders ("test/test").
func flat(f *folder) bool {
	for c := f.onlyFolder(); c != nil; c = f.onlyFolder() {
		f = c
	}
	return len(f.folders) == 0
}

// loneTrain reports whether train has class folders and all that is no side beside it is flat, as
// in competitions, which call the photos to predict what they like ("test_stg1", "leaderboard").
func loneTrain(base *folder, sides map[*folder]string) bool {
	for _, f := range base.folders {
		side, ok := sides[f]
		if !ok && !flat(f) || side == Train && !holdsClasses(inner(f, nil)) {
			return false
		}
	}
	return true
}

// holdsClasses reports whether two folders in f may be classes by their names. A class "train"
// among vehicles may have folders of years, of cameras and of sides inside, which are none.
func holdsClasses(f *folder) bool {
	n := 0
	for _, name := range f.names() {
		side, rest := sideOf(name)
		if (side == "" || rest != "") && !isPart(name) && !isMasks(name) && !cameraFolder.MatchString(name) {
			n++
		}
	}
	return n > 1
}

// trainClasses are the names of the class folders of train, as [Alike] writes them.
func trainClasses(inners map[*folder]*folder, sides map[*folder]string) map[string]bool {
	known := map[string]bool{}
	for f, side := range sides {
		if side == Train {
			for _, c := range inners[f].folders {
				if !waits(c, inners[f]) {
					known[Alike(c.name)] = true
				}
			}
		}
	}
	return known
}

// labelledSide reads the class folders of the side f, which lie in its inner folder, or deeper in
// portions of it ("test/public/cat"). It leaves out photos that no folder tells apart, and those in
// folders that are no classes of train, such as portions of a test ("test/public"), or the folder
// that some programs need ("test/unknown").
func (r *reader) labelledSide(f *folder, inners map[*folder]*folder, side string, known map[string]bool) {
	in := inners[f]
	isKnown := func(c *folder) bool { return known[Alike(c.name)] }
	if len(in.folders) > 0 && (side == Train || len(known) < 2 || slices.ContainsFunc(in.folders, isKnown)) {
		r.classesIn(in, side, true)
		r.leaveWaitingIn(in, inners)
		return
	}
	f.each(func(i int) { r.places[i].Left = noClassFolders(f, in.names()) })
	var portions []string
	for _, c := range in.folders {
		if below := inner(c, nil); slices.ContainsFunc(below.folders, isKnown) {
			portions = append(portions, c.name)
			r.classesIn(below, side, true)
		}
	}
	if len(portions) > 0 {
		r.note("%s in %q: the folders inside are the classes", list(portions), f.path)
	}
}

// leaveWaitingIn leaves out the folders in a side that by their name wait for labels
// ("train/unlabeled"). Such a folder stays a class if there is only one other, or if another side
// has it too.
func (r *reader) leaveWaitingIn(in *folder, inners map[*folder]*folder) {
	times := map[string]int{}
	for _, side := range inners {
		if len(side.folders) > 1 {
			for _, name := range side.names() {
				times[Alike(name)]++
			}
		}
	}
	for _, c := range in.folders {
		if len(in.folders) > 2 && times[Alike(c.name)] == 1 && waits(c, in) {
			r.leave(c, waitsByName(c), in.depth()+1)
		}
	}
}

// waits reports whether a folder in base says by its name that its photos wait for a label, and is
// no class beside one of labelled things.
func waits(f, base *folder) bool {
	side, rest := sideOf(f.name)
	return side == unlabelled && rest == "" && !hasLabeled(base) &&
		!slices.Contains(weakWords, strings.Join(tokens(f.name), ""))
}

// flatTest reports whether f is a flat test beside two classes at least ("cats", "dogs", "test").
// Two folders alone are classes, and so is what stands beside a control.
func flatTest(f, base *folder) bool {
	side, rest := sideOf(f.name)
	if side != Test || !slices.Contains([]string{"", "hidden", "blind"}, rest) || !flat(f) {
		return false
	}
	classes := 0
	for _, c := range base.folders {
		if strings.HasPrefix(Alike(c.name), "control") {
			return false
		}
		if side, _ := sideOf(c.name); side == "" && !isHolder(c.name) {
			classes++
		}
	}
	return classes > 1
}

// leave leaves out a folder that stands where classes do, at a depth.
func (r *reader) leave(f *folder, why string, depth int) {
	f.each(func(i int) { r.places[i] = Place{Left: why} })
	r.note("%q is not read as a class; if it is one, rename it, or add IngestOptions.ClassDepth %d", f.path, depth)
}

func waitsByName(f *folder) string {
	return fmt.Sprintf("in %q, which by its name waits for labels", f.path)
}

// noClassFolders is why the photos of f, a side or a folder beside the sides, are left out.
func noClassFolders(f *folder, unknown []string) string {
	but := ""
	if len(unknown) > 1 {
		but = fmt.Sprintf(" (%s are no classes of train)", list(unknown))
	}
	return fmt.Sprintf("in %q, which has no class folders%s, so that nothing says what they show", f.path, but)
}

// noLabels are ways to say in several words that photos wait for a label.
var noLabels = []string{"no label", "no labels", "without label", "without labels", "not labeled", "not labelled"}

// testUnlabelled reports whether a name says that it is a test whose labels nobody has: the sides
// that its words speak of, sorted, and what else it says.
func testUnlabelled(sides []string, rest string) bool {
	return slices.Equal(sides, []string{Test, unlabelled}) && rest == "" ||
		slices.Equal(sides, []string{Test}) && slices.Contains(noLabels, rest)
}
