package report

import (
	"html/template"
	"net/url"
	"path"
	"path/filepath"
	"strings"
)

// originals are the addresses of photos where they lie, relative to a page, so that the page names
// no folder of the machine and goes on working when both are moved together.
type originals struct {
	base string // from the page to the root of the photos, with slashes; ends in one
	ok   bool
}

// newOriginals is for a page at this path and photos below root. Without a way from one to the
// other, as between two drives, there are no addresses.
func newOriginals(page, root string) originals {
	dir, err := filepath.Abs(filepath.Dir(page))
	if err != nil || root == "" {
		return originals{}
	}
	base, err := filepath.Rel(real(dir), real(root))
	if err != nil {
		return originals{}
	}
	return originals{base: "./" + escape(filepath.ToSlash(base)) + "/", ok: true}
}

// real is the folder behind links: a browser goes up from there.
func real(dir string) string {
	if there, err := filepath.EvalSymlinks(dir); err == nil {
		return there
	}
	return dir
}

// of is the address of a photo with this path in the set; empty: there is none.
func (o originals) of(photo string) template.URL {
	if !o.ok || photo == "" {
		return ""
	}
	return template.URL(o.base + escape(path.Clean(photo)))
}

// escape writes a slash path as part of an address.
func escape(slashPath string) string {
	parts := strings.Split(slashPath, "/")
	for i, part := range parts {
		parts[i] = strings.ReplaceAll(url.PathEscape(part), "'", "%27")
	}
	return strings.Join(parts, "/")
}
