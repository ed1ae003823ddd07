package folder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		files  []string // a text behind a colon
		want   Kind
		is     Kind
		refuse bool
		reason string
	}{
		{"nothing", nil, Run, Empty, false, "a new folder is made"},
		{"left over", []string{".part-123", ".records.jsonl.lock", ".DS_Store", "lost+found/"}, Curve, Empty, false,
			"what systems and killed commands leave"},
		{"set", []string{`set.json:{"root":"/photos"}`}, Set, Set, false, "ingest continues"},
		{"damaged set", []string{"set.json", "ingest.cache.10"}, Set, Set, false, "ingest mends it"},
		{"manifest alone", []string{`manifest.jsonl:{"path":"a.jpg","sha256":"0f"}`}, Run, Set, true,
			"a damaged set is one too"},
		{"damaged manifest alone", []string{"manifest.jsonl"}, Run, Set, true, "the same"},
		{"set in a checkout", []string{`set.json:{"root":"/photos"}`, ".git/HEAD"}, Set, Set, false,
			"people keep sets under git"},
		{"set.json of a game", []string{`set.json:{"title":"my cards"}`, "notes.txt"}, Set, Other, true, "somebody's files"},
		{"manifest of a service", []string{`manifest.jsonl:{"source-ref":"s3://b/1.jpg"}`, "cat/1.jpg"}, Run, Photos, true,
			"photos with another program's list of them"},
		{"run", []string{`records.jsonl:{"id":"a","command":"imagelab train d"}`}, Run, Run, false, "train continues"},
		{"run for a curve", []string{`records.jsonl:{"id":"a","command":"imagelab train d"}`}, Curve, Run, true,
			"its page would be replaced"},
		{"run with a curve's record", []string{`records.jsonl:{"id":"a"}` + "\n" + `{"id":"b","arm":"x"}`}, Run, Run,
			false, "as an earlier version left it"},
		{"model alone", []string{"model/model.json"}, Curve, Run, true, "a copied model"},
		{"model on a full disk", []string{"model/"}, Run, Run, false, "the same command continues"},
		{"half a model", []string{"model/weights.safetensors", "model/.part-imagelab-1"}, Run, Run, false,
			"its writer was killed"},
		{"half a model for a curve", []string{"model/weights.safetensors"}, Curve, Run, true, "training has begun there"},
		{"another model", []string{"model/weights.safetensors", "model/notes.txt"}, Run, Other, true, "somebody's files"},
		{"bundle", []string{"model.json"}, Run, Model, true, "the model's own folder"},
		{"curve", []string{`records-1of2.jsonl:{"id":"a","arm":"x","command":"imagelab curve d"}`}, Curve, Curve,
			false, "shards share it"},
		{"finished curve", []string{`records.jsonl:{"id":"a","arm":"x","command":"imagelab demo"}`, "curve.svg"},
			TradeOff, Curve, true, "the demo's"},
		{"demo stopped", []string{`records.jsonl:{"id":"a","arm":"x","command":"imagelab demo"}`}, Curve, Sweep,
			false, "the demo continues"},
		{"torn record", []string{`records.jsonl:{"id":"a","ar`, "curve.svg"}, Run, Other, true, "nothing tells what it is"},
		{"tradeoff", []string{`records.jsonl:{"id":"a","arm":"x"}`, "speed.jsonl"}, Curve, TradeOff, true,
			"another question"},
		{"photos", []string{"cat/1.JPEG"}, Run, Photos, true, "classes"},
		{"deep photos", []string{"train/cat/1.heic"}, Run, Photos, true, "sides with classes"},
		{"other", []string{"a.txt"}, Set, Other, true, "somebody's files"},
		{"[odd] name*", []string{`records.jsonl:{"id":"a"}`}, Curve, Run, true, "no pattern"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), c.name)
			for _, file := range c.files {
				name, content, _ := strings.Cut(file, ":")
				path := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(name, "/") {
					err := os.Mkdir(path, 0o755)
					if err != nil {
						t.Fatal(err)
					}
					continue
				}
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if is, err := Look(dir); is != c.is || err != nil {
				t.Errorf("it is %q, %v, want %q: %s", is, err, c.is, c.reason)
			}
			err := Check(dir, c.want, "")
			var taken *TakenError
			if errors.As(err, &taken) != c.refuse || err != nil && !strings.Contains(err.Error(), c.is.String()) {
				t.Errorf("as a folder for what %s: %v: %s", c.want, err, c.reason)
			}
		})
	}
}

func TestInsideThePhotos(t *testing.T) {
	photos := t.TempDir()
	if err := Check(filepath.Join(photos, "runs", "a"), Run, photos); err == nil ||
		!strings.Contains(err.Error(), "inside the photo folder") {
		t.Errorf("a new folder among the classes: %v", err)
	}
	if err := Check(photos+"-runs", Run, photos); err != nil {
		t.Errorf("a folder beside them: %v", err)
	}
}

// TestPlacesOfNewFolders: a new folder is made beside what belongs together, and never in it.
func TestPlacesOfNewFolders(t *testing.T) {
	for _, c := range []struct{ name, make, dir, says, reason string }{
		{"in a set", "set/set.json", "set/runs/a", "set, which is a data set", "another ingest there would not know it"},
		{"in a set's own folder", "set/cache/x", "set/cache/a", "", "no set.json: nothing tells that it is a set"},
		{"in a model", "run/model/model.json", "run/model/b", "is a trained model", "a model is copied as a whole"},
		{"beside a model", "run/model/model.json", "run/b", "", "people keep their runs in one folder"},
		{"below a file", "notes.txt", "notes.txt/a", "notes.txt, which is a file", "no folder can be there"},
		{"a link to nowhere", "gone->missing", "gone", "a place that is not there", "the disk may be unplugged"},
		{"below a link to nowhere", "gone->missing", "gone/a/b", "a place that is not there", "the same"},
		{"a link to a set", "link->set", "link/a", "is a data set", "links are followed"},
		{"new", "other/x", "runs/a", "", "the plain case"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			place := func(name string) {
				path := filepath.Join(root, name)
				err := os.MkdirAll(filepath.Dir(path), 0o755)
				if err == nil {
					err = os.WriteFile(path, []byte(`{"root":"/photos"}`), 0o644)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			if link, to, ok := strings.Cut(c.make, "->"); ok {
				place("set/set.json")
				if err := os.Symlink(filepath.Join(root, to), filepath.Join(root, link)); err != nil {
					t.Fatal(err)
				}
			} else {
				place(c.make)
			}
			err := Check(filepath.Join(root, c.dir), Curve, "")
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says) ||
				!strings.Contains(err.Error(), "choose")) {
				t.Errorf("%v, want %q: %s", err, c.says, c.reason)
			}
		})
	}
}
