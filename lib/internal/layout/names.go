package layout

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// clean is a folder's name as a class: two folders that look the same are one class.
func clean(name string) string {
	if trimmed := strings.TrimSpace(name); trimmed != "" {
		name = trimmed
	}
	return norm.NFC.String(name)
}

// Alike returns a key that is the same for names that people mix up: capitals, accents written in
// another way, blanks, hyphens and underscores, "1" and "01" and "1.0".
func Alike(name string) string {
	var b strings.Builder
	for _, c := range norm.NFKC.String(strings.ToLower(name)) {
		if unicode.IsLetter(c) || unicode.IsDigit(c) || c == '.' || c == '+' || unicode.Is(unicode.Mn, c) {
			b.WriteRune(c)
		}
	}
	key := strings.TrimSuffix(b.String(), ".0")
	if short := strings.TrimLeft(key, "0"); key != "" && strings.Trim(key, "0123456789") == "" {
		return "number " + short
	}
	if key == "" {
		return name // signs only: nothing to compare
	}
	return key
}

// NoteAlike returns a note for each group of classes that differ in little.
func NoteAlike(classes []string) []string {
	groups := map[string][]string{}
	for _, c := range classes {
		groups[Alike(c)] = append(groups[Alike(c)], c)
	}
	var notes []string
	for _, key := range sorted(groups) {
		if g := groups[key]; len(g) > 1 {
			slices.Sort(g)
			notes = append(notes, fmt.Sprintf("the classes %s differ in little; if they are one class, give "+
				"them one name", list(g)))
		}
	}
	return notes
}

// checkClasses notes classes that look alike, that hold one photo, and that a model would be asked
// for but not shown.
func (r *reader) checkClasses(photos []string) {
	sides := map[string]map[string]int{}
	spelt := map[string]map[string]bool{}
	for i, p := range r.Places {
		if p.Left != "" || p.Class == "" {
			continue
		}
		if sides[p.Class] == nil {
			sides[p.Class], spelt[p.Class] = map[string]int{}, map[string]bool{}
		}
		sides[p.Class][p.Side]++
		for _, dir := range strings.Split(path.Dir(photos[i]), "/") {
			if clean(dir) == p.Class {
				spelt[p.Class][dir] = true
			}
		}
	}
	classes := sorted(sides)
	for _, c := range classes {
		if len(spelt[c]) > 1 {
			r.note("folders that differ in blanks or in how accents are written are read as one class, "+
				"%q: %s", c, list(sorted(spelt[c])))
		}
	}
	r.Notes = append(r.Notes, NoteAlike(classes)...)
	r.noteFew(classes, sides)
}

func (r *reader) noteFew(classes []string, sides map[string]map[string]int) {
	var single, untaught []string
	taught := false
	for _, c := range classes {
		all := 0
		for _, n := range sides[c] {
			all += n
		}
		if all == 1 {
			single = append(single, c)
		}
		taught = taught || sides[c][Train] > 0
		if sides[c][Train] == 0 && r.Kind == Sides {
			untaught = append(untaught, c)
		}
	}
	if len(single) > 0 {
		r.note("classes with a single photo: %s", list(single))
	}
	if taught && len(untaught) > 0 {
		r.note("classes without a photo on the train side: %s", list(untaught))
	}
}

// cameraFolder are names that cameras and phones give: three digits and five signs (JEITA CP-3461,
// Design rule for Camera File system, 4.2), a month on newer phones, and the folders above these.
var cameraFolder = regexp.MustCompile(`^([1-9]\d{2}[A-Z0-9_]{5}|20\d{4}[_a-z]{2}|(?i:dcim|camera|camera[ _]?roll))$`)

// noteCameras tells of folders that say where a photo was stored, not what it shows.
func (r *reader) noteCameras(base *folder) {
	cameras := slices.DeleteFunc(base.names(), func(name string) bool { return !cameraFolder.MatchString(name) })
	if len(cameras) > 0 {
		r.note("read as a class, though called as cameras and phones call their folders: %s. If that is no class, move "+
			"the photos into a folder per class, or write a CSV file with a line of path,label for each photo", list(cameras))
	}
}

// noteOne tells that there is nothing to tell apart.
func (r *reader) noteOne() {
	n, class := 0, ""
	for _, p := range r.Places {
		if p.Class == "" || class != "" && p.Class != class {
			if p.Left == "" {
				return
			}
			continue
		}
		n, class = n+1, p.Class
	}
	if n > 1 {
		r.note("there is one class only, %q, and a model tells at least two apart: make a folder per class, or a CSV "+
			"file with a line of path,label for each photo", class)
	}
}

// noteEmpty tells of class folders without a photo.
func (r *reader) noteEmpty(photos, dirs []string) {
	filled := map[string]bool{}
	for _, p := range photos {
		for dir := path.Dir(p); dir != "."; dir = path.Dir(dir) {
			filled[dir] = true
		}
	}
	for _, dir := range slices.Sorted(slices.Values(dirs)) {
		parent := path.Dir(dir)
		if parent == "." {
			parent = ""
		}
		if r.classDirs[parent] && !filled[dir] {
			r.note("class folder %q holds no photos", dir)
		}
	}
}

// maskWords name folders of pictures that are no photos but belong to them.
var maskWords = words("mask masks annotation annotations segmentation segmentations gt groundtruth label labels")

func isMasks(name string) bool { return maskWords[strings.Join(tokens(name), "")] }

// maskFolder is the folder of a class that holds masks, beside a folder of the images themselves.
func maskFolder(class *folder) *folder {
	var masks *folder
	images := false
	for _, f := range class.folders {
		images = images || isHolder(f.name)
		if isMasks(f.name) {
			masks = f
		}
	}
	if !images {
		return nil
	}
	return masks
}

// noteMasks tells of pictures named like the masks of others.
func (r *reader) noteMasks(photos []string) {
	stems := map[string]bool{}
	for _, p := range photos {
		stems[strings.TrimSuffix(p, path.Ext(p))] = true
	}
	n, first := 0, ""
	for i, p := range photos {
		stem := strings.TrimSuffix(p, path.Ext(p))
		of, found := strings.CutSuffix(stem, "_mask")
		if found && stems[of] && r.Places[i].Left == "" {
			n++
			if first == "" {
				first = p
			}
		}
	}
	if n > 0 {
		r.note("%d pictures such as %q are named like masks of others and read as photos; if they are masks, "+
			"move them out of the folder", n, first)
	}
}

// notePrefixes tells what the names of unlabelled photos begin with, where that may be the label:
// "cat.0.jpg", "dog.0.jpg".
func (r *reader) notePrefixes(photos []string) {
	if r.Kind != Unlabeled || len(photos) == 0 {
		return
	}
	const most = 20
	n := map[string]int{}
	for _, p := range photos {
		base := path.Base(p)
		stem := strings.TrimSuffix(base, path.Ext(base))
		n[strings.TrimRight(strings.TrimRight(stem, "0123456789() "), "._- ")]++
	}
	text := "no folder tells the class of a photo. For labels, make a folder per class, or a CSV file with a " +
		"line of path,label for each photo"
	if names := sorted(n); len(n) > 1 && len(n) <= most && 4*len(n) <= len(photos) && n[""] == 0 {
		text += "; the names of the files begin with " + list(names)
	}
	r.note("%s", text)
}

const shownNames = 6

// list writes names for a sentence, the first few of them.
func list(names []string) string {
	quoted := make([]string, 0, shownNames)
	for _, n := range names[:min(len(names), shownNames)] {
		quoted = append(quoted, fmt.Sprintf("%q", n))
	}
	if more := len(names) - shownNames; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(quoted, ", "), more)
	}
	if len(quoted) > 1 {
		return strings.Join(quoted[:len(quoted)-1], ", ") + " and " + quoted[len(quoted)-1]
	}
	return strings.Join(quoted, "")
}
