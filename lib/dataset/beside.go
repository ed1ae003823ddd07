package dataset

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/internal/layout"
	"imagelab/lib/text"
)

// csvBeside lists unlabelled photos by the CSV file that lies beside them and names them. Several
// are joined if each is of another side, by its name ("train.csv", "test.csv") or by its folder
// ("train/metadata.csv"); otherwise none is used, and a note says so.
func (l *listing) csvBeside(ctx context.Context, o Reading) (*listing, error) {
	found, err := l.lists(ctx, o)
	if err != nil || len(found) == 0 {
		return l, err
	}
	used, told := l.choose(found)
	if len(used) == 1 {
		c := used[0]
		c.notes = append([]string{"the labels are read from " + l.rel(c.from)}, c.notes...)
		c.notes = append(c.notes, told...)
		return c, nil
	}
	var names, sides []string
	for _, c := range used {
		names = append(names, l.rel(c.from))
		sides = append(sides, l.side(c))
	}
	distinct := slices.Clone(sides)
	slices.Sort(distinct)
	if len(slices.Compact(distinct)) < len(sides) || slices.Contains(sides, "") {
		l.note("%s list photos with labels, and none is used: ingest the right one in place of the folder",
			strings.Join(names, " and "))
		return l, nil
	}
	all, err := l.join(used, sides)
	if err == nil {
		all.notes = append(all.notes, told...)
	}
	return all, err
}

// noteContrary tells of CSV files that give photos another label than their folders do.
func (l *listing) noteContrary(ctx context.Context, o Reading) error {
	found, err := l.lists(ctx, o)
	if err != nil {
		return err
	}
	classes := make(map[string]string, len(l.entries))
	for _, e := range l.entries {
		classes[e.path] = e.class
	}
	for _, c := range found {
		n := 0
		for _, e := range c.entries {
			if class, ok := classes[path.Join(l.rel(c.root), e.path)]; ok && layout.Alike(class) != layout.Alike(e.class) {
				n++
			}
		}
		if name := l.rel(c.from); n > 0 {
			l.note("the classes are read from the folders; %s gives %s another label. If its labels are the right ones, "+
				"ingest that file in place of the folder", name, text.Count(n, "photo"))
		}
	}
	return nil
}

func (l *listing) rel(file string) string {
	rel, err := filepath.Rel(l.root, file)
	if err != nil {
		return file
	}
	return filepath.ToSlash(rel)
}

// lists reads the CSV files, text lists and JSON from the top folder down to the one with the
// photos, and in those of sides, and returns the ones that name photos with labels. Of text and
// JSON, one that most of its photos are no use of, such as one of boxes, is none.
func (l *listing) lists(ctx context.Context, o Reading) ([]*listing, error) {
	ofPhoto := l.namedLikePhotos()
	var used []*listing
	for _, dir := range l.besideDirs() {
		files, err := os.ReadDir(filepath.Join(l.root, filepath.FromSlash(dir)))
		if err != nil {
			return nil, fmt.Errorf("dataset: %w", err)
		}
		for _, f := range files {
			name := strings.ToLower(f.Name())
			if !csvExt[ext(name)] || isSubmission(name) || !f.Type().IsRegular() || ofPhoto(name) {
				continue
			}
			c, err := listCSV(ctx, filepath.Join(l.root, filepath.FromSlash(dir), f.Name()), o)
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			table := ext(name) == ".csv" || ext(name) == ".tsv"
			if table {
				l.noteUnused(path.Join(dir, f.Name()), c, err)
			}
			if err == nil && len(c.entries) > 0 && (table || len(c.entries) >= len(c.rejected)) {
				used = append(used, c)
			}
		}
	}
	return used, nil
}

// noteUnused tells of a table that could not be read, or none of whose lines names a photo: always
// where the photos have no other label, and else if it speaks of one of them.
func (l *listing) noteUnused(rel string, c *listing, err error) {
	why := ""
	switch {
	case err != nil:
		why = lastPart(err)
	case len(c.entries) == 0 && len(c.rejected) > 0:
		why = c.rejected[0].Reason
	default:
		return
	}
	if l.kind == SourceUnlabeled || l.oneClass() || l.speaksOf(l.startOf(rel, 1<<16)) {
		l.note("%s was not used: %s", rel, why)
	}
}

// speaksOf reports whether a text holds the file name of one of the first thousand photos.
func (l *listing) speaksOf(data []byte) bool {
	return slices.ContainsFunc(l.entries[:min(len(l.entries), 1000)], func(e entry) bool {
		return bytes.Contains(data, []byte(path.Base(e.path)))
	})
}

// lastPart is what an error says about a file that the sentence names already.
func lastPart(err error) string {
	_, says, found := strings.Cut(err.Error(), ": ")
	if _, rest, more := strings.Cut(says, ": "); found && more {
		return rest // without the name of the package and the file
	}
	return err.Error()
}

// besideDirs are the folders on the way to l.base, and those in it that hold photos directly.
func (l *listing) besideDirs() []string {
	out := []string{""}
	for i, c := range l.base + "/" {
		if c == '/' && i > 0 {
			out = append(out, l.base[:i])
		}
	}
	for _, e := range l.entries {
		if dir := path.Dir(e.path); dir != "." && path.Dir(dir) == path.Clean("./"+l.base) && !slices.Contains(out, dir) {
			out = append(out, dir)
		}
	}
	return out
}

// join makes one listing of several, each of another side.
func (l *listing) join(used []*listing, sides []string) (*listing, error) {
	all := &listing{root: l.root, kind: SourceCSV}
	seen := map[string]bool{}
	for i, c := range used {
		name := l.rel(c.from)
		all.note("%s is read as the %s side: %s", name, sides[i], text.Count(len(c.entries), "photo"))
		for _, n := range c.notes {
			if !strings.HasPrefix(n, leftNote) { // counted anew, for all files
				all.note("%s: %s", name, n)
			}
		}
		for _, r := range c.rejected {
			all.reject(r.Path, "%s, %s", name, r.Reason)
		}
		for _, e := range c.entries {
			e.path = path.Join(l.rel(c.root), e.path)
			if e.split == "" {
				e.split = sides[i]
			}
			if seen[e.path] {
				all.reject(e.path, "%s: is listed in another file too: keep it on one side", name)
				continue
			}
			seen[e.path] = true
			all.entries = append(all.entries, e)
		}
	}
	if err := all.leaveUnlisted(); err != nil {
		return nil, err
	}
	all.noteLeft()
	return all, nil
}
