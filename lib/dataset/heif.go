package dataset

import (
	"maps"
	"slices"
	"strings"

	"imagelab/lib/text"
)

// noteHEIF gives the command that makes a JPEG of each HEIC or AVIF photo that was refused, beside
// it and under its name, so that the next listing reads that one. It replaces no file.
func (l *listing) noteHEIF(files []string) {
	if len(files) == 0 {
		return
	}
	named := map[string]bool{}
	for _, f := range files {
		named["-iname "+text.Word("*"+ext(f))] = true
	}
	l.note(`%s in HEIC or AVIF cannot be read here. This makes a JPEG of each, beside it, which is read the next time: `+
		`find %s -type f \( %s \) -exec sh -c '[ -e "${1%%.*}.jpg" ] || heif-convert -q 95 "$1" "${1%%.*}.jpg"' - {} \; `+
		`(heif-convert comes with libheif: apt install libheif-examples, brew install libheif)`,
		text.Count(len(files), "photo"), text.Path(l.root), strings.Join(slices.Sorted(maps.Keys(named)), " -o "))
}
