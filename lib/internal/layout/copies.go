package layout

import "regexp"

// copySuffix is what systems and drives add to the name of a folder that is there already
// ("photos (1)", "photos - Copy"), or that they send in portions
// ("photos-20250102T030405Z-1-002").
var copySuffix = regexp.MustCompile(`(?i)([ _]?\(\d+\)|[ _-]+(copy|kopie|copie|copia)( ?\(?\d+\)?)?|-\d{8}T\d{6}Z(-\d+)*)$`)

// copied reports whether the folders of base are one folder in several copies or portions, each
// with folders of classes inside.
func copied(base *folder) bool {
	if len(base.folders) < 2 || len(base.photos) > 0 {
		return false
	}
	first := copySuffix.ReplaceAllString(base.folders[0].name, "")
	for _, f := range base.folders {
		if copySuffix.ReplaceAllString(f.name, "") != first {
			return false
		}
		if in := inner(f, nil); len(in.folders) == 0 || len(in.photos) > 0 {
			return false
		}
	}
	return true
}

// byCopies joins what is in the copies of a folder, and keeps the sides in them.
func (r *reader) byCopies(base *folder) {
	kind := Unlabeled
	for _, f := range base.folders {
		in := inner(f, nil)
		r.Kind = Classes
		if sides := pickSides(in); sides != nil {
			r.bySides(in, sides)
		} else {
			r.classesIn(in, "", true)
		}
		if r.Kind == Sides || kind == Unlabeled {
			kind = r.Kind
		}
	}
	r.Kind = kind
	r.note("%s are called like copies or portions of one folder: what is in them is joined. To use one of them alone, "+
		"ingest it; if they are classes themselves, add IngestOptions.ClassDepth %d", list(base.names()), base.depth()+1)
}
