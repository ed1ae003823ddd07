package grouping

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/dataset"
	"imagelab/lib/engine/enginetest"
	"imagelab/lib/photo"
	"imagelab/lib/photo/phototest"
	"imagelab/lib/split"
)

const width = 64

// film is a finder of photos in groups of n: the features of a group lie around a centre of its
// own. name names photo i of group g.
func film(t *testing.T, groups, n int, spread float64, name func(g, i int) string) *finder {
	r := rand.New(rand.NewPCG(2, 2))
	f := &finder{Options: Default(), engine: enginetest.Go(t), set: &dataset.Set{Root: "/photos"}}
	for g := range groups {
		centre := make([]float64, width)
		for j := range centre {
			centre[j] = r.NormFloat64()
		}
		for i := range n {
			row := make([]float32, width)
			for j := range row {
				row[j] = float32(centre[j] + spread*r.NormFloat64())
			}
			class := []string{"cat", "dog"}[g%2]
			path := class + "/" + name(g, i)
			f.features = append(f.features, row)
			f.set.Images = append(f.set.Images, dataset.Image{Path: path, Class: class, SHA256: path, Pixels: path})
		}
	}
	f.images = f.set.Images
	if err := f.number(t.Context()); err != nil {
		t.Fatal(err)
	}
	return f
}

// TestProposals: what people call photos that belong together is found, and photos that do not are
// left alone.
func TestProposals(t *testing.T) {
	const groups, n = 24, 6
	for _, c := range []struct {
		name, reason string
		of           func(g, i int) string
		spread       float64
		want         string // proposal that finds the groups; "": none is made from names
	}{
		{"a prefix and a number", "the prefix names the object",
			func(g, i int) string { return fmt.Sprintf("%c%c_%02d.jpg", 'a'+g/5, 'a'+g%5, i) }, 0.3, "prefix"},
		{"object and view", "the first number names the object",
			func(g, i int) string { return fmt.Sprintf("img%d-view%d.jpg", 100+g, i) }, 0.3, "prefix"},
		{"session, then a code", "the first word names the session",
			func(g, i int) string { return fmt.Sprintf("s%02d-%c.jpg", g, 'q'+i) }, 0.3, "first-word"},
		{"a date, then a code", "one day, one place",
			func(g, i int) string { return fmt.Sprintf("%c202403%02d.jpg", 'q'+i, g+1) }, 0.3, "date"},
		{"a folder below the class", "it is a session",
			func(g, i int) string { return fmt.Sprintf("visit %c/%d.jpg", 'a'+g, i) }, 0.3, "folder"},
		{"frames of one film", "names say nothing but the order",
			func(g, i int) string { return fmt.Sprintf("frame%d.jpg", g*n+i) }, 0.2, Scenes},
		{"codes", "names say nothing", func(g, i int) string {
			return fmt.Sprintf("%08x.jpg", (uint32(g*n+i)+7)*2654435761)
		}, 2, ""},
		{"a prefix that means nothing", "photos of a prefix are no more alike than others",
			func(g, i int) string { return fmt.Sprintf("%c_%03d.jpg", 'a'+i, g) }, 0.3, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := film(t, groups, n, c.spread, c.of)
			for _, find := range []func(context.Context) error{f.names, f.scenes} {
				if err := find(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			exact := ""
			for _, p := range f.found {
				if found, right := pairs(p.of, n); found >= 0.95 && right >= 0.85 && exact == "" {
					exact = p.Name
				}
			}
			if exact != c.want || c.want == "" &&
				slices.ContainsFunc(f.found, func(p Proposal) bool { return p.Pattern != "" }) {
				t.Errorf("%s: %q finds the groups, not %q; proposals %+v", c.reason, exact, c.want, f.found)
			}
		})
	}
}

// pairs are the share of the pairs of photos of a true group, of n neighbours, that stand together,
// and the share of the pairs that stand together that are of a true group.
func pairs(of []string, n int) (found, right float64) {
	both, same, together := 0.0, 0.0, 0.0
	for i := range of {
		for j := range i {
			is, does := i/n == j/n, of[i] == of[j] && of[i] != ""
			for _, c := range []struct {
				yes bool
				n   *float64
			}{{is, &same}, {does, &together}, {is && does, &both}} {
				if c.yes {
					*c.n++
				}
			}
		}
	}
	return both / same, both / max(together, 1)
}

// TestRuns: the length of runs is found from how photos resemble their neighbours, to a factor of
// two, and there are no runs where they do not.
func TestRuns(t *testing.T) {
	name := func(g, i int) string { return fmt.Sprintf("%03d-%03d.jpg", g, i) }
	for _, c := range []struct{ groups, n, low, high int }{{60, 12, 8, 24}, {1000, 1, 0, 0}} {
		f := film(t, c.groups, c.n, 0.5, name)
		for i := range f.images {
			f.labels[i] = 0
		}
		if err := f.runs(t.Context()); err != nil {
			t.Fatal(err)
		}
		run := 0
		if len(f.found) > 0 {
			run = f.found[0].Run
		}
		if run < c.low || run > c.high {
			t.Errorf("groups of %d: runs of %d", c.n, run)
		}
	}
}

// TestBursts: photos of one camera within a minute are a burst; times that lie are not believed.
func TestBursts(t *testing.T) {
	day := time.Date(2024, 5, 1, 12, 0, 0, 0, time.UTC)
	make300 := func(at func(i int) photo.Shot) (out []photo.Shot) {
		for i := range 300 {
			out = append(out, at(i))
		}
		return out
	}
	for _, c := range []struct {
		name   string
		at     func(i int) photo.Shot
		bursts int
		why    string
	}{
		{"bursts of ten, an hour apart", func(i int) photo.Shot {
			return photo.Shot{Time: day.Add(time.Duration(i/10)*time.Hour + time.Duration(i%10)*time.Second)}
		}, 30, ""},
		{"two cameras at the same time", func(i int) photo.Shot {
			return photo.Shot{Time: day.Add(time.Duration(i) * 50 * time.Second), Camera: []string{"a", "b"}[i%2]}
		}, 300, ""},
		{"all equal", func(int) photo.Shot { return photo.Shot{Time: day} }, 0, "not believed"},
		{"no times", func(int) photo.Shot { return photo.Shot{} }, 0, "none"},
	} {
		of, why := burstsOf(make300(c.at))
		distinct := slices.Compact(slices.Sorted(slices.Values(of)))
		if len(distinct) != c.bursts || !strings.Contains(why, c.why) {
			t.Errorf("%s: %d bursts, %q", c.name, len(distinct), why)
		}
	}
}

// TestAcceptedRuleIsKept: the split goes by an accepted rule, refuses photos that the rule has not
// seen, and [Again] applies it to them.
func TestAcceptedRuleIsKept(t *testing.T) {
	photos, dir := t.TempDir(), t.TempDir()
	put := func(i int) {
		img := phototest.Noise(40, 30+i)
		phototest.Put(t, photos, fmt.Sprintf("%s/%03d.png", []string{"cat", "dog"}[i%2], i), phototest.Encode(t, "png", img))
	}
	ingest := func() *dataset.Set {
		s, err := dataset.Ingest(t.Context(), photos, dir, dataset.DefaultIngest(), nil)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for i := range 20 {
		put(i)
	}
	s := ingest()
	of := make([]string, 20)
	for i := range of {
		of[i] = fmt.Sprint(i / 2)
	}
	if err := Accept(s, Proposal{Rule: Bursts, of: of}); err != nil {
		t.Fatal(err)
	}
	o, kept, err := split.Kept(s.Dir)
	if err != nil || !kept || o.GroupRule != Bursts {
		t.Fatalf("%+v %v %v", o, kept, err)
	}
	if _, err := split.Run(s, o); err != nil {
		t.Fatal(err)
	}
	side := map[string]string{}
	for _, im := range s.Kept() {
		if other, seen := side[im.Group]; im.Group == "" || seen && other != im.Split {
			t.Errorf("%s is of group %q and stands on %s and %s", im.Path, im.Group, im.Split, other)
		}
		side[im.Group] = im.Split
	}
	put(20)
	s = ingest()
	if _, err := split.Run(s, o); err == nil || !strings.Contains(err.Error(), "do not know 1 photo") {
		t.Errorf("a new photo: %v", err)
	}
	if err := Again(t.Context(), nil, s, Bursts, Default(), nil); err != nil {
		t.Fatal(err)
	}
	if _, err := split.Run(s, o); err != nil {
		t.Error(err)
	}
	if _, err := split.Run(s, split.Default()); err == nil || !strings.Contains(err.Error(), "bursts") {
		t.Errorf("the rule was dropped without a word: %v", err)
	}
	for i := 21; i < 40; i++ { // one second for all: a clock that stands, or a program that saved them
		img := phototest.Encode(t, "png", phototest.Noise(40, 30+i))
		phototest.Put(t, photos, fmt.Sprintf("%s/%03d.png", []string{"cat", "dog"}[i%2], i),
			takenAt(img, "2024:05:06 07:08:09"))
	}
	err = Again(t.Context(), nil, ingest(), Bursts, Default(), nil)
	if err == nil || !strings.Contains(err.Error(), "not believed: 19 of 19 have the same second") {
		t.Errorf("accepted groups are dropped without a word: %v", err)
	}
	if err := Again(t.Context(), nil, &dataset.Set{Dir: s.Dir,
		Images: []dataset.Image{{Path: "x", SHA256: strings.Repeat("0", 64)}}}, Bursts, Default(), nil); err != nil {
		t.Errorf("%s: %v", filepath.Base(s.Dir), err)
	}
}

// takenAt is a PNG with EXIF data that says when the photo was taken.
func takenAt(png []byte, time string) []byte {
	const header = 33 // signature and IHDR
	exif := append([]byte("II*\x00\x08\x00\x00\x00\x01\x00\x32\x01\x02\x00"), byte(len(time)+1), 0, 0, 0, 26, 0, 0, 0,
		0, 0, 0, 0)
	exif = append(append(exif, time...), 0)
	chunk := append([]byte("eXIf"), exif...)
	out := binary.BigEndian.AppendUint32(bytes.Clone(png[:header]), uint32(len(exif)))
	out = binary.BigEndian.AppendUint32(append(out, chunk...), crc32.ChecksumIEEE(chunk))
	return append(out, png[header:]...)
}
