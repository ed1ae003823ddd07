package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"imagelab/lib/dataset"
	"imagelab/lib/metric"
	"imagelab/lib/runlog"
)

// predicted makes predictions for images of a set: each tenth of a class is taken for the next
// class. The result is theirs.
func predicted(t testing.TB, s *dataset.Set, side string) (*runlog.Predictions, metric.Result) {
	t.Helper()
	said := &runlog.Predictions{Side: side, Classes: s.Classes()}
	var labels []int
	var probs [][]float64
	var files []string
	at := map[string]int{}
	for i, class := range said.Classes {
		at[class] = i
	}
	count := map[string]int{}
	for i, im := range s.InSplit(side) {
		k, n := at[im.Class], len(said.Classes)
		row := make([]float64, n)
		best := k
		if count[im.Class]++; count[im.Class]%10 == 1 {
			best = (k + 1) % n
		}
		sure := 0.55 + 0.44*float64(i%17)/17
		row[best] = sure
		row[(best+1)%n] += 1 - sure
		labels, probs, files = append(labels, k), append(probs, row), append(files, s.File(im))
		said.Photos = append(said.Photos, runlog.NewPrediction(im.Path, im.SHA256, k, row))
	}
	r, err := metric.Evaluate(said.Classes, labels, probs, files)
	if err != nil {
		t.Fatal(err)
	}
	return said, r
}

var anchors, ids = regexp.MustCompile(`href="#([^"]*)"`), regexp.MustCompile(`\sid="([^"]*)"`)

// linked checks that every link inside the page leads somewhere.
func linked(t *testing.T, page string) {
	t.Helper()
	there := map[string]bool{}
	for _, m := range ids.FindAllStringSubmatch(page, -1) {
		if there[m[1]] {
			t.Errorf("two elements are called %q", m[1])
		}
		there[m[1]] = true
	}
	links := anchors.FindAllStringSubmatch(page, -1)
	if len(links) == 0 {
		t.Error("the page has no links inside")
	}
	for _, m := range links {
		if !there[m[1]] {
			t.Errorf("a link leads to %q, which is not there", m[1])
		}
	}
}

// TestNumbersLeadToPhotos: cells of the matrix, classes and bins lead to panels, these to photos,
// and photos to the originals where they lie.
func TestNumbersLeadToPhotos(t *testing.T) {
	s := photos(t, []string{"cat", `dog "<b>"`, "ox"}, 40)
	said, test := predicted(t, s, dataset.Test)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := Write(t.Context(), path, Input{Set: s, Record: fitted(t, s), Test: &test, Tested: said}); err != nil {
		t.Fatal(err)
	}
	page := read(t, path)
	linked(t, page)
	for i, row := range test.Confusion {
		for j, n := range row {
			if cell := fmt.Sprintf(`href="#cell-%d-%d"`, i, j); strings.Contains(page, cell) != (n > 0) {
				t.Errorf("a cell with %d photos has a link: %v", n, n == 0)
			}
		}
	}
	for _, want := range []string{`href="#class-2"`, `href="#bin-15"`, `id="p1"`, "All predictions",
		"of “cat” (10.0 %) was taken for"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is missing", want)
		}
	}
	links := regexp.MustCompile(`href="(\./[^"]*)"`).FindAllStringSubmatch(page, -1)
	if len(links) < len(said.Photos) {
		t.Fatalf("%d links to originals", len(links))
	}
	for _, link := range links {
		file := filepath.Join(filepath.Dir(path), filepath.FromSlash(html.UnescapeString(link[1])))
		if _, err := os.Stat(file); err != nil {
			t.Fatal("a link to an original leads nowhere:", err)
		}
	}
	if strings.Contains(page, "<b>") || strings.Contains(page, s.Root) {
		t.Error("a name became an element, or a folder of the machine is in the page")
	}
	runsOnly(t, page, tableScript)
	if strings.Contains(page, `class="cam"`) || strings.Contains(page, "class activation") {
		t.Error("without activation maps the page speaks of them")
	}
	if !strings.Contains(page, `id="thresholds"`) || !strings.Contains(page, "chosen and measured on the same photos") {
		t.Error("no thresholds, or the page does not say that the photos that choose are those that measure")
	}
}

// runsOnly checks that the page runs this script, and that its policy allows no other.
func runsOnly(t *testing.T, page, script string) {
	t.Helper()
	sum := sha256.Sum256([]byte(script))
	policy := html.UnescapeString(regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(page)[1])
	if want := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.HasSuffix(policy, want) {
		t.Errorf("the policy is %q, want %q at its end", policy, want)
	}
	if n := strings.Count(page, "<script>"+script+"</script>"); n != 1 || strings.Count(page, "<script") != 2 {
		t.Errorf("the script is there %d times, of %d", n, strings.Count(page, "<script"))
	}
}

// TestPredictionsMustFit: predictions of another evaluation are not shown as those of this one.
func TestPredictionsMustFit(t *testing.T) {
	s := photos(t, []string{"cat", "dog"}, 40)
	said, test := predicted(t, s, dataset.Test)
	said.Photos[0].Predicted = said.Photos[0].Label
	page := write(t, Input{Set: s, Record: fitted(t, s), Test: &test, Tested: said})
	alone(t, page)
	if strings.Contains(page, "All predictions") || strings.Contains(page, "cell-0-1") {
		t.Error("predictions with another confusion matrix are shown")
	}
}

// speckled is a photo that compresses as badly as real ones.
func speckled(string) (image.Image, error) {
	img := image.NewNRGBA(image.Rect(0, 0, largeSide, 240))
	x := uint32(7)
	for i := range img.Pix {
		if x ^= x << 13; i%4 == 3 {
			img.Pix[i] = 255
			continue
		}
		x ^= x >> 17
		x ^= x << 5
		img.Pix[i] = uint8(i/1280) + uint8(x%48)
	}
	img.Set(0, 0, color.White)
	return img, nil
}

// manyPredicted writes the page of many photos in many classes.
func manyPredicted(t *testing.T, n, classes int) string {
	t.Helper()
	s, _ := manyPhotos(n, classes)
	said, r := predicted(t, s, dataset.Test)
	path := filepath.Join(t.TempDir(), "report.html")
	if err := Write(t.Context(), path, Input{Set: s, Record: runlog.Record{Val: r}, Test: &r, Tested: said,
		Decides: decided(r), Thumb: speckled}); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestManyPredictionsAreBounded: the page of 10,000 photos stays below 20 MB and says what it
// leaves out.
func TestManyPredictionsAreBounded(t *testing.T) {
	page := read(t, manyPredicted(t, 10_000, 100))
	if len(page) > 20_000_000 {
		t.Errorf("the page takes %d bytes", len(page))
	}
	linked(t, page)
	if n := strings.Count(page, `class="decides"`); n != 24 {
		t.Errorf("%d of 24 mistakes have activation maps", n)
	}
	if !strings.Contains(page, "8500 photos have no picture in this page") {
		t.Error("the page does not say that photos have no picture")
	}
	t.Logf("%.1f MB", float64(len(page))/1e6)
}
