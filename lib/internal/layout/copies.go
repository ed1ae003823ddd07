package layout

import (
	"regexp"
	"strings"
)

// copySuffix is what systems and drives add to the name of a folder that is there already
// ("photos (1)", "photos - Copy"), or that they send in portions
// ("photos-20250102T030405Z-1-002").
var copySuffix = regexp.MustCompile(`(?i)([ _]?\(\d+\)|[ _-]+(copy|kopie|copie|copia)( ?\(?\d+\)?)?|-\d{8}T\d{6}Z(-\d+)*)$`)

func withoutSuffix(name string) string { return copySuffix.ReplaceAllString(name, "") }

// copied reports whether the folders of base are one folder in several copies or portions, each
// with folders of classes or sides inside.
func copied(base *folder) bool {
	if len(base.folders) < 2 || len(base.photos) > 0 {
		return false
	}
	first := withoutSuffix(base.folders[0].name)
	for _, f := range base.folders {
		if withoutSuffix(f.name) != first {
			return false
		}
		if in := inner(f, nil); len(f.photos) > 0 || len(in.photos) > 0 && Side(in.name) == "" {
			return false
		}
	}
	return true
}

// unpacked is the folder in a copy or portion that was copied: an archive often holds it under its
// own name ("photos (1)/photos/cat").
func unpacked(f *folder) *folder {
	name := withoutSuffix(f.name)
	for c := f.onlyFolder(); c != nil && c.name == name && len(c.photos) == 0; c = f.onlyFolder() {
		f = c
	}
	return f
}

// merged is one folder with all that is in some: folders of one name become one.
func merged(some []*folder) *folder {
	out := &folder{name: some[0].name, path: some[0].path}
	inside := map[string][]*folder{}
	for _, f := range some {
		out.photos = append(out.photos, f.photos...)
		out.total += f.total
		for _, c := range f.folders {
			inside[c.name] = append(inside[c.name], c)
		}
	}
	for _, name := range sorted(inside) {
		out.folders = append(out.folders, merged(inside[name]))
	}
	return out
}

// byCopies joins what is in the copies of a folder, and reads it as one folder.
func (r *reader) byCopies(base *folder) {
	var copies []*folder
	for _, f := range base.folders {
		copies = append(copies, unpacked(f))
	}
	r.read(unwrap(merged(copies)))
	r.classDirsIn(copies)
	r.note("%s are called like copies or portions of one folder: what is in them is joined. To use one of them alone, "+
		"ingest it; if they are classes themselves, add IngestOptions.ClassDepth %d", list(base.names()), base.depth()+1)
}

// classDirsIn finds the folders of classes, which are known in the merged folder, in each of those
// that it was merged from.
func (r *reader) classDirsIn(some []*folder) {
	for _, dir := range sorted(r.classDirs) {
		below, ok := strings.CutPrefix(dir+"/", some[0].path+"/")
		for _, f := range some {
			if ok {
				r.classDirs[strings.TrimSuffix(f.path+"/"+below, "/")] = true
			}
		}
	}
}
