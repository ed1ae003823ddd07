package split

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"imagelab/lib/dataset"
	"imagelab/lib/internal/seal"
	"imagelab/lib/text"
)

// readIDs returns the lines of test_ids.txt, none where there was no split yet. A list without a
// seal is of an earlier version; a line in it that is neither a content hash nor one of names says
// that it is damaged, and so does its being empty or gone when the rules of a split are there that
// gives images to the test.
func readIDs(s *dataset.Set, names map[string]string) ([]string, error) {
	path := filepath.Join(s.Dir, idsFile)
	lines, sealed, err := readLines(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) || sealed {
		return lines, err
	}
	if len(lines) == 0 && expectsTest(s) {
		return nil, fmt.Errorf("test ids %s is empty or gone: %w", path, seal.ErrDamaged)
	}
	for n, line := range lines {
		if _, known := names[line]; !known && !isContent(line) {
			return nil, fmt.Errorf("test ids %s, line %d, %.70q: %w", path, n+1, line, seal.ErrDamaged)
		}
	}
	return lines, nil
}

// expectsTest reports whether an earlier split has put images on the test side.
func expectsTest(s *dataset.Set) bool {
	old, err := readRules(s.Dir)
	return err == nil && old != nil && !old.Pending && (old.Options.Test > 0 || old.Options.FixedIDs) ||
		len(onTest(s)) > 0 && !hasGiven(s, Options{})
}

// isContent reports whether line has the form of a sha256.
func isContent(line string) bool {
	for _, c := range line {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return len(line) == 64
}

// onTest are the contents of the images that the manifest has on the test side.
func onTest(s *dataset.Set) map[string]bool {
	ids := map[string]bool{}
	for _, im := range s.InSplit(dataset.Test) {
		ids[im.SHA256] = true
	}
	return ids
}

// salvage takes the test side from the manifest when test_ids.txt is damaged. Where the manifest
// has none, as after an ingest, it is an error: another test side must not be drawn without a word.
func salvage(s *dataset.Set, o Options, damage error) (fixedTest, error) {
	ids := onTest(s)
	if len(ids) == 0 {
		return fixedTest{}, fmt.Errorf("%w: which images are the test side is lost; bring the file back from a "+
			"copy of %s, give the list of test images with split.Options.FixedTest, or draw another test side with "+
			"split.Options.Redo", damage, text.Name(s.Dir))
	}
	return fixedTest{ids: ids, only: o.FixedIDs,
		note: fmt.Sprintf("%v. It was made anew from the %d test images of the manifest; "+
			"test images whose files were gone at the last ingest are forgotten", damage, len(ids))}, nil
}
