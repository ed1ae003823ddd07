package dataset

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/internal/seal"
	"imagelab/lib/photo/phototest"
	"imagelab/lib/review"
)

// decide writes decisions of ann about the set: "PATH label CLASS", "PATH state STATE WHY",
// "PATH tag TAG", "PATH keep" or "rename OLD NEW".
func decide(t *testing.T, s *Set, lines ...string) []review.Decision {
	t.Helper()
	var out []review.Decision
	for _, line := range lines {
		f := strings.Fields(line + " . .")
		d := review.Decision{Who: "ann", Kind: review.Kind(f[1]), After: strings.Trim(f[2], ".")}
		if f[0] == "rename" {
			d.Kind, d.Before, d.After = review.KindRename, f[1], f[2]
		} else {
			d.SHA256, d.Why = imageAt(t, s, f[0]).SHA256, strings.Trim(f[3], ".")
		}
		written, err := s.Decisions().Append(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, written...)
	}
	return out
}

func imageAt(t *testing.T, s *Set, path string) Image {
	t.Helper()
	for _, im := range s.Images {
		if im.Path == path {
			return im
		}
	}
	t.Fatalf("no photo %s", path)
	return Image{}
}

func load(t *testing.T, dir string) *Set {
	t.Helper()
	s, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLoadTakesDecisions(t *testing.T) {
	s := marked(t)
	digest := s.Digest()
	written := decide(t, s, "red/0.png label blue", "blue/1.png state drop blurred", "blue/2.png state ambiguous",
		"blue/2.png tag occluded",
		"blue/3.png label blue", "rename blue navy")
	now := load(t, s.Dir)
	for path, want := range map[string]string{"red/0.png": "navy, given red", "red/1.png": "red, given red",
		"blue/2.png": "navy, given blue"} {
		if im := imageAt(t, now, path); im.Class+", given "+im.GivenClass() != want {
			t.Errorf("%s is %s, given %s; want %s", path, im.Class, im.GivenClass(), want)
		}
	}
	dropped := imageAt(t, now, "blue/1.png")
	if dropped.Excluded != "blurred" || dropped.Used() || dropped.Split == "" || Excluded(now.Images) != 1 {
		t.Errorf("dropped: %+v", dropped)
	}
	if im := imageAt(t, now, "blue/2.png"); !slices.Equal(im.Tags, []string{"ambiguous", "occluded"}) || !im.Used() {
		t.Errorf("tags: %+v", im)
	}
	if im := imageAt(t, now, "blue/3.png"); im.Split != Test || !im.Labelled {
		t.Errorf("a test photo that was relabelled: %+v", im)
	}
	if now.Digest() == digest {
		t.Error("other labels, the same digest")
	}
	for range 2 { // what the manifest says, and what it says when it was written once more, is the same
		if err := now.Save(); err != nil {
			t.Fatal(err)
		}
		again := load(t, s.Dir)
		if again.Digest() != now.Digest() || again.SplitDigest() != now.SplitDigest() {
			t.Error("saved and loaded, the set is another")
		}
		now = again
	}
	for _, d := range slices.Backward(written) {
		if _, err := s.Decisions().Append(t.Context(), review.Undo(d, "ann")); err != nil {
			t.Fatal(err)
		}
	}
	if back := load(t, s.Dir); back.Digest() != digest || Excluded(back.Images) != 0 {
		t.Error("all undone, the set is not what it was")
	}
}

// TestIngestKeepsDecisions: they belong to contents, wherever the photos are and whatever their
// folders say.
func TestIngestKeepsDecisions(t *testing.T) {
	tests := []struct {
		name, reason string
		change       func(t *testing.T, s *Set) (src string)
	}{
		{"again", "a repeated ingest", func(t *testing.T, s *Set) string { return s.Root }},
		{"renamed", "a photo with another name is the same photo", func(t *testing.T, s *Set) string {
			must(t, os.Rename(filepath.Join(s.Root, "red", "0.png"), filepath.Join(s.Root, "red", "x.png")))
			return s.Root
		}},
		{"in another folder", "the label wins over the folder's", func(t *testing.T, s *Set) string {
			must(t, os.MkdirAll(filepath.Join(s.Root, "green"), 0o755))
			must(t, os.Rename(filepath.Join(s.Root, "red", "0.png"), filepath.Join(s.Root, "green", "x.png")))
			return s.Root
		}},
		{"moved", "to another place", func(t *testing.T, s *Set) string {
			to := filepath.Join(t.TempDir(), "photos")
			must(t, os.Rename(s.Root, to))
			return to
		}},
		{"more photos", "decisions stay", func(t *testing.T, s *Set) string {
			phototest.Put(t, s.Root, "red/new.png", numbered(t, 50))
			return s.Root
		}},
		{"set.json lost", "the log is this set's by its photos", func(t *testing.T, s *Set) string {
			must(t, os.Remove(filepath.Join(s.Dir, setFile)))
			return s.Root
		}},
		{"an older set", "it has no name", func(t *testing.T, s *Set) string {
			var h header
			must(t, seal.ReadJSON(filepath.Join(s.Dir, setFile), &h))
			h.ID = ""
			must(t, WriteJSON(filepath.Join(s.Dir, setFile), h))
			return s.Root
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := marked(t)
			sha := imageAt(t, s, "red/0.png").SHA256
			decide(t, s, "red/0.png label blue", "red/1.png state drop blurred")
			src := tt.change(t, s)
			for range 2 {
				now, err := Ingest(t.Context(), src, s.Dir, DefaultIngest(), nil)
				if err != nil {
					t.Fatal(err)
				}
				for _, now := range []*Set{now, load(t, s.Dir)} {
					i := slices.IndexFunc(now.Images, func(im Image) bool { return im.SHA256 == sha })
					if now.Images[i].Class != "blue" || Excluded(now.Images) != 1 || len(now.Aside()) > 0 {
						t.Errorf("%s: %+v, %d excluded, aside %v", tt.reason, now.Images[i], Excluded(now.Images), now.Aside())
					}
					if !strings.Contains(strings.Join(now.Notes, "\n"),
						"1 photo has another class than the source says, 1 photo is excluded") {
						t.Errorf("notes %q", now.Notes)
					}
				}
			}
		})
	}
}

// TestLogOfAnotherSet: it changes nothing, is told of, and stays where it is.
func TestLogOfAnotherSet(t *testing.T) {
	s, src := marked(t), t.TempDir()
	phototest.Put(t, src, "red/0.png", numbered(t, 0)) // the same photo is in both
	phototest.Put(t, src, "blue/1.png", numbered(t, 70))
	other := ingest(t, src)
	decide(t, other, "red/0.png state drop", "rename red rot")
	log, err := os.ReadFile(other.Decisions().Path())
	must(t, err)
	mine := decide(t, s, "red/1.png label blue")
	phototest.Put(t, s.Dir, review.File, append(bytes.Clone(log), mustRead(t, s.Decisions().Path())...))
	now := load(t, s.Dir)
	if len(now.Aside()) != 2 || Excluded(now.Images) != 0 || !slices.Contains(now.Classes(), "red") ||
		imageAt(t, now, "red/1.png").Class != "blue" {
		t.Errorf("aside %+v, classes %v, mine %+v", now.Aside(), now.Classes(), mine)
	}
	again, err := Ingest(t.Context(), s.Root, s.Dir, DefaultIngest(), nil)
	must(t, err)
	if !strings.Contains(strings.Join(again.Notes, "\n"), "2 lines in review.jsonl were set aside") {
		t.Errorf("notes %q", again.Notes)
	}
	if !bytes.HasPrefix(mustRead(t, s.Decisions().Path()), log) {
		t.Error("lines that were set aside are gone")
	}
}

// TestLogLost: what the manifest took up stays, also if another log is put in place of the set's.
func TestLogLost(t *testing.T) {
	s := marked(t)
	decide(t, s, "red/0.png label blue", "red/1.png state drop")
	must(t, load(t, s.Dir).Save())
	for _, text := range []string{"", "{}\n"} {
		phototest.Put(t, s.Dir, review.File, []byte(text))
		if now := load(t, s.Dir); imageAt(t, now, "red/0.png").Class != "blue" || Excluded(now.Images) != 1 {
			t.Errorf("the log is %q, and decisions are forgotten", text)
		}
	}
}

func mustRead(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return data
}

func TestDecisionsInGroupsOfCopies(t *testing.T) {
	tests := []struct {
		name, reason string
		copyClass    string // of red/3, a copy of red/2
		decided      []string
		kept         string
		conflict     bool
	}{
		{"nothing", "as dedup left it", "red", []string{"red/0.png seen"}, "red/2.png", false},
		{"kept excluded", "a copy that is not excluded takes its place", "red", []string{"red/2.png state drop"},
			"red/3.png", false},
		{"copy excluded", "the other one stays", "red", []string{"red/3.png state drop"}, "red/2.png", false},
		{"chosen", "people know which one is better", "red", []string{"red/3.png keep"}, "red/3.png", false},
		{"chosen and excluded", "what is excluded is not kept", "red",
			[]string{"red/3.png keep", "red/3.png state drop"}, "red/2.png", false},
		{"conflict", "two labels, and nobody decided", "green", []string{"red/0.png seen"}, "red/2.png", true},
		{"conflict decided", "the label of a person counts", "green", []string{"red/2.png label red"}, "red/2.png", false},
		{"conflict excluded", "one of the labels is gone", "green", []string{"red/3.png state drop"}, "red/2.png", false},
		{"corrected", "a new label makes no conflict with the old one of its copy", "red",
			[]string{"red/2.png label blue"}, "red/2.png", false},
		{"decided twice", "two labels of people", "red", []string{"red/2.png label blue", "red/3.png label red"},
			"red/2.png", true},
		{"merged", "two classes became one", "green", []string{"rename green red"}, "red/2.png", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := marked(t)
			for i := range s.Images { // near copies: their contents differ
				if im := &s.Images[i]; im.Path == "red/3.png" {
					im.SHA256, im.Class = someHash, tt.copyClass
				}
				s.Images[i].Conflict = false
			}
			s.electKept()
			must(t, s.Save())
			decide(t, s, tt.decided...)
			now := load(t, s.Dir)
			a, b := imageAt(t, now, "red/2.png"), imageAt(t, now, "red/3.png")
			kept := a
			if a.DuplicateOf != "" {
				kept = b
			}
			if kept.Path != tt.kept || (a.DuplicateOf == "") == (b.DuplicateOf == "") || a.Conflict != tt.conflict ||
				b.Conflict != tt.conflict {
				t.Errorf("%s: %+v\n%+v", tt.reason, a, b)
			}
			if kept.Split != Val {
				t.Errorf("the photo that is kept is on side %q", kept.Split)
			}
		})
	}
}
