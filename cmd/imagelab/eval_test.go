package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imagelab/lib/classifier"
	"imagelab/lib/lab"
)

// shapes writes n photos of each of two classes below dir, of blotches that no two photos share:
// red on blue, blue on red.
func shapes(t *testing.T, dir string, first, n int) {
	t.Helper()
	for class, name := range []string{"red", "blue"} {
		for i := first; i < first+n; i++ {
			r := rand.New(rand.NewPCG(uint64(class), uint64(i)))
			img := image.NewNRGBA(image.Rect(0, 0, 96, 80))
			var waves [6][4]float64
			for k := range waves {
				waves[k] = [4]float64{r.Float64()*0.4 - 0.2, r.Float64()*0.4 - 0.2, r.Float64() * 6, 8 + r.Float64()*12}
			}
			for y := range 80 {
				for x := range 96 {
					v := 120.0
					for _, w := range waves {
						v += w[3] * math.Sin(w[0]*float64(x)+w[1]*float64(y)+w[2])
					}
					grey := uint8(min(max(v, 0), 255))
					c := color.NRGBA{grey, grey / 3 * 2, grey / 2, 255}
					if class == 1 {
						c.R, c.B = c.B, c.R
					}
					img.SetNRGBA(x, y, c)
				}
			}
			write(t, filepath.Join(dir, name, name+string(rune('a'+i))+".png"), img)
		}
	}
}

// encodedAgain copies the photos below from as JPEG files under other names.
func encodedAgain(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		img, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			return err
		}
		var out bytes.Buffer
		if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 90}); err != nil {
			return err
		}
		copied := filepath.Join(to, filepath.Base(filepath.Dir(path)), "copy "+d.Name()+".jpg")
		if err := os.MkdirAll(filepath.Dir(copied), 0o755); err != nil {
			return err
		}
		return os.WriteFile(copied, out.Bytes(), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// TestEvalKnowsWhatTheModelLearnedFrom: photos that the model has seen are no test, under
// whatever name they come.
func TestEvalKnowsWhatTheModelLearnedFrom(t *testing.T) {
	folder, dir := t.TempDir(), t.TempDir()
	data, run := filepath.Join(dir, "set"), filepath.Join(dir, "run")
	shapes(t, folder, 0, 10)
	mustRun(t, "ingest", folder, "--out", data)
	mustRun(t, "dedup", data)
	mustRun(t, "split", data, "--test", "0.2", "--val", "0.2") // 12 train, 4 val, 4 test
	mustRun(t, "train", data, "--out", run, "--cut", "head", "--size", "64", "--views", "0")
	other, sided, fresh := filepath.Join(dir, "other"), t.TempDir(), t.TempDir()
	mustRun(t, "ingest", encodedAgain(t, folder), "--out", other)
	mustRun(t, "split", other, "--test", "0.7", "--val", "0.1", "--seed", "5")
	shapes(t, fresh, 10, 3)
	shapes(t, filepath.Join(sided, "train"), 0, 8)
	shapes(t, filepath.Join(sided, "valid"), 10, 2)
	shapes(t, filepath.Join(sided, "test"), 12, 3)
	old := filepath.Join(dir, "old")
	forgetLearned(t, run, old)
	for _, c := range []struct {
		name, reason string
		args         []string
		n            int // photos scored; 0: refused
		says         string
	}{
		{"its own test side", "held apart", []string{run, data}, 4, ""},
		{"its own validation side", "asked for", []string{run, data, "--split", "val"}, 4, "chosen by validation images"},
		{"the folder it came from", "the test side alone is new to it", []string{run, folder}, 4,
			"left out: 16 photos that the model learned from, as they are or as copies (12 in training, 4 in validation)"},
		{"the folder, all of it", "asked for", []string{run, folder, "--include-seen"}, 20, "NOT A TEST: 16 of these photos"},
		{"encoded again", "copies under other names", []string{run, encodedAgain(t, folder)}, 4, "left out: 16 photos"},
		{"another manifest", "sides of another split", []string{run, other}, -1, "left out: "},
		{"new photos", "none was seen", []string{run, fresh}, 6, ""},
		{"a folder with sides", "the test side is meant", []string{run, sided}, 6, ""},
		{"its validation side", "asked for", []string{run, sided, "--split", "val"}, 4, ""},
		{"its training side", "all seen", []string{run, filepath.Join(sided, "train"), "--split", "test"}, -1, "left out: "},
		{"a side of a folder without", "nothing says which photos these are", []string{run, fresh, "--split", "val"},
			0, "no train, val and test folders"},
		{"an older model", "it cannot tell", []string{old, folder}, 20, "does not say what it learned from"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, errs, code := command(t, append([]string{"eval"}, c.args...)...)
			if c.n == 0 {
				if code == 0 || !strings.Contains(errs, c.says) {
					t.Errorf("code %d, want a failure that says %q:\n%s", code, c.says, errs)
				}
				return
			}
			if code != 0 || !strings.Contains(out, c.says) || c.says == "" && strings.Contains(out, "left out") {
				t.Fatalf("%s: code %d, want %q:\n%s%s", c.reason, code, c.says, out, errs)
			}
			var got struct {
				N        int
				Training *int `json:"seen_in_training"`
				Unknown  bool `json:"seen_unknown"`
				Scored   bool `json:"seen_scored"`
			}
			unmarshal(t, mustRun(t, append([]string{"eval", "--json"}, c.args...)...), &got)
			if c.n > 0 && got.N != c.n {
				t.Errorf("%s: %d photos were scored, want %d", c.reason, got.N, c.n)
			}
			if got.Unknown != (c.args[0] == old) || (got.Training == nil) != got.Unknown ||
				got.Scored != strings.Contains(c.says, "NOT A TEST") {
				t.Errorf("JSON says %+v", got)
			}
		})
	}
}

// withoutTest trains on twelve photos of a folder, of which none is kept for testing.
func withoutTest(t *testing.T) (folder, run string) {
	t.Helper()
	folder, dir := t.TempDir(), t.TempDir()
	data, run := filepath.Join(dir, "set"), filepath.Join(dir, "run")
	shapes(t, folder, 0, 6)
	mustRun(t, "ingest", folder, "--out", data)
	mustRun(t, "split", data, "--test", "0", "--val", "0.3")
	mustRun(t, "train", data, "--out", run, "--cut", "head", "--size", "64", "--views", "0")
	return folder, run
}

// TestEvalTellsOfPhotosThatCountAgain: nothing was deduplicated in a plain folder.
func TestEvalTellsOfPhotosThatCountAgain(t *testing.T) {
	_, run := withoutTest(t)
	fresh := t.TempDir()
	shapes(t, fresh, 10, 3)
	const says = "are the bytes of another one among them"
	if _, errs, code := command(t, "eval", run, fresh); code != 0 || strings.Contains(errs, says) {
		t.Errorf("six different photos: code %d\n%s", code, errs)
	}
	for _, class := range []string{"red", "blue"} { // a copy of one photo of each class, under another name
		data, err := os.ReadFile(filepath.Join(fresh, class, class+"k.png"))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(fresh, class, "other.png"), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, errs, code := command(t, "eval", run, fresh); code != 0 || !strings.Contains(errs, "2 of the 8 photos "+says) {
		t.Errorf("two of them again: code %d\n%s", code, errs)
	}
}

// TestEvalOfNothingButSeenPhotos is refused: there is nothing to score.
func TestEvalOfNothingButSeenPhotos(t *testing.T) {
	folder, run := withoutTest(t)
	out, errs, code := command(t, "eval", run, folder)
	if code == 0 || out != "" || !strings.Contains(errs, "all 12 photos (8 in training, 4 in validation") ||
		!strings.Contains(errs, "--include-seen") {
		t.Errorf("code %d\n%s%s", code, out, errs)
	}
}

// forgetLearned copies a run as an older version would have left it.
func forgetLearned(t *testing.T, run, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(run)); err != nil {
		t.Fatal(err)
	}
	m, err := classifier.Load(to)
	if err != nil {
		t.Fatal(err)
	}
	m.Version, m.LearnedSHA256, m.WeightsSHA256, m.FileSHA256 = 1, "", "", ""
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(to, "model", "model.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestEvalNeedsLabelsAndImages: what is wrong with the photos comes with the verb or flag that
// helps.
func TestEvalNeedsLabelsAndImages(t *testing.T) {
	for _, tt := range []struct {
		name  string
		err   error
		want  string
		usage bool
	}{
		{"no labels", fmt.Errorf("inbox: %w", lab.ErrNoLabels), "`imagelab predict`", false},
		{"a set without sides", &lab.NoSideError{Dir: "it's", Side: "test"}, "`imagelab split " + word("it's") + "`", false},
		{"a folder without this side", &lab.NoSideError{Dir: "a", Side: "val", Has: "its sides hold 3 train photos"},
			"name the other side with --split", false},
		{"a folder without sides", fmt.Errorf("a: %w", lab.ErrNoSides), "--split val", true},
		{"a table", fmt.Errorf("a.csv: %w", lab.ErrNotFolder), "`imagelab ingest`", false},
		{"nothing new", &lab.SeenError{Training: 24}, "all 24 photos (24 in training", false},
		{"nothing new", &lab.SeenError{Training: 1}, "the one photo", false},
		{"nothing new", &lab.SeenError{Training: 1}, "add --include-seen", false},
	} {
		err := explainScoring(tt.err, "val")
		var usage usageError
		if !strings.Contains(err.Error(), tt.want) || errors.As(err, &usage) != tt.usage {
			t.Errorf("%s: %v; want %q", tt.name, err, tt.want)
		}
	}
}
