package split

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
)

const idsFile = "test_ids.txt"

// fixedTest is what is known of the test side beforehand.
type fixedTest struct {
	ids  map[string]bool // sha256 of images that belong to the test side
	only bool            // nothing else joins them
	note string          // how they were found, where it was not as usual
}

// missing says how many images of a test side that was given whole are not in the set now, or are
// not used.
func (f fixedTest) missing(s *dataset.Set) string {
	if !f.only {
		return ""
	}
	used := map[string]bool{} // of the images in the set
	for _, im := range s.Images {
		used[im.SHA256] = used[im.SHA256] || im.Excluded == "" && !im.Conflict // a copy is stood for by another
	}
	gone, unused := 0, 0
	for id := range f.ids {
		switch in, there := used[id]; {
		case !there:
			gone++
		case !in:
			unused++
		}
	}
	var told []string
	if gone > 0 {
		told = append(told, fmt.Sprintf("%d of %d images of the fixed test side are not in the set now", gone, len(f.ids)))
	}
	if unused > 0 {
		told = append(told, fmt.Sprintf("%d of %d images of the fixed test side are left out: people excluded them, or "+
			"they have two labels", unused, len(f.ids)))
	}
	return strings.Join(told, "; ")
}

// readFixed reads the file of Options.FixedTest, or else the ids of an earlier split.
func readFixed(s *dataset.Set, o Options) (fixedTest, error) {
	if o.FixedTest != "" {
		ids, err := readGiven(s, o.FixedTest)
		return fixedTest{ids: ids, only: true}, err
	}
	ids := map[string]bool{}
	if o.Redo {
		return fixedTest{ids: ids}, nil
	}
	names := keptIDs(s)
	lines, err := readIDs(s, names)
	if errors.Is(err, seal.ErrDamaged) {
		return salvage(s, o, err)
	}
	if err != nil {
		return fixedTest{}, err
	}
	for _, line := range lines {
		ids[line] = true
		if kept, ok := names[line]; ok {
			ids[kept] = true
		}
	}
	return fixedTest{ids: ids, only: o.FixedIDs}, nil
}

// keptIDs maps paths and content hashes to the content hash of the image itself, or of the one kept
// in its place.
func keptIDs(s *dataset.Set) map[string]string {
	byPath := map[string]string{}
	for _, im := range s.Images {
		byPath[im.Path] = im.SHA256
	}
	ids := map[string]string{}
	for _, im := range s.Images {
		id := im.SHA256
		if im.DuplicateOf != "" {
			id = byPath[im.DuplicateOf]
		}
		ids[im.Path], ids[im.SHA256] = id, id
	}
	return ids
}

// readGiven reads paths or content hashes. A line that fits no image is an error: a test side with
// less in it than its owner believes would give other numbers without a word.
func readGiven(s *dataset.Set, file string) (map[string]bool, error) {
	lines, _, err := readLines(file)
	if err != nil {
		return nil, err
	}
	byName := keptIDs(s)
	ids := map[string]bool{}
	var unknown []string
	for _, line := range lines {
		id, ok := byName[line]
		if !ok {
			id, ok = byName[s.Relative(strings.ReplaceAll(line, `\`, "/"))]
		}
		if ok {
			ids[id] = true
		} else {
			unknown = append(unknown, line)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("%d of %d lines of %s are neither a path nor a sha256 in the manifest, the first is %q",
			len(unknown), len(lines), file, unknown[0])
	}
	return ids, nil
}

// readLines returns the lines of a list of test images, and whether it was sealed.
func readLines(file string) (lines []string, sealed bool, err error) {
	data, err := seal.Read(file)
	if err != nil {
		return nil, false, fmt.Errorf("test ids: %w", err)
	}
	data, sealed, err = seal.CheckText(data)
	if err != nil {
		return nil, sealed, fmt.Errorf("test ids %s: %w", file, err)
	}
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) { // which programs on Windows write first
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines, sealed, nil
}

// saveFixed writes the ids of the test side. Earlier ids whose photo is missing now stay in the
// file, so that the photo comes back to the same side.
func saveFixed(s *dataset.Set, fixed fixedTest) error {
	var ids []string
	for id := range fixed.ids {
		ids = append(ids, id)
	}
	for _, im := range s.InSplit(dataset.Test) {
		ids = append(ids, im.SHA256)
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	return dataset.WriteFile(filepath.Join(s.Dir, idsFile), func(w io.Writer) error {
		var text strings.Builder
		for _, id := range ids {
			fmt.Fprintln(&text, id)
		}
		_, err := w.Write(seal.Text([]byte(text.String())))
		return err
	})
}
