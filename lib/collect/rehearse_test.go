package collect

import (
	"fmt"
	"path/filepath"
	"testing"

	"imagelab/lib/collect/collecttest"
	"imagelab/lib/dataset"
	"imagelab/lib/photo/phototest"
)

// TestRehearse: a lesson collects photos of a set as if they came from Openverse.
func TestRehearse(t *testing.T) {
	root := t.TempDir()
	for i := range 90 {
		class := []string{"vest", "shirt", "hat"}[i%3]
		phototest.Put(t, root, fmt.Sprintf("%s/%d.jpg", class, i), collecttest.Picture(fmt.Sprint(i)))
	}
	set, err := dataset.Open(t.Context(), root, nil)
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, "contact: me@example.org\nprovider: openverse\nwords: {g: [vest, shirt], p: [red, "+
		"blue]}\ntemplates: '{p} {g}'\nclass: g\nresults: 20")
	recording, dir := filepath.Join(t.TempDir(), "recording"), filepath.Join(t.TempDir(), "photos")
	for range 2 { // the second time changes nothing
		if err := Rehearse(t.Context(), p, set, "cc0", recording, nil); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Run(t.Context(), p, Options{Dir: dir, Replay: recording}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Stages
	if s.Planned != 80 || s.Found != 2*20+2*12 || s.Fetched >= s.Found || s.Decodable >= s.Fetched ||
		s.Unique >= s.Decodable || r.Copies == 0 || r.Conflicts != 0 {
		t.Errorf("%+v, %d copies, %d conflicts", s, r.Copies, r.Conflicts)
	}
	if n := photos(files(t, dir)); n != s.Unique {
		t.Errorf("%d files", n)
	}
}
