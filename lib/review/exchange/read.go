package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
	"imagelab/lib/review"
)

// entry is what a file says about one photo. What is empty, it does not say.
type entry struct {
	at       string // where it stands, for a person
	path     string
	sha256   string
	label    string
	state    string
	tags     []string
	nameOnly bool   // the program keeps names of files, not their folders
	reason   string // why it says nothing that can be used
}

// noState in the column of states takes a state away.
const noState = "none"

// uploaded is how Label Studio names an uploaded file.
var uploaded = regexp.MustCompile(`^[0-9a-f]{8}-`)

// names are the file names that a path may mean.
func (e entry) names(p string) []string {
	base := path.Base(p)
	return slices.Compact([]string{base, uploaded.ReplaceAllString(base, "")})
}

func unescaped(s string) string {
	if u, err := url.PathUnescape(s); err == nil {
		return u
	}
	return s
}

// Options are the options of [Read].
type Options struct {
	Who  string // who decided
	Pass string // the second pass that the labels belong to; empty: none

	why string
}

// Unknown is an entry that was not taken.
type Unknown struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// Result says what a file would change. Entries = Changed + Unchanged + len(Unknown), in photos of
// the file.
type Result struct {
	Format     string            `json:"format"`
	Entries    int               `json:"entries"`
	Changed    int               `json:"changed"`
	Unchanged  int               `json:"unchanged"`
	Unknown    []Unknown         `json:"unknown"`
	NewClasses []string          `json:"new_classes"` // which no photo of the set had
	ByName     int               `json:"by_name"`     // photos that were found by the file's name alone
	Decisions  []review.Decision `json:"-"`           // for review.Log.Append
}

// Read reads a file, or a folder with a labels.json, of another program and returns the decisions
// that make the set say the same.
func Read(file string, s *dataset.Set, st *review.State, o Options) (Result, error) {
	if info, err := os.Stat(file); err == nil && info.IsDir() {
		file = filepath.Join(file, "labels.json")
	}
	data, err := seal.Read(file)
	if errors.Is(err, seal.ErrDamaged) {
		return Result{}, fmt.Errorf("exchange: %s is no file that can be read", file)
	}
	if err != nil {
		return Result{}, fmt.Errorf("exchange: %w", err)
	}
	format, entries, err := parse(data)
	if err != nil {
		return Result{}, fmt.Errorf("exchange: %s: %w", file, err)
	}
	o.why = "imported from " + filepath.Base(file)
	r := take(entries, s, st, o)
	r.Format = format
	return r, nil
}

// parse tells the format by what is in the file.
func parse(data []byte) (format string, entries []entry, err error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return "", nil, errors.New("it is not UTF-8: save it as UTF-8")
	}
	switch first := bytes.TrimSpace(data); {
	case len(first) == 0:
		return "", nil, errors.New("the file is empty")
	case first[0] == '[':
		entries, err = labelStudio(data)
		return "Label Studio", entries, err
	case first[0] == '{' && bytes.Contains(firstLine(first), []byte(`"seal_sha256":`)):
		entries, err = otherLog(data)
		return review.File, entries, err
	case first[0] == '{':
		entries, err = fiftyOne(data)
		return "FiftyOne", entries, err
	}
	entries, err = table(data)
	return "CSV", entries, err
}

func firstLine(data []byte) []byte {
	line, _, _ := bytes.Cut(data, []byte("\n"))
	return line
}

// otherLog reads the decisions of a log, whichever set they were written for.
func otherLog(data []byte) ([]entry, error) {
	part := review.Parse(data)
	st := review.Fold(part.Decisions)
	var out []entry
	for _, sha := range slices.Sorted(maps.Keys(st.Photos)) {
		p := st.Photos[sha]
		if p.Label != "" || p.State != "" || len(p.Tags) > 0 {
			out = append(out, entry{at: sha, sha256: sha, label: p.Label, state: p.State, tags: p.Tags})
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no line of it is a whole decision about a photo")
	}
	return out, nil
}

// take turns entries into decisions. Several entries for one photo must agree.
func take(entries []entry, s *dataset.Set, st *review.State, o Options) Result {
	r := Result{Entries: len(entries), Unknown: []Unknown{}, NewClasses: []string{}}
	for i, e := range entries {
		if e.label != "" {
			entries[i].label = st.Name(e.label) // a class may have been renamed since
		}
	}
	said, order := r.match(entries, s)
	classes := map[string]bool{}
	differs := map[string]dataset.Image{} // images of another class than is said of their content
	for _, im := range s.Images {
		classes[im.Class] = true
		if e := said[im.SHA256]; e.label != "" && e.label != im.Class {
			differs[im.SHA256] = im
		}
	}
	for _, i := range order {
		im := s.Images[i]
		if other, ok := differs[im.SHA256]; ok {
			im = other
		}
		e := said[im.SHA256]
		if e.label != "" && !classes[e.label] {
			classes[e.label] = true
			r.NewClasses = append(r.NewClasses, e.label)
		}
		ds := e.decisions(im, stateOf(st, im), o)
		if r.Decisions = append(r.Decisions, ds...); len(ds) > 0 {
			r.Changed++
		} else {
			r.Unchanged++
		}
	}
	slices.Sort(r.NewClasses)
	return r
}

// match finds the photos of entries. It returns what is said about each, by content, and the
// indices of one image of each, in the order of the entries.
func (r *Result) match(entries []entry, s *dataset.Set) (said map[string]entry, order []int) {
	f := newFinder(s)
	said = map[string]entry{}
	for _, e := range entries {
		i, reason := 0, e.reason
		if reason == "" {
			i, reason = f.find(e)
		}
		if reason != "" {
			r.Unknown = append(r.Unknown, Unknown{e.at, reason})
			continue
		}
		switch before, again := said[s.Images[i].SHA256]; {
		case !again:
			said[s.Images[i].SHA256] = e
			order = append(order, i)
		case same(before, e):
			r.Unchanged++
		default:
			r.Unknown = append(r.Unknown, Unknown{e.at, "another entry says something else about this photo"})
		}
	}
	r.ByName = f.byName
	return said, order
}

func same(a, b entry) bool {
	return a.label == b.label && a.state == b.state && slices.Equal(a.tags, b.tags)
}

// decisions are what is to be decided about an image, of which p was decided before.
func (e entry) decisions(im dataset.Image, p review.Photo, o Options) []review.Decision {
	var out []review.Decision
	add := func(kind review.Kind, before, after string) {
		out = append(out, review.Decision{Who: o.Who, SHA256: im.SHA256, Kind: kind, Before: before, After: after,
			Why: o.why, Pass: o.Pass})
	}
	if e.label != "" && (e.label != im.Class || o.Pass != "") {
		before := im.Class
		if o.Pass != "" {
			before = "" // who decides again does not see it
		}
		add(review.KindLabel, before, e.label)
	}
	if o.Pass != "" {
		return out
	}
	if state := strings.TrimPrefix(e.state, noState); e.state != "" && state != p.State {
		add(review.KindState, p.State, state)
	}
	for _, tag := range e.tags {
		if !slices.Contains(p.Tags, tag) {
			add(review.KindTag, "", tag)
		}
	}
	return out
}
