package layout

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// systemFolders are what network drives, operating systems and tools leave among photos:
// thumbnails, bins, caches. Lower case.
var systemFolders = map[string]bool{
	"@eadir": true, "#recycle": true, "@recycle": true, "@recently-snapshot": true, "#snapshot": true, "~snapshot": true,
	"@tmp": true, "@synoresource": true, "@__thumb": true, "@appstore": true, "@sharebin": true, "@snapshot": true,
	"trashbox": true, "files_trashbin": true, "recycle bin": true,
	"$recycle.bin": true, "recycler": true, "$extend": true, "system volume information": true,
	"__macosx": true, "lost+found": true, "lost.dir": true, "network trash folder": true, "temporary items": true,
	"thevolumesettingsfolder": true, "appledouble": true, "ipod photo cache": true, "__pycache__": true,
	"node_modules": true, "_vti_cnf": true, "dfsrprivate": true, "_gsdata_": true, "[originals]": true,
}

// systemFolder are those of them that have a number: what Windows rescues from a broken disk, and
// what old programs unpack from archives of tar.
var systemFolder = regexp.MustCompile(`^(found\.\d{3}|paxheaders(\.\d+)?)$`)

// bundles are the endings of folders that photo programs keep their own copies in.
var bundles = map[string]bool{".lrdata": true, ".lrlibrary": true, ".cocatalog": true, ".photoslibrary": true,
	".photolibrary": true, ".migratedphotolibrary": true, ".aplibrary": true}

// LeaveOut returns why files of this name, or all files in a folder of this name, are no photos of
// the set, or nothing.
func LeaveOut(name string, folder bool) string {
	lower := strings.ToLower(name)
	switch {
	case folder && (systemFolders[lower] || systemFolder.MatchString(lower) || strings.HasPrefix(lower, "$windows.~") ||
		bundles[path.Ext(lower)]):
		return leftBySystem(name)
	case folder && strings.HasPrefix(name, "."):
		return "in hidden folders"
	case strings.HasPrefix(name, "."):
		return "hidden"
	case !folder && strings.HasPrefix(lower, "synofile_thumb_"):
		return "small copies that a network drive made"
	}
	return ""
}

func leftBySystem(name string) string {
	return fmt.Sprintf("in folders called %q, which systems and tools leave", name)
}

// binned is the name that the bin of old Windows gives to what is in it: the letter of the drive
// and a number.
var binned = regexp.MustCompile(`(?i)^D[a-z]\d+(\.\w+)?$`)

// binOf returns the folder of a path that is called like the bin of old Windows, with the name of
// what lies directly in it; nothing if there is none.
func binOf(photo string) (dir, name string) {
	parts := strings.Split(photo, "/")
	for i, part := range parts[:len(parts)-1] {
		if strings.EqualFold(part, "recycled") {
			return strings.Join(parts[:i+1], "/"), parts[i+1]
		}
	}
	return "", ""
}

// leaveBins leaves out what lies in the bins of old Windows. A folder "recycled" may be a class as
// well: it is a bin if everything in it is called as the bin calls it.
func (r *reader) leaveBins(photos []string) {
	class := map[string]bool{}
	for _, p := range photos {
		if dir, name := binOf(p); !binned.MatchString(name) {
			class[dir] = true
		}
	}
	for i, p := range photos {
		if dir, _ := binOf(p); dir != "" && !class[dir] {
			r.places[i].Left = leftBySystem(path.Base(dir))
		}
	}
}
