package layout

import (
	"fmt"
	"slices"
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

// holdsClasses reports whether two folders in f may be classes by their names. A class "train" among
// vehicles may have folders of years, of cameras and of sides inside, which are none.
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

// noClassFolders is why the photos of a side, or beside the sides, are left out.
func noClassFolders(f *folder) string {
	return fmt.Sprintf("in %q, which has no class folders, so that nothing says what they show", f.path)
}

// noLabels are ways to say in several words that photos wait for a label.
var noLabels = []string{"no label", "no labels", "without label", "without labels", "not labeled", "not labelled"}

// testUnlabelled reports whether a name says that it is a test whose labels nobody has: the sides
// that its words speak of, sorted, and what else it says.
func testUnlabelled(sides []string, rest string) bool {
	return slices.Equal(sides, []string{Test, unlabelled}) && rest == "" ||
		slices.Equal(sides, []string{Test}) && slices.Contains(noLabels, rest)
}
