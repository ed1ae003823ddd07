package dataset

import (
	"fmt"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"imagelab/lib/internal/labelcsv"
	"imagelab/lib/photo"
)

// seeker finds the files that a CSV means: in a root folder, whatever program wrote their paths on
// whatever system.
type seeker struct {
	root, file string              // the CSV
	dirs       map[string]dirNames // folders that were looked into
	all        dirNames            // every photo below the root, by its name; nil: not looked yet
	prefix     string              // what paths begin with that is not here
	cut        int                 // paths that began with it
	folders    map[string]bool     // names of the folders with photos, as layout.Alike has them
	listed     map[string]int      // how many rows name a photo of this name, by nameKey
	byName     map[string]int      // photos found by their name alone, by folder
	respelt    int                 // photos whose name is written in another way
	example    [2]string           // one of these: as listed and as found
}

// dirNames maps the ways to write a name to the names that there are, as paths from the root.
type dirNames map[string][]string

func newSeeker(root, file string) *seeker {
	return &seeker{root: root, file: file, dirs: map[string]dirNames{}, folders: map[string]bool{},
		listed: map[string]int{}, byName: map[string]int{}}
}

// ways are the keys under which a name is known, the strictest first: another normal form, another
// case, no ending.
func ways(name string) []string {
	nfc := norm.NFC.String(name)
	e := path.Ext(nfc)
	return []string{"=" + nfc, "e" + strings.TrimSuffix(nfc, e) + strings.ToLower(e), "c" + strings.ToLower(nfc)}
}

func (d dirNames) add(name, at string) {
	keys := ways(name)
	if photo.HasReadableName(name) {
		stem := norm.NFC.String(strings.TrimSuffix(name, path.Ext(name)))
		keys = append(keys, "s"+stem, "n"+strings.TrimLeft(stem, "0"))
	}
	for _, k := range slices.Compact(keys) {
		d[k] = append(d[k], at)
	}
}

// match returns what a name may mean, by the strictest way that fits anything.
func (d dirNames) match(name string) []string {
	for _, k := range append(ways(name), "s"+norm.NFC.String(name)) {
		if found := d[k]; len(found) > 0 {
			return found
		}
	}
	return nil
}

// find returns the slash path below the root of the file that a row means, or why there is none.
func (s *seeker) find(r labelcsv.Row) (file, reason string) {
	if checkName(r.Path+r.Label+r.Group) != "" || strings.ContainsRune(r.Path+r.Label, '\ufffd') {
		return "", "is not valid UTF-8: save the CSV as UTF-8"
	}
	spelt, reason := s.spellings(r.Path)
	if reason != "" {
		return "", reason
	}
	for _, p := range spelt {
		if file, reason = s.locate(p); file != "" || reason != "" {
			return s.inside(file, reason)
		}
	}
	p := spelt[len(spelt)-1]
	if file, reason = s.elsewhere(p, r.Label); file == "" && reason == "" {
		file, reason = s.uploaded(p, r.Label)
	}
	if file == "" && reason == "" {
		reason = s.missing(p)
	}
	return s.inside(file, reason)
}

// elsewhere finds a path that is not here as it stands by its last parts or its name.
func (s *seeker) elsewhere(p, label string) (file, reason string) {
	if !strings.Contains(p, "/") {
		return s.nameOnly(p, label)
	}
	if file, reason = s.cutPrefix(p); file == "" && reason == "" {
		file, reason = s.lastPart(p)
	}
	return file, reason
}

// missing says of a path that nothing here fits what to do.
func (s *seeker) missing(p string) string {
	switch {
	case s.root == filepath.Dir(s.file) && len(s.all) == 0:
		return "no such file, and no photo lies below the CSV's folder" + moveOrName
	case !filepath.IsLocal(filepath.FromSlash(p)):
		return "the path leads out of " + s.folder() + ", and nothing there has its last parts" + moveOrName
	}
	return "no such file (or a link to nowhere)" + s.nearest(p)
}

// moveOrName is what a person does whose photos lie outside of the CSV's folder.
const moveOrName = ": move the CSV file above the photos, or name their folder with IngestOptions.Photos"

func (s *seeker) inside(file, reason string) (string, string) {
	if reason != "" {
		return "", reason
	}
	if err := insideRoot(s.root, file); err != nil {
		return "", err.Error()
	}
	return path.Clean(file), ""
}

// spellings are the ways to read a path, the plainest first; the last one is the one that a person
// most likely means.
func (s *seeker) spellings(raw string) (out []string, reason string) {
	p := strings.Trim(strings.TrimSpace(raw), `"'`)
	out = []string{raw, strings.TrimSpace(raw)}
	if _, local, ok := strings.Cut(p, "/local-files/?d="); ok { // Label Studio, for photos in a folder of the server
		p = unescaped(local)
	}
	if scheme, rest, ok := strings.Cut(p, "://"); ok {
		switch strings.ToLower(scheme) {
		case "http", "https":
			return nil, "is an address on the web: download the photo, and write its path"
		case "file":
			p = strings.TrimPrefix(unescaped(rest), "localhost")
		default: // "gs://bucket/cat/1.jpg"
			p = "//" + rest
		}
	}
	p = strings.ReplaceAll(p, `\`, "/")
	if len(p) > 2 && p[0] == '/' && p[2] == ':' { // file:///C:/photos
		p = p[1:]
	}
	return slices.Compact(append(out, p, unescaped(p))), ""
}

// unescaped is a path with the signs that its escapes stand for: "my%20photos" is "my photos".
func unescaped(p string) string {
	if plain, err := url.PathUnescape(p); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return p
}

// locate finds a path that lies below the root as it is written, or nearly. An absolute one may say
// the root's own name.
func (s *seeker) locate(p string) (file, reason string) {
	local := filepath.FromSlash(p)
	if !filepath.IsAbs(local) {
		if !filepath.IsLocal(local) {
			abs := filepath.Join(s.root, local)
			if rel, err := filepath.Rel(s.root, abs); err == nil && filepath.IsLocal(rel) { // "../images/1.jpg", in images
				return s.resolve(filepath.ToSlash(rel))
			}
			if _, err := os.Lstat(abs); err == nil {
				return "", "the path leads out of " + s.folder() + moveOrName
			}
			return "", ""
		}
		return s.resolve(path.Clean(p))
	}
	for _, abs := range s.places(local) {
		if rel, err := filepath.Rel(s.root, abs); err == nil && filepath.IsLocal(rel) {
			if file, reason = s.resolve(filepath.ToSlash(rel)); file == "" && reason == "" {
				reason = "no such file (or a link to nowhere)" + s.nearest(filepath.ToSlash(rel))
			}
			return file, reason
		}
	}
	if _, err := os.Lstat(local); err != nil {
		return "", ""
	}
	return "", "the path leads out of " + s.folder() + moveOrName
}

// places are an absolute path as it stands, and with the links in it followed.
func (s *seeker) places(abs string) []string {
	real, err := realPath(abs)
	if err != nil {
		return []string{abs}
	}
	return []string{abs, real}
}

func (s *seeker) folder() string {
	if s.root == filepath.Dir(s.file) {
		return "the CSV's folder"
	}
	return "the photos' folder"
}

// resolve finds a local path, folder by folder where it is not there to the letter.
func (s *seeker) resolve(rel string) (file, reason string) {
	if _, err := os.Lstat(filepath.Join(s.root, filepath.FromSlash(rel))); err == nil {
		return rel, ""
	}
	at := ""
	for name := range strings.SplitSeq(rel, "/") {
		found := s.look(at).match(name)
		switch len(found) {
		case 0:
			return "", ""
		case 1:
			at = found[0]
		default:
			return "", fmt.Sprintf("may mean %q or %q: write the whole name", found[0], found[1])
		}
	}
	s.respell(rel, at)
	return at, ""
}

// respell counts a photo whose name is written in another way.
func (s *seeker) respell(listed, found string) {
	s.respelt++
	if s.example[0] == "" {
		s.example = [2]string{listed, found}
	}
}

// look reads the names in a folder, once.
func (s *seeker) look(dir string) dirNames {
	if d, ok := s.dirs[dir]; ok {
		return d
	}
	d := dirNames{}
	files, _ := os.ReadDir(filepath.Join(s.root, filepath.FromSlash(dir))) // a folder that cannot be read has no names
	for _, f := range files {
		d.add(f.Name(), path.Join(dir, f.Name()))
	}
	s.dirs[dir] = d
	return d
}

// cutPrefix finds a path that begins with folders of another machine or place, by what is left of
// it. All paths must begin with the same ones: with others, another photo might be meant.
func (s *seeker) cutPrefix(p string) (file, reason string) {
	clean := strings.TrimLeft(path.Clean(p), "/")
	parts := strings.Split(clean, "/")
	if len(parts) < 2 || filepath.IsLocal(filepath.FromSlash(p)) && s.isFolder(parts[0]) {
		return "", ""
	}
	for i := 1; i < len(parts); i++ {
		if parts[i-1] == ".." && parts[i] == ".." {
			continue
		}
		file, reason = s.resolve(strings.Join(parts[i:], "/"))
		if reason != "" || file == "" {
			continue
		}
		prefix := strings.TrimSuffix(p, strings.Join(parts[i:], "/"))
		if s.cut > 0 && prefix != s.prefix {
			return "", fmt.Sprintf("begins with %q where other lines begin with %q, so that another photo may be meant: write "+
				"the path relative to %s", prefix, s.prefix, s.folder())
		}
		s.prefix = prefix
		s.cut++
		return file, ""
	}
	return "", ""
}

func (s *seeker) isFolder(name string) bool {
	info, err := os.Stat(filepath.Join(s.root, name))
	return err == nil && info.IsDir()
}
