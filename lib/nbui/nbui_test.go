package nbui

import (
	"context"
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
)

func TestFolder(t *testing.T) {
	for _, c := range []struct {
		name, reason, runs string
		quick              bool
		want               string
	}{
		{"full", "beside the notebook, in whose folder cells run", "", false, "runs/01_a"},
		{"quick", "records of quick runs never mix with full ones", "", true, "runs/01_a-quick"},
		{"elsewhere", "the variable decides, as --execute needs it", "/tmp/x", true, "/tmp/x/01_a-quick"},
	} {
		t.Setenv(RunsVariable, c.runs)
		if got := Folder("01_a", c.quick); got != filepath.FromSlash(c.want) {
			t.Errorf("%s: %q, want %q: %s", c.name, got, c.want, c.reason)
		}
	}
}

func TestMessage(t *testing.T) {
	if got := message(fmt.Errorf("finetune: %w", context.Canceled)); !strings.HasPrefix(got,
		"stopped; what is finished is kept") {
		t.Errorf("a stopped cell says %q", got)
	}
	if got := message(fmt.Errorf("no photos in x")); got != "error: no photos in x" {
		t.Errorf("a failed cell says %q", got)
	}
}

// TestBoard plays a cell's stages by a fake clock.
func TestBoard(t *testing.T) {
	b, start := &board{}, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	at := func(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }
	for _, c := range []struct {
		reason      string
		seconds     float64
		stage       string
		done, total int64
		drawn       bool
		says        []string
	}{
		{"a stage shows at once, without a guess", 0, "decoding photos", 0, 100, true,
			[]string{"decoding photos", `value="0" max="100"`, "0 of 100<"}},
		{"drawings are rare, for they travel to the page", 0.1, "decoding photos", 5, 100, false, nil},
		{"a tenth in 10 s leaves 90 s", 10, "decoding photos", 10, 100, true, []string{"10 of 100, 1 min 30 s left"}},
		{"a stage that took time leaves a line", 12, "decoding photos", 100, 100, true, []string{"decoding photos: 12 s"}},
		{"the next one shows below it", 13, "training, bytes", 4e6, 8e6, true,
			[]string{"decoding photos: 12 s", "4 of 8 MB<"}},
		{"what an earlier run did took no time", 15, "training, bytes", 5e6, 8e6, true, []string{"5 of 8 MB, 6 s left"}},
		{"a stage that ends another's bar", 16, "waiting", 0, 0, true, []string{"training: 3 s", "waiting …"}},
		{"short stages leave nothing", 16.5, "saving", 1, 1, true, []string{"training: 3 s</div>"}},
		{"a stage that comes again", 17, "decoding photos", 0, 9, true, []string{"decoding photos: 12 s"}},
		{"is added up", 20, "decoding photos", 9, 9, true, []string{"decoding photos: 15 s"}},
		{"epochs are one stage", 21, "training epoch 1 of 4", 0, 5, true, []string{"training <", "0 of 20<"}},
		{"whose time left is that of all", 26, "training epoch 2 of 4", 0, 5, true, []string{"5 of 20, 15 s left"}},
	} {
		page, drawn := b.report(at(c.seconds), c.stage, c.done, c.total)
		if drawn != c.drawn {
			t.Errorf("%s: drawn %v", c.reason, drawn)
		}
		for _, want := range c.says {
			if !strings.Contains(page, want) {
				t.Errorf("%s: %q does not say %q", c.reason, page, want)
			}
		}
		if page != "" && !strings.Contains(page, Transient) {
			t.Errorf("%s: %q would be kept in the file", c.reason, page)
		}
	}
}

func TestNumeric(t *testing.T) {
	for _, c := range []struct {
		cell, reason string
		want         bool
	}{
		{"12", "plain", true},
		{"3.5 ms", "with a unit", true},
		{"2,624 photos", "with thousands", true},
		{"", "nothing in the column", false},
		{"lite0", "a name", false},
	} {
		if got := numeric([][]string{{c.cell}, {""}, {}}, 0); got != c.want {
			t.Errorf("%q is numeric: %v, want %v: %s", c.cell, got, c.want, c.reason)
		}
	}
}

func set() *dataset.Set {
	return &dataset.Set{Root: "/photos", Images: []dataset.Image{{Path: "cat/a.jpg", Class: "cat"},
		{Path: "dog/b.jpg", Class: "dog"}, {Path: "dog/c.jpg", Class: "dog"}}}
}

// Outside a notebook the calls print text, so that cells run as programs.
func Example() {
	s := set()
	r, _ := metric.Evaluate([]string{"cat", "dog"}, []int{0, 1, 1}, [][]float64{{0.9, 0.1}, {0.8, 0.2}, {0.3, 0.7}},
		[]string{"cat/a.jpg", "dog/b.jpg", "dog/c.jpg"})
	Photos(Samples(s, 1)...)
	Confusion(s, r)
	Mistakes(s, r, 5)
	Backend("go", "this program was built without XLA", "")
	// Output:
	// [photo] cat a.jpg
	// [photo] dog b.jpg
	// true, taken for:  cat  dog
	// ----------------  ---  ---
	// cat               1    0
	// dog               1    1
	// [photo] dog, taken for cat (80 %) b.jpg
	// Computing on go: this program was built without XLA.
}

// TestForeignTexts: class names and captions come from foreign folders, and must not become part of
// the page.
func TestForeignTexts(t *testing.T) {
	evil := `<img src=x onerror="alert(1)">`
	pages := []string{
		cell("td", evil, false),
		Photo{Caption: evil, Image: image.NewGray(image.Rect(0, 0, 2, 2))}.element(side),
		(&board{finished: []stageTime{{evil, time.Minute}}}).lines(),
		confusionPage(set(), metric.Result{Classes: []string{evil}, Confusion: [][]int{{1}}}),
	}
	for _, page := range pages {
		if strings.Contains(page, "<img src=x") || !strings.Contains(page, "&lt;img src=x") {
			t.Errorf("a foreign text stands in the page as it is: %s", page)
		}
	}
}
