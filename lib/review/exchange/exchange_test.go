package exchange

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/photo/phototest"
	"imagelab/lib/review"
)

func sha(n int) string { return fmt.Sprintf("%064x", n) }

// set has cat/1.jpg, cat/2.jpg, dog/1.jpg and dog/3.jpg, whose contents are 1 to 4.
func set(t testing.TB) *dataset.Set {
	t.Helper()
	s := &dataset.Set{Dir: t.TempDir(), Root: "/photos"}
	for i, path := range []string{"cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/3.jpg"} {
		s.Images = append(s.Images, dataset.Image{Path: path, SHA256: sha(i + 1), Pixels: sha(i + 1), Class: path[:3],
			Width: 1, Height: 1})
	}
	if err := s.Save(); err != nil {
		t.Fatal(err)
	}
	return s
}

// load returns the set as it is now, with its decisions.
func load(t *testing.T, s *dataset.Set) (*dataset.Set, *review.State) {
	t.Helper()
	now, err := dataset.Load(s.Dir)
	if err != nil {
		t.Fatal(err)
	}
	part, err := now.Decisions().All()
	if err != nil {
		t.Fatal(err)
	}
	return now, review.Fold(part.Decisions)
}

// read reads a file with this text, appends its decisions and returns the set.
func read(t *testing.T, s *dataset.Set, text string, o Options) (Result, *dataset.Set, *review.State) {
	t.Helper()
	now, st := load(t, s)
	r, err := Read(phototest.Put(t, t.TempDir(), "file", []byte(text)), now, st, o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := now.Decisions().Append(t.Context(), r.Decisions...); err != nil {
		t.Fatal(err)
	}
	now, st = load(t, s)
	return r, now, st
}

func TestImport(t *testing.T) {
	tests := []struct {
		name, reason, text string
		classes            string // of the four photos afterwards
		changed            int
		unknown            string // path and reason of the first
	}{
		{"our table", "what export writes", "path,label,state\ncat/1.jpg,dog,\ncat/2.jpg,cat,drop\n",
			"dog cat dog dog", 2, ""},
		{"by content", "a path may be of yesterday", "path,label,state,sha256,tags\nold/x.jpg,dog,," + sha(1) + ",\n",
			"dog cat dog dog", 1, ""},
		{"content unknown", "the path may be another photo's now", "path,label,sha256\ncat/1.jpg,dog," + sha(9) +
			"\n", "cat cat dog dog", 0,
			"cat/1.jpg no photo of the set has this sha256"},
		{"semicolons", "a spreadsheet's", "\ufeffpath;label;state\r\ncat/1.jpg;dog;\r\n", "dog cat dog dog", 1, ""},
		{"empty cells", "they say nothing", "path,label,state,tags\ncat/1.jpg,,,\n", "cat cat dog dog", 0, ""},
		{"unknown path", "named, not guessed", "path,label\ncat/9.jpg,dog\n", "cat cat dog dog", 0,
			"cat/9.jpg the set has no such photo"},
		{"same name twice", "named, not guessed", "path,label\n1.jpg,dog\n", "cat cat dog dog", 0,
			`1.jpg it may be "cat/1.jpg" or "dog/1.jpg"`},
		{"name alone", "one photo bears it", "path,label\n3.jpg,cat\n", "cat cat dog cat", 1, ""},
		{"same name elsewhere", "a folder that the set does not have says it is another photo",
			"path,label\nbird/3.jpg,cat\n",
			"cat cat dog dog", 0, "bird/3.jpg the set has no such photo"},
		{"absolute", "below the photos' folder", "path,label\n/photos/cat/2.jpg,dog\n", "cat dog dog dog", 1, ""},
		{"in a bucket", "with all of the path", "path,label\ns3://bucket/some/cat/2.jpg,dog\n", "cat dog dog dog", 1, ""},
		{"Windows", "other slashes", "path,label\nC:\\photos\\cat\\2.jpg,dog\n", "cat dog dog dog", 1, ""},
		{"contradiction", "one of them is wrong", "path,label\ncat/1.jpg,dog\ncat/1.jpg,bird\n", "dog cat dog dog", 1,
			"cat/1.jpg another entry says something else about this photo"},
		{"unknown state", "no reader knows it", "path,label,state\ncat/1.jpg,dog,blurry\n", "cat cat dog dog", 0,
			`cat/1.jpg state "blurry" is none of keep, ambiguous, drop`},
		{"markup", "a class is text", "path,label\ncat/1.jpg,<b>x</b>\n", "<b>x</b> cat dog dog", 1, ""},
		{"FiftyOne", "numbers, names, objects; null is no label",
			`{"classes":["cat","dog"],"labels":{"cat/1":1,"cat/2":"dog","dog/1":{"label":0,"confidence":0.9},"dog/3":null}}`,
			"dog dog cat dog", 3, ""},
		{"FiftyOne, several", "multilabel",
			`{"classes":["cat","dog"],"labels":{"cat/1":[0,1],"cat/2":[1],"dog/1":[],"x":7}}`, "cat dog dog dog", 1,
			"cat/1 it has several labels"},
		{"FiftyOne's CSV", "fields under their own names",
			"filepath,tags,ground_truth.label\n/photos/cat/1.jpg,\"['occluded', 'x']\",dog\n",
			"dog cat dog dog", 1, ""},
		{"Label Studio", "an upload, local files, a cancelled annotation", `[
			{"id":1,"data":{"image":"/data/upload/1/0a1b2c3d-3.jpg"},
				"annotations":[{"result":[{"type":"choices","value":{"choices":["cat"]}}]}]},
			{"id":2,"data":{"image":"/data/local-files/?d=some/cat%2F1.jpg"},
				"annotations":[{"result":[{"type":"choices","value":{"choices":["dog"]}}]}]},
			{"id":3,"data":{"image":"s3://b/cat/2.jpg"},
				"annotations":[{"was_cancelled":true,"result":[{"type":"choices","value":{"choices":["dog"]}}]}]}]`,
			"dog cat dog cat", 2, ""},
		{"Label Studio, two people", "they do not agree", `[{"data":{"image":"cat/1.jpg"},"annotations":[
			{"result":[{"type":"choices","value":{"choices":["dog"]}}]},
			{"result":[{"type":"choices","value":{"choices":["cat"]}}]}]}]`,
			"cat cat dog dog", 0, "cat/1.jpg it has several labels: cat, dog"},
		{"Label Studio, short", "JSON-MIN",
			`[{"image":"cat/1.jpg","id":1,"choice":"dog"},{"image":"cat/2.jpg","choice":{"choices":["dog"]}}]`,
			"dog dog dog dog", 2, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := set(t)
			r, now, _ := read(t, s, tt.text, Options{Who: "ann"})
			var classes []string
			for _, im := range now.Images {
				classes = append(classes, im.Class)
			}
			unknown := ""
			if len(r.Unknown) > 0 {
				unknown = r.Unknown[0].Path + " " + r.Unknown[0].Reason
			}
			if strings.Join(classes, " ") != tt.classes || r.Changed != tt.changed || unknown != tt.unknown {
				t.Errorf("%s: classes %v, %+v", tt.reason, classes, r)
			}
			if again, _, _ := read(t, s, tt.text, Options{Who: "ann"}); len(again.Decisions) != 0 ||
				len(again.Unknown) != len(r.Unknown) {
				t.Errorf("read again, it changes %+v", again.Decisions)
			}
		})
	}
}

// TestImportOfConflict: the same photo lies in two classes, and either label that is said decides.
func TestImportOfConflict(t *testing.T) {
	for _, label := range []string{"cat", "dog"} {
		s := set(t)
		s.Images[2].SHA256, s.Images[2].Pixels = s.Images[0].SHA256, s.Images[0].Pixels
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("path,label\ncat/1.jpg,%s\ndog/1.jpg,%[1]s\n", label)
		r, now, _ := read(t, s, text, Options{Who: "ann"})
		if r.Changed != 1 || now.Images[0].Class != label || now.Images[2].Class != label {
			t.Errorf("%s: the classes are %s and %s, %+v", label, now.Images[0].Class, now.Images[2].Class, r)
		}
		if again, _, _ := read(t, s, text, Options{Who: "ann"}); len(again.Decisions) != 0 {
			t.Errorf("%s: read again, it changes %+v", label, again.Decisions)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "empty",
		"a,b\n1,2\n":                   "name columns path,label,state",
		"path,label\n\"cat/1.jpg,dog":  "quote",
		`{"info":{},"annotations":[]}`: `has no "labels"`,
		"[1,2]":                        "no JSON export of Label Studio",
		"path,label\n\xff,x\n":         "UTF-8",
	} {
		s := set(t)
		if _, err := Read(phototest.Put(t, t.TempDir(), "f", []byte(text)), s, review.Fold(nil),
			Options{Who: "ann"}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Read(filepath.Join(t.TempDir(), "none"), set(t), review.Fold(nil), Options{Who: "ann"}); err == nil {
		t.Error("a file that is not there")
	}
}

// TestExportImport: a set that is told what another one exported says the same, and a log of the
// other one does as well.
func TestExportImport(t *testing.T) {
	s := set(t)
	_, now, st := read(t, s, "path,label,state,tags\ncat/1.jpg,\"d,o\"\"g\",ambiguous,occluded;very "+
		"dark\ncat/2.jpg,cat,drop,\ndog/1.jpg,,keep,x\n", Options{Who: "ann"})
	var out, second bytes.Buffer
	if err := Export(&out, now, st); err != nil {
		t.Fatal(err)
	}
	if line, _, _ := strings.Cut(out.String(), "\n"); line != "path,label,state,sha256,tags" {
		t.Errorf("first line %q", line)
	}
	log, err := os.ReadFile(now.Decisions().Path())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"table": out.String(), "log": string(log)} {
		other := set(t)
		r, now, st := read(t, other, text, Options{Who: "bob"})
		second.Reset()
		if err := Export(&second, now, st); err != nil || second.String() != out.String() || len(r.Unknown) > 0 {
			t.Errorf("%s: %v, %+v\n%s\nwant\n%s", name, err, r, second.String(), out.String())
		}
		d, ok := st.Undoable("bob")
		if !ok {
			t.Fatal("nothing to undo")
		}
		if _, err := now.Decisions().Append(t.Context(), review.Undo(d, "bob")); err != nil {
			t.Fatal(err)
		}
		if now, _ := load(t, other); now.Digest() != set(t).Digest() {
			t.Errorf("%s: undone at once, the set is not what it was", name)
		}
	}
}

func TestPass(t *testing.T) {
	s := set(t)
	var out bytes.Buffer
	if err := ExportPass(&out, s, review.PassSample{Photos: []string{sha(4), sha(1)}}); err != nil || out.String() !=
		"path,label,sha256\ncat/1.jpg,,"+sha(1)+"\ndog/3.jpg,,"+sha(4)+"\n" {
		t.Errorf("%v, %q", err, out.String())
	}
	filled := strings.ReplaceAll(out.String(), ",,", ",cat,")
	r, now, _ := read(t, s, filled, Options{Who: "ann", Pass: "second"})
	if len(r.Decisions) != 2 || now.Digest() != s.Digest() {
		t.Errorf("%+v", r)
	}
}

func TestCount(t *testing.T) {
	s := set(t)
	_, now, _ := read(t, s, "path,label,state,tags\ncat/1.jpg,dog,drop,occluded\ncat/2.jpg,,ambiguous,occluded\n",
		Options{Who: "ann"})
	elsewhere := review.Decision{Who: "bob", SHA256: sha(99), Kind: review.KindSeen}
	if _, err := now.Decisions().Append(t.Context(), elsewhere); err != nil {
		t.Fatal(err)
	}
	part, err := now.Decisions().All()
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(Count(now, part))
	if want := "{4 3 1 1 0 2 4 map[cat:1 dog:2] map[ambiguous:1 drop:1] map[occluded:2] map[ann:5 bob:1] 6 1 0 [] " +
		"map[]}"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestImportOfFormerNames: a table that was exported before a class was renamed says nothing new.
func TestImportOfFormerNames(t *testing.T) {
	s := set(t)
	rename := review.Decision{Who: "ann", Kind: review.KindRename, Before: "cat", After: "tom"}
	if _, err := s.Decisions().Append(t.Context(), rename); err != nil {
		t.Fatal(err)
	}
	r, now, _ := read(t, s, "path,label\ncat/1.jpg,cat\ndog/1.jpg,dog\n", Options{Who: "ann"})
	if r.Changed != 0 || len(r.NewClasses) != 0 || now.Images[0].Class != "tom" || now.Images[0].Labelled {
		t.Errorf("%+v; %+v", r, now.Images[0])
	}
}

// FuzzImport: any file is read or refused, and what is taken can be written to the log.
func FuzzImport(f *testing.F) {
	f.Add([]byte("path,label,state,sha256,tags\ncat/1.jpg,dog,drop,,a;b\n"))
	f.Add([]byte(`{"classes":["cat"],"labels":{"cat/1":0,"dog/1":[{"label":"x"}],"3":{"label":{}}}}`))
	f.Add([]byte(`[{"image":"cat/1.jpg","choice":["a"]},` +
		`{"data":{"x":"/a/b"},"completions":[{"result":[{"type":"choices"}]}]}]`))
	f.Add([]byte(`{"id":"1","who":"a","kind":"label","seal_sha256":"0123456789abcdef"}`))
	s := set(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		_, entries, err := parse(data)
		if err != nil {
			return
		}
		r := take(entries, s, review.Fold(nil), Options{Who: "ann"})
		if r.Changed+r.Unchanged+len(r.Unknown) != r.Entries {
			t.Errorf("%+v", r)
		}
		for _, d := range r.Decisions {
			if err := d.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}
