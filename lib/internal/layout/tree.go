package layout

import (
	"maps"
	"slices"
	"strings"
)

// folder is one that holds photos, inside or deeper.
type folder struct {
	name, path string
	photos     []int // those directly inside, by their index
	folders    []*folder
	total      int // photos, deeper ones included
}

// tree builds the folders of photos, without those that are left out. paths have slashes.
func tree(paths []string, places []Place) *folder {
	root := &folder{}
	at := map[string]*folder{"": root}
	var find func(dir string) *folder
	find = func(dir string) *folder {
		if f, ok := at[dir]; ok {
			return f
		}
		parent, name := "", dir
		if i := strings.LastIndexByte(dir, '/'); i >= 0 {
			parent, name = dir[:i], dir[i+1:]
		}
		f := &folder{name: name, path: dir}
		at[dir] = f
		up := find(parent)
		up.folders = append(up.folders, f)
		return f
	}
	for i, p := range paths {
		if places[i].Left != "" {
			continue
		}
		dir := ""
		if j := strings.LastIndexByte(p, '/'); j >= 0 {
			dir = p[:j]
		}
		f := find(dir)
		f.photos = append(f.photos, i)
	}
	root.count()
	return root
}

func (f *folder) count() int {
	slices.SortFunc(f.folders, func(a, b *folder) int { return strings.Compare(a.name, b.name) })
	f.total = len(f.photos)
	for _, c := range f.folders {
		f.total += c.count()
	}
	return f.total
}

// each calls do for every photo in f and below.
func (f *folder) each(do func(photo int)) {
	for _, i := range f.photos {
		do(i)
	}
	for _, c := range f.folders {
		c.each(do)
	}
}

// names are those of the folders inside.
func (f *folder) names() []string {
	out := make([]string, len(f.folders))
	for i, c := range f.folders {
		out[i] = c.name
	}
	return out
}

// depth is the number of folders from the root to f: 0 for the root.
func (f *folder) depth() int {
	if f.path == "" {
		return 0
	}
	return strings.Count(f.path, "/") + 1
}

// onlyFolder is the one folder of which f consists, or nil.
func (f *folder) onlyFolder() *folder {
	if len(f.photos) > 0 || len(f.folders) != 1 {
		return nil
	}
	return f.folders[0]
}

// unwrap steps into folders that hold a single folder, as unpacked archives do
// ("archive/dataset/cat"), to the first one with a choice. A chain that ends in one folder of
// photos is left as it is, unless that folder's name says nothing.
func unwrap(root *folder) *folder {
	for f := root; ; {
		c := f.onlyFolder()
		switch {
		case c == nil && (len(f.folders) > 1 || isHolder(f.name)):
			return f
		case c == nil:
			return root
		}
		if side, rest := sideOf(c.name); side != "" && rest == "" {
			return f
		}
		f = c
	}
}

// inner is where the class folders of a side lie: in it, or below single folders that repeat its
// name or say nothing ("seg_train/seg_train/sea", "train/images/cat"). A folder that is one of
// classes is never stepped into.
func inner(side *folder, classes map[string]bool) *folder {
	for f := side; ; {
		c := f.onlyFolder()
		if c == nil || classes[c.name] {
			return f
		}
		if says := !isHolder(c.name) && Side(c.name) == "" && !strings.EqualFold(c.name, f.name); says && len(c.photos) > 0 {
			return f
		}
		f = c
	}
}

func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
