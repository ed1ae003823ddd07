package split

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

func TestTestIDsStayFixed(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Default())
	first := sidesOf(s)
	mustRun(t, s, Default())
	if !maps.Equal(sidesOf(s), first) {
		t.Error("the same split made again is another")
	}
	other := Default()
	other.Seed = 5
	mustRun(t, s, other)
	if maps.Equal(sidesOf(s), first) {
		t.Error("another seed did not move train and val")
	}
	checkTest(t, s, first, 0)

	// Re-ingested with new photos of an old class and a new class: sides are forgotten in the
	// manifest, not in the ids.
	for i := range s.Images {
		s.Images[i].Split = ""
	}
	for i := range 20 {
		s.Images = append(s.Images, img(fmt.Sprintf("a/new%d.jpg", i), "a"), img(fmt.Sprintf("c/%d.jpg", i), "c"))
	}
	sum := mustRun(t, s, Default())
	checkTest(t, s, first, 4)
	if sum.PerClass["c"]["test"] != 4 || sum.PerClass["a"]["test"] != 8 || sum.Frozen != 16 {
		t.Errorf("summary %+v", sum)
	}
	redo := Default()
	redo.Redo, redo.Seed = true, 6
	if sum := mustRun(t, s, redo); sum.Frozen != 0 || sum.PerClass["a"]["test"] != 12 {
		t.Errorf("redo: %+v", sum)
	}
}

// TestKilledBetweenItsFiles: split writes the test ids and then the manifest. With the first alone
// it must come to the same split when it is run again.
func TestKilledBetweenItsFiles(t *testing.T) {
	whole, killed := set(t, map[string]int{"a": 40, "b": 40}), set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, whole, Default())
	mustRun(t, killed, Default())
	for i := range killed.Images {
		killed.Images[i].Split = ""
	}
	mustRun(t, killed, Default())
	if !maps.Equal(sidesOf(killed), sidesOf(whole)) {
		t.Error("the split run again is another")
	}
}

// checkTest wants the test side to be what it was, and so many more.
func checkTest(t *testing.T, s *dataset.Set, first map[string]string, more int) {
	t.Helper()
	for _, im := range s.Images {
		was, now := first[im.SHA256] == dataset.Test, im.Split == dataset.Test
		if was && !now {
			t.Errorf("%s left the test side", im.Path)
		}
		if now && !was {
			more--
		}
	}
	if more != 0 {
		t.Errorf("%d images too few joined the test side", more)
	}
}

func TestGroupFollowsItsTestImage(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Default())
	old := s.InSplit(dataset.Test)[0]
	for i := range s.Images {
		if s.Images[i].Path == old.Path {
			s.Images[i].GroupColumn = "burst"
		}
	}
	late := img("a/late.jpg", "a")
	late.GroupColumn = "burst"
	s.Images = append(s.Images, late)
	mustRun(t, s, Default())
	if got := s.Images[len(s.Images)-1].Split; got != dataset.Test {
		t.Errorf("a photo of a group in the test side went to %s", got)
	}
}

func TestKeptCopyInheritsTheTestSide(t *testing.T) {
	s := set(t, map[string]int{"a": 40, "b": 40})
	mustRun(t, s, Default())
	old := s.InSplit(dataset.Test)[0]
	twin := img("a/better.jpg", old.Class)
	for i := range s.Images {
		if s.Images[i].Path == old.Path {
			s.Images[i].DuplicateOf = twin.Path
		}
	}
	s.Images = append(s.Images, twin)
	mustRun(t, s, Default())
	if got := s.Images[len(s.Images)-1].Split; got != dataset.Test {
		t.Errorf("the copy kept for a test image went to %s", got)
	}
}

func TestFixedTestFile(t *testing.T) {
	s := set(t, map[string]int{"a": 20, "b": 20})
	list := filepath.Join(t.TempDir(), "ids")
	os.WriteFile(list, []byte("a/003.jpg\n\n"+id("b/007.jpg")+"\r\n"), 0o644)
	o := Default()
	o.FixedTest = list
	sum := mustRun(t, s, o)
	if sum.Sides[dataset.Test] != 2 || s.Images[3].Split != dataset.Test || s.Images[27].Split != dataset.Test ||
		sum.PerClass["a"]["val"] != 3 {
		t.Errorf("%+v", sum)
	}
	for reason, lines := range map[string]string{
		"an editor on Windows": "\ufeffa/003.jpg\r\nb\\007.jpg\r\n",
		"absolute paths":       filepath.Join(s.Root, "a/003.jpg") + "\n" + filepath.Join(s.Root, "b/007.jpg"),
		"paths from find":      "./a/003.jpg\n./b/007.jpg\n",
	} {
		os.WriteFile(list, []byte(lines), 0o644)
		if sum := mustRun(t, s, o); sum.Sides[dataset.Test] != 2 {
			t.Errorf("%s: %+v", reason, sum)
		}
	}
	s.Images[3].Excluded = "blurred"
	if sum := mustRun(t, s, o); sum.Sides[dataset.Test] != 1 || !strings.Contains(strings.Join(sum.Notes, "\n"),
		"1 of 2 images of the fixed test side are left out") {
		t.Errorf("one of them is excluded: %+v", sum)
	}
	s.Images[3].Excluded = ""
	os.WriteFile(list, []byte("a/003.jpg\nb/none.jpg\n"), 0o644)
	if _, err := Run(s, o); err == nil || !strings.Contains(err.Error(), "1 of 2 lines") ||
		!strings.Contains(err.Error(), "b/none.jpg") {
		t.Errorf("unknown line: %v", err)
	}
}

// foldered is a set with sides from folders.
func foldered(t *testing.T, counts map[string]int) *dataset.Set {
	s := set(t, counts)
	s.Source = dataset.SourceSplits
	for i := range s.Images {
		top, class, _ := strings.Cut(filepath.Dir(s.Images[i].Path), "/")
		s.Images[i].Class, s.Images[i].Split = class, dataset.SplitOf(top)
	}
	return s
}

func TestFolderSides(t *testing.T) {
	tests := []struct {
		name, reason string
		counts       map[string]int
		want         map[string]int
	}{
		{"train and val", "kept, nothing is taken for a test", map[string]int{"train/a": 20, "train/b": 20,
			"validation/a": 5, "validation/b": 5}, map[string]int{"train": 40, "val": 10}},
		{"all three", "kept", map[string]int{"train/a": 20, "train/b": 20, "val/a": 5, "val/b": 5, "test/a": 1,
			"test/b": 2}, map[string]int{"train": 40, "val": 10, "test": 3}},
		{"train and test", "val comes from train, the test stays", map[string]int{"train/a": 20, "train/b": 20,
			"test/a": 7, "test/b": 7}, map[string]int{"train": 32, "val": 8, "test": 14}},
		{"train only", "as if there were no such folder", map[string]int{"train/a": 20, "train/b": 20},
			map[string]int{"train": 26, "val": 6, "test": 8}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := foldered(t, tt.counts)
			sum := mustRun(t, s, Default())
			if !maps.Equal(sum.Sides, tt.want) {
				t.Errorf("%s: %v, want %v", tt.reason, sum.Sides, tt.want)
			}
			for _, im := range s.Images {
				if strings.HasPrefix(im.Path, "test/") && im.Split != dataset.Test {
					t.Errorf("%s left the test side", im.Path)
				}
			}
			before := sidesOf(s)
			if mustRun(t, s, Default()); !maps.Equal(before, sidesOf(s)) {
				t.Error("made again it is another")
			}
			redo := Default()
			redo.Redo = true
			if sum := mustRun(t, s, redo); sum.Sides[dataset.Test] == tt.want["test"] && tt.name != "train only" {
				t.Errorf("redo kept the folders' sides: %v", sum.Sides)
			}
		})
	}
}
