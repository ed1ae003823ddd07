package jupyter

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// TestCopyLessons plays what happens to one lesson and its copies over several starts.
func TestCopyLessons(t *testing.T) {
	const name, beside, third = "01_a.ipynb", "01_a-new.ipynb", "01_a-new2.ipynb"
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "lessons")
	for _, c := range []struct {
		name, reason string
		lesson       string            // what the lesson is now; "" as before
		person       map[string]string // what the person does first; "" deletes
		want         Copied
		files        map[string]string // afterwards
	}{
		{"first start", "nothing is there", "1", nil, Copied{Added: []string{name}}, map[string]string{name: "1"}},
		{"again", "all is there", "", nil, Copied{}, map[string]string{name: "1"}},
		{"newer lesson", "nobody touched the copy", "2", nil, Copied{Renewed: []string{name}}, map[string]string{name: "2"}},
		{"deleted copy", "that is how to start afresh", "", map[string]string{name: ""}, Copied{Added: []string{name}},
			map[string]string{name: "2"}},
		{"run", "outputs are the person's work too", "", map[string]string{name: "mine"}, Copied{},
			map[string]string{name: "mine"}},
		{"newer than the person's", "work is never overwritten", "3", nil, Copied{Beside: []string{beside}},
			map[string]string{name: "mine", beside: "3"}},
		{"said once", "it lies there", "", nil, Copied{}, map[string]string{name: "mine", beside: "3"}},
		{"deleted news", "the person does not want it", "", map[string]string{beside: ""}, Copied{},
			map[string]string{name: "mine"}},
		{"newer again", "that is another lesson", "4", nil, Copied{Beside: []string{beside}},
			map[string]string{name: "mine", beside: "4"}},
		{"untouched news", "one file of news is enough", "5", nil, Copied{Renewed: []string{beside}},
			map[string]string{name: "mine", beside: "5"}},
		{"both are the person's", "there is a third name", "6", map[string]string{beside: "mine too"},
			Copied{Beside: []string{third}}, map[string]string{name: "mine", beside: "mine too", third: "6"}},
		{"damaged notes", "whoever wrote a copy, it may be the person's", "7", map[string]string{laidFile: "{"},
			Copied{Beside: []string{"01_a-new3.ipynb"}},
			map[string]string{name: "mine", beside: "mine too", third: "6", "01_a-new3.ipynb": "7"}},
	} {
		if c.lesson != "" {
			put(t, filepath.Join(from, name), c.lesson)
		}
		for file, text := range c.person {
			put(t, filepath.Join(to, file), text)
		}
		got, err := CopyLessons(t.Context(), from, to)
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Fatalf("%s: %+v, %v; want %+v: %s", c.name, got, err, c.want, c.reason)
		}
		if files := notebooksIn(t, to); !reflect.DeepEqual(files, c.files) {
			t.Fatalf("%s: the folder holds %v, want %v: %s", c.name, files, c.files, c.reason)
		}
	}
}

// put writes a file, or deletes it where text is empty.
func put(t *testing.T, path, text string) {
	t.Helper()
	err := os.Remove(path)
	if text != "" {
		err = os.WriteFile(path, []byte(text), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func notebooksIn(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := Find(dir)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(text)
	}
	return files
}

// TestCopyLessonsLeavesLessonsAlone: whatever --dir names, the lessons themselves are only read.
func TestCopyLessonsLeavesLessonsAlone(t *testing.T) {
	from := t.TempDir()
	put(t, filepath.Join(from, "01_a.ipynb"), "1")
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(from, link); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{from, link, from + "/."} {
		if got, err := CopyLessons(t.Context(), from, to); err != nil || !reflect.DeepEqual(got, Copied{}) {
			t.Errorf("into %s: %+v, %v", to, got, err)
		}
	}
	entries, err := os.ReadDir(from)
	if err != nil || len(entries) != 1 {
		t.Errorf("the lessons' folder holds %v, %v", entries, err)
	}
	if _, err := CopyLessons(t.Context(), t.TempDir(), t.TempDir()); err == nil {
		t.Error("no error for a folder without lessons")
	}
}

// TestCheckCopies: lessons are not mixed with photos, data sets and runs.
func TestCheckCopies(t *testing.T) {
	from := t.TempDir()
	put(t, filepath.Join(from, "01_a.ipynb"), "1")
	for _, tt := range []struct {
		name, reason string
		files        []string
		dir          string
		says         string // empty: it is a place for lessons
	}{
		{"new", "the first start", nil, "lessons", ""},
		{"new below new", "folders are made", nil, "a/b/lessons", ""},
		{"file", "no folder can be there", []string{"README.md"}, "README.md", "such as ROOT/lessons"},
		{"below a file", "nor there", []string{"README.md"}, "README.md/x", "README.md is no folder"},
		{"classes", "ingest would find them among the photos", []string{"P/cat/1.jpg"}, "P", "such as ROOT/lessons"},
		{"sides", "the same", []string{"P/Train/cat/1.jpg"}, "P", "holds photos"},
		{"called lessons", "the other name is another", []string{"lessons/cat/1.jpg"}, "lessons", "ROOT/my-lessons"},
		{"notebooks among photos", "the person wants it so", []string{"P/cat/1.jpg", "P/a.ipynb"}, "P", ""},
		{"flat photos", "such as a desktop with a picture on it", []string{"P/1.jpg"}, "P", ""},
		{"work folder", "photos lie deeper than classes do", []string{"w/data/cat/1.jpg"}, "w", ""},
		{"data set", "its files are imagelab's", []string{"s/set.json"}, "s", "is a data set"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			for _, file := range tt.files {
				path := filepath.Join(root, file)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				put(t, path, "x")
			}
			err := CheckCopies(from, filepath.Join(root, tt.dir))
			if (err == nil) != (tt.says == "") ||
				err != nil && !strings.Contains(strings.ReplaceAll(err.Error(), root, "ROOT"), tt.says) {
				t.Errorf("%v, want %q: %s", err, tt.says, tt.reason)
			}
			if _, copyErr := CopyLessons(t.Context(), from, filepath.Join(root, tt.dir)); (copyErr == nil) != (err == nil) {
				t.Errorf("copying says %v, and the check says %v", copyErr, err)
			}
		})
	}
}
