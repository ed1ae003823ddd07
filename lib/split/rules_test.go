package split

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/dataset"
)

// ingestedAgain is s with more photos, in the order of the paths, as ingest leaves it: without
// marks.
func ingestedAgain(s *dataset.Set, more ...dataset.Image) *dataset.Set {
	next := *s
	next.Images = slices.Concat(s.Images, more)
	slices.SortFunc(next.Images, func(a, b dataset.Image) int { return cmp.Compare(a.Path, b.Path) })
	for i := range next.Images {
		next.Images[i].Split, next.Images[i].Group = "", next.Images[i].GroupColumn
	}
	return &next
}

// bursts are photos of n bursts of five in each of two classes: a/03-2.jpg is the third photo of
// burst 3.
func bursts(t *testing.T, n int) *dataset.Set {
	s := set(t, nil)
	for _, class := range []string{"a", "b"} {
		for i := range 5 * n {
			s.Images = append(s.Images, img(fmt.Sprintf("%s/%02d-%d.jpg", class, i/5, i%5), class))
		}
	}
	return s
}

const burstPattern = `(./\d+)-\d+\.jpg$`

func mustKept(t *testing.T, s *dataset.Set) Options {
	t.Helper()
	o, ok, err := Kept(s.Dir)
	if err != nil || !ok {
		t.Fatalf("kept rules: %v, %v", ok, err)
	}
	return o
}

// TestPhotosThatComeLaterObeyTheRules: the options of a split are part of the set.
func TestPhotosThatComeLaterObeyTheRules(t *testing.T) {
	s := bursts(t, 12)
	o := Options{Val: 0.2, Test: 0.25, Seed: 9, GroupColumn: true, GroupPattern: burstPattern}
	mustRun(t, s, o)
	before := sidesOf(s)
	var late []dataset.Image
	for i := range 12 { // each burst gets another photo
		late = append(late, img(fmt.Sprintf("a/%02d-9.jpg", i), "a"), img(fmt.Sprintf("b/%02d-9.jpg", i), "b"))
	}
	s = ingestedAgain(s, late...)
	if _, err := Run(s, Default()); !errors.Is(err, ErrRules) || !strings.Contains(err.Error(), burstPattern) {
		t.Fatalf("a rule was dropped without a word: %v", err)
	}
	if o != mustKept(t, s) {
		t.Errorf("kept %+v, want %+v", mustKept(t, s), o)
	}
	mustRun(t, s, mustKept(t, s))
	if err := Gate(s); err != nil {
		t.Error(err)
	}
	for _, im := range s.Images {
		if im.Group == "" || before[im.SHA256] == dataset.Test && im.Split != dataset.Test {
			t.Errorf("%s: group %q, now %s", im.Path, im.Group, im.Split)
		}
	}
	forget := Default()
	forget.Forget = true
	mustRun(t, s, forget)
	if again := mustKept(t, s); again != Default() {
		t.Errorf("after forgetting the set keeps %+v", again)
	}
}

func TestRulesAreNotDroppedSilently(t *testing.T) {
	with := func(change func(*Options)) Options { o := Default(); change(&o); return o }
	list := filepath.Join(t.TempDir(), "ids")
	if err := os.WriteFile(list, []byte("a/00-0.jpg\nb/00-0.jpg\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	column := func(s *dataset.Set) {
		for i := range s.Images {
			s.Images[i].GroupColumn = s.Images[i].Path[:4]
		}
	}
	noColumn := func(s *dataset.Set) {
		for i := range s.Images {
			s.Images[i].GroupColumn = ""
		}
	}
	nothing := func(*dataset.Set) {}
	for _, tt := range []struct {
		name, reason  string
		first, second Options
		before, after func(*dataset.Set)
		want          string // of the error; empty: none
	}{
		{"pattern", "groups would be torn", with(func(o *Options) { o.GroupPattern = burstPattern }), Default(),
			nothing, nothing, "split.Options.GroupPattern"},
		{"runs", "the same", with(func(o *Options) { o.GroupRun = 5 }), Default(), nothing, nothing,
			"split.Options.GroupRun 5"},
		{"another pattern", "a rule in place of a rule was asked for", with(func(o *Options) { o.GroupRun = 5 }),
			with(func(o *Options) { o.GroupPattern = burstPattern }), nothing, nothing, ""},
		{"column", "the CSV file lost it", Default(), Default(), column, noColumn, "group column"},
		{"column there", "it goes on", Default(), Default(), column, nothing, ""},
		{"column switched off", "without a word of forgetting", Default(),
			with(func(o *Options) { o.GroupColumn = false }), column, nothing, "group column"},
		{"fixed list", "others would join the test", with(func(o *Options) { o.FixedTest = list }), Default(),
			nothing, nothing, "fixed by a list"},
		{"fixed list kept", "by their ids", with(func(o *Options) { o.FixedTest = list }),
			with(func(o *Options) { o.FixedIDs = true }), nothing, nothing, ""},
		{"seed", "other train and val images were asked for, and the test stays", Default(),
			with(func(o *Options) { o.Seed = 3 }), nothing, nothing, ""},
		{"redo", "a split from scratch is a decision", with(func(o *Options) { o.GroupPattern = burstPattern }),
			with(func(o *Options) { o.Redo = true }), nothing, nothing, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := bursts(t, 8)
			tt.before(s)
			mustRun(t, s, tt.first)
			s = ingestedAgain(s)
			tt.after(s)
			_, err := Run(s, tt.second)
			if tt.want == "" && err != nil || tt.want != "" &&
				(!errors.Is(err, ErrRules) || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q: %s", err, tt.want, tt.reason)
			}
		})
	}
}

// TestGroupsOfOlderVersions: a set that was grouped before rules were kept is not ungrouped without
// a word.
func TestGroupsOfOlderVersions(t *testing.T) {
	s := bursts(t, 8)
	o := Default()
	o.GroupPattern = burstPattern
	mustRun(t, s, o)
	if err := os.Remove(filepath.Join(s.Dir, rulesFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(s, Default()); !errors.Is(err, ErrRules) {
		t.Errorf("error %v, want ErrRules", err)
	}
	mustRun(t, s, o)
}

func TestDamagedRules(t *testing.T) {
	for _, text := range []string{"", "{", `{"version":1,"options":{"val":2}}`, `{"version":2}`,
		`{"version":1,"options":{"group_pattern":"("}}`} {
		s := bursts(t, 8)
		if err := os.WriteFile(filepath.Join(s.Dir, rulesFile), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Run(s, Default()); err == nil || !strings.Contains(err.Error(), rulesFile) {
			t.Errorf("%q: error %v", text, err)
		}
		forget := Default()
		forget.Forget = true
		mustRun(t, s, forget)
	}
}

func TestFixedListStaysWhole(t *testing.T) {
	s := bursts(t, 8)
	list := filepath.Join(t.TempDir(), "ids")
	if err := os.WriteFile(list, []byte("a/00-0.jpg\nb/00-0.jpg\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	o := Default()
	o.FixedTest = list
	mustRun(t, s, o)
	os.Remove(list) // the ids are in the set
	s = ingestedAgain(s, img("c/1.jpg", "c"), img("c/2.jpg", "c"), img("c/3.jpg", "c"))
	s.Images = slices.DeleteFunc(s.Images, func(im dataset.Image) bool { return im.Path == "b/00-0.jpg" })
	sum := mustRun(t, s, mustKept(t, s))
	if sum.Sides[dataset.Test] != 1 || !slices.ContainsFunc(sum.Notes,
		func(n string) bool { return strings.HasPrefix(n, "1 of 2 images of the fixed test") }) {
		t.Errorf("%+v, want one test image and a note about the other", sum)
	}
}

func TestSidesPutAsideStayAside(t *testing.T) {
	s := foldered(t, map[string]int{"train/a": 20, "train/b": 20, "test/a": 7, "test/b": 7})
	o := Default()
	o.Redo = true
	mustRun(t, s, o)
	before := sidesOf(s)
	s = ingestedAgain(s)
	if _, err := Run(s, Default()); !errors.Is(err, ErrRules) {
		t.Errorf("the folders' sides came back without a word: %v", err)
	}
	if mustRun(t, s, mustKept(t, s)); !maps.Equal(before, sidesOf(s)) {
		t.Error("the split after split.Options.Redo, made again, is another")
	}
	for i := range s.Images { // groups that the folders tear apart, each with a photo that came later
		s.Images[i].GroupColumn = fmt.Sprint("burst ", i%10)
	}
	mustRun(t, s, mustKept(t, s))
	if err := Gate(s); err != nil {
		t.Error(err)
	}
}

func TestRunsStayTogetherWhenPhotosAreAdded(t *testing.T) {
	s := bursts(t, 9)
	o := Options{Val: 0.2, Test: 0.25, Seed: 1, GroupRun: 5}
	mustRun(t, s, o)
	before := sidesOf(s)
	late := []dataset.Image{img("a/00-", "a"), img("a/03-22.jpg", "a"), img("b/99.jpg", "b"), img("b/999.jpg", "b"),
		img("c/x/1.jpg", "c"), img("c/y/1.jpg", "c"), img("c/z/1.jpg", "c")}
	late = append(late, img("b/04-2.jpg", "b")) // the same content again, under the name it has
	late[len(late)-1].Path = "b/copy.jpg"
	s = ingestedAgain(s, late...)
	for range 2 {
		mustRun(t, s, mustKept(t, s))
		groups, sides := map[string]string{}, map[string]map[string]bool{}
		for _, im := range s.Images {
			groups[im.Path] = im.Group
			if burst := im.Path[:4]; im.Class != "c" && len(im.Path) == len("a/00-0.jpg") {
				if sides[burst] == nil {
					sides[burst] = map[string]bool{}
				}
				sides[burst][im.Split] = true
			}
			if was := before[im.SHA256]; was == dataset.Test && im.Split != was {
				t.Errorf("%s left the test side", im.Path)
			}
		}
		for burst, on := range sides {
			if len(on) != 1 {
				t.Errorf("burst %s stands on %v", burst, on)
			}
		}
		if groups["a/00-"] == groups["a/00-0.jpg"] || groups["a/03-22.jpg"] != groups["a/03-2.jpg"] ||
			groups["b/99.jpg"] != groups["b/999.jpg"] {
			t.Errorf("new photos: %q before, %q inside, %q and %q behind", groups["a/00-"], groups["a/03-22.jpg"],
				groups["b/99.jpg"], groups["b/999.jpg"])
		}
	}
}

func TestWhatNoRuleReachesIsTold(t *testing.T) {
	for _, tt := range []struct {
		name, reason string
		pattern      string
		column       int // of images with a group in the CSV
		want         string
	}{
		{"one class", "the other is dealt photo by photo", `^(a/\d+)`, 0,
			"40 of 80 paths match no group and stand alone: b/00-0.jpg, b/00-1.jpg, b/00-2.jpg ..."},
		{"all", "nothing to tell", burstPattern, 0, ""},
		{"an empty submatch", "no group either", `^(?:a/0[0-6]|(.*))`, 0, "35 of 80 paths match no group"},
		{"column", "rows without a group", "", 78,
			"2 of 80 paths have no group in the CSV file and stand alone: b/07-3.jpg, b/07-4.jpg"},
		{"no column", "nothing was said about groups", "", 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := bursts(t, 8)
			for i := range tt.column {
				s.Images[i].GroupColumn = s.Images[i].Path[:4]
			}
			o := Default()
			o.GroupPattern = tt.pattern
			notes := strings.Join(mustRun(t, s, o).Notes, "\n")
			if tt.want == "" && notes != "" || !strings.Contains(notes, tt.want) {
				t.Errorf("notes %q, want %q: %s", notes, tt.want, tt.reason)
			}
		})
	}
}
