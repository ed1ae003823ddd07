// Package docs_test holds the documentation against the code.
package docs_test

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// row is a row of the table of packages.
var row = regexp.MustCompile("(?m)^\\| `(lib/[a-z0-9/]+)` \\|")

// TestPackagesStandInOrder: the table names every package of lib that is more than tests, and
// each imports only packages below it.
func TestPackagesStandInOrder(t *testing.T) {
	page, err := os.ReadFile("architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	place := map[string]int{}
	for i, m := range row.FindAllSubmatch(page, -1) {
		place["imagelab/"+string(m[1])] = i
	}
	out, err := exec.Command("go", "list", "-f", `{{if .GoFiles}}{{.ImportPath}} {{join .Imports " "}}{{end}}`,
		"imagelab/lib/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	left := maps.Clone(place)
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue // tests alone
		}
		name, imports := fields[0], fields[1:]
		at, named := place[name]
		if !named && !strings.HasSuffix(name, "test") {
			t.Errorf("architecture.md does not name %s", name)
		}
		for _, other := range imports {
			if below, ours := place[other]; ours && below <= at {
				t.Errorf("%s imports %s, which architecture.md puts above it", name, other)
			}
		}
		delete(left, name)
	}
	for name := range left {
		t.Errorf("architecture.md names %s, which does not exist", name)
	}
}

// goFiles are the Go files below some folders.
func goFiles(t *testing.T, roots ...string) (paths []string) {
	t.Helper()
	for _, root := range roots {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if err == nil && strings.HasSuffix(path, ".go") {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return paths
}
