package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"imagelab/lib/collect"
	"imagelab/lib/collect/collecttest"
	"imagelab/lib/fulltest"
	"imagelab/lib/runlog"
)

var garments = []string{"blouse", "hoodie", "pullover", "sweater", "shirt", "tshirt", "vest"}

// garment draws what is asked for: the word decides colour and width of the stripes, the rest of
// the path the noise.
func garment(path string) []byte {
	word := slices.IndexFunc(garments, func(g string) bool { return strings.Contains(path, "_"+g+"-") })
	seed := uint64(0)
	for _, b := range []byte(path) {
		seed = seed*31 + uint64(b)
	}
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewNRGBA(image.Rect(0, 0, 80, 80))
	shift := r.IntN(20)
	for y := range 80 {
		for x := range 80 {
			v := uint8(255 * ((x + shift) / (2 + 2*word) % 2))
			img.SetNRGBA(x, y, color.NRGBA{v/2 + uint8(r.IntN(60)), uint8(30*word + r.IntN(60)),
				255 - v/2 - uint8(r.IntN(60)), 255})
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, nil); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

// TestFromAnIdeaToAModel goes the whole way: a plan of 21 queries, photos from a provider on this
// machine, a review that leaves one out, the funnel, and a model that tells the seven classes
// apart.
func TestFromAnIdeaToAModel(t *testing.T) {
	fulltest.Needs(t, "weights")
	s := collecttest.New(t)
	s.Total, s.Photo = 6, garment
	work := t.TempDir()
	at := func(name string) string { return filepath.Join(work, name) }
	plan := fmt.Sprintf("contact: me@example.org\nprovider: {kind: openverse, address: %q}\n"+
		"words:\n  pattern: [striped, dotted, leopard]\n  garment: [%s]\n"+
		"templates: '{pattern} {garment}'\nclass: garment\nresults: 6\nrate: 1000\n", s.URL, strings.Join(garments, ", "))
	if err := os.WriteFile(at("plan.yaml"), []byte(plan), 0o644); err != nil {
		t.Fatal(err)
	}
	if out := mustRun(t, "collect", at("plan.yaml"), "--plan"); !strings.Contains(out, "21 queries, at most 126 photos") {
		t.Errorf("the plan says %s", out)
	}
	mustRun(t, "collect", at("plan.yaml"), "--out", at("photos"), "--allow-private")
	mustRun(t, "ingest", at("photos"), "--out", at("set"))
	mustRun(t, "dedup", at("set"))

	mustRun(t, "review", at("set"), "--export", at("labels.csv"))
	rows := readTable(t, at("labels.csv"))
	rows[1][2] = "drop"
	writeTable(t, at("labels.csv"), rows)
	mustRun(t, "review", at("set"), "--import", at("labels.csv"), "--who", "ann")

	var r collect.Result
	unmarshal(t, mustRun(t, "collect", at("plan.yaml"), "--out", at("photos"), "--allow-private", "--set", at("set"),
		"--json"), &r)
	if r.Stages.Unique != 126 || r.Stages.Kept == nil || *r.Stages.Kept != 125 || len(r.ByQuery) != 21 ||
		len(r.ByClass) != 7 {
		t.Errorf("the funnel is %+v, of %d queries and %d classes", r.Stages, len(r.ByQuery), len(r.ByClass))
	}
	page, err := os.ReadFile(filepath.Join(at("photos"), "funnel.html"))
	if err != nil || !bytes.Contains(page, []byte("<svg")) {
		t.Errorf("funnel.html holds no figure: %v", err)
	}

	mustRun(t, "split", at("set"))
	mustRun(t, "train", at("set"), "--out", at("run"), "--cut", "head", "--size", "64", "--views", "0")
	records, _, err := runlog.ReadDir(at("run"))
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	if val := records[0].Val; val.N < 10 || val.Top1 < 0.5 {
		t.Errorf("the model is right on %.0f %% of %d validation photos; by chance it would be on 14 %%", 100*val.Top1, val.N)
	}
}
