package split

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// TestGroupsAfterASplit: test images stay and bring their groups. Where that leaves too little for
// another side, nothing is written.
func TestGroupsAfterASplit(t *testing.T) {
	with := func(change func(*Options)) Options { o := Default(); change(&o); return o }
	pattern := func(p string) Options { return with(func(o *Options) { o.GroupPattern = p }) }
	pairs := `(\d\d)\d\.jpg$` // tens of either class: each has a test image
	tests := []struct {
		name, reason string
		o            Options
		change       func(s *dataset.Set)
		want, not    []string // of the error; none: there is none
	}{
		{"classes", "with a group for each class there is no split at all", pattern(`^(\w)/`), nil,
			[]string{"2 of 2 classes", `"a" has 40`, "a (40 images, 8 already there)", "b (40 images, 8 already there)",
				"choose smaller groups", "does not help"}, nil},
		{"tens", "another test side has groups of its own", pattern(pairs), nil,
			[]string{`"b" has 40`, "00 (20 images", "1 more", "add split.Options.Redo"}, nil},
		{"column", "so it is with the CSV's column", Default(), func(s *dataset.Set) {
			for i := range s.Images {
				s.Images[i].GroupColumn = fmt.Sprint("shoot ", i%4)
			}
		}, []string{"'shoot 1' (20 images", "add split.Options.Redo"}, nil},
		{"rule", "and with accepted groups", with(func(o *Options) { o.GroupRule = "time" }), func(s *dataset.Set) {
			groups := make([][]string, 4)
			for i, im := range s.Images {
				groups[i%4] = append(groups[i%4], im.SHA256)
			}
			if err := KeepGroups(s, "", 0, "time", groups); err != nil {
				t.Fatal(err)
			}
		}, []string{"'time 1' (20 images", "add split.Options.Redo"}, nil},
		{"runs", "and with long runs", with(func(o *Options) { o.GroupRun = 10 }), nil,
			[]string{"Earlier test images bring", "add split.Options.Redo"}, nil},
		{"one class only", "the other class still has photos to learn from", pattern(`^(a)/`), nil,
			[]string{"1 of 2 classes", "a (40 images"}, []string{"b (40 images"}},
		{"buffer", "single test frames stand everywhere", with(func(o *Options) { o.Buffer = 39 }), nil,
			[]string{"split.Options.GroupRun", "split.Options.Redo"}, nil},
		{"photos gone", "only test images are left", Default(), func(s *dataset.Set) {
			s.Images = slices.DeleteFunc(s.Images, func(im dataset.Image) bool { return im.Split != dataset.Test })
		}, []string{"2 of 2 classes", "add split.Options.Redo"}, []string{"group"}},
		{"small groups", "there are enough without test images", pattern(`^(\w/\d\d[0-4])`), nil, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := set(t, map[string]int{"a": 40, "b": 40})
			mustRun(t, s, Default())
			if tt.change != nil {
				tt.change(s)
			}
			sides, files := sidesOf(s), folderOf(t, s.Dir)
			_, err := Run(s, tt.o)
			if (err == nil) != (tt.want == nil) {
				t.Fatalf("%s: error %v", tt.reason, err)
			}
			if err == nil {
				return
			}
			for _, want := range tt.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", tt.reason, err, want)
				}
			}
			for _, not := range tt.not {
				if strings.Contains(err.Error(), not) {
					t.Errorf("%s: %v, which says %q", tt.reason, err, not)
				}
			}
			if !maps.Equal(sides, sidesOf(s)) || !maps.Equal(files, folderOf(t, s.Dir)) {
				t.Errorf("%s: the set changed", tt.reason)
			}
			redo := tt.o
			redo.Redo = true
			if _, again := Run(s, redo); (again == nil) != strings.HasSuffix(err.Error(), "add split.Options.Redo") {
				t.Errorf("%s: %v; with Redo: %v", tt.reason, err, again)
			}
		})
	}
}

// folderOf is the content of the files in dir.
func folderOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		out[file] = string(data)
	}
	return out
}

func TestJoinedImagesAreTold(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Default())
	o := Default()
	o.GroupRun = 2
	sum := mustRun(t, s, o)
	joined := sum.Sides[dataset.Test] - 16
	want := fmt.Sprintf("%d images joined the test side", joined)
	if notes := strings.Join(sum.Notes, "\n"); joined < 1 || !strings.Contains(notes, want) {
		t.Errorf("notes %q, want %q", notes, want)
	}
	if sum := mustRun(t, s, o); len(sum.Notes) > 0 {
		t.Errorf("made again: %q", sum.Notes)
	}
}

func TestListOfAllImages(t *testing.T) {
	s := set(t, map[string]int{"a": 10, "b": 10})
	var lines []string
	for _, im := range s.Images {
		lines = append(lines, im.Path)
	}
	o := Default()
	o.FixedTest = filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(o.FixedTest, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(s, o); err == nil || !strings.Contains(err.Error(), "shorter list") {
		t.Errorf("error %v, want one about the list", err)
	}
}
