package main

import (
	"context"
	"encoding/csv"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"imagelab/experiments/internal/quick"
	"imagelab/lib/embed"
	"imagelab/lib/fulltest"
	"imagelab/lib/lab"
)

// TestQuick: of photos on the training side whose copies stand on the test side, changed in all
// ways that the table names, the audit of the split finds all but a few before anything is done
// about copies, dedup finds as many, and both call no other photos copies.
func TestQuick(t *testing.T) {
	var o options
	dir, printed := quick.Run(t, "copies", o.run, 0, "copies.svg")
	if !strings.Contains(printed, "crop to 80 %") || !strings.Contains(printed, "false pairs, foods") {
		t.Errorf("it prints\n%s", printed)
	}
	rows := read(t, filepath.Join(dir, "copies.csv"))
	floors := map[string]struct{ found, others int }{"hash": {14, 0}, "embedding": {27, 1}, "audit of the split": {27, 1}}
	for name, least := range floors {
		sum := total(rows, func(r row) bool { return strings.HasSuffix(r.tool, name) })
		t.Logf("%s: %d of %d copies found, %d false pairs", name, sum.found, sum.photos, sum.others)
		if sum.photos != 33 || sum.found < least.found || sum.others > least.others {
			t.Errorf("%s: %d of %d copies found, want %d of 33; %d false pairs", name, sum.found, sum.photos,
				least.found, sum.others)
		}
	}
}

// read returns the tools and counts of a table of copies.
func read(t *testing.T, file string) (rows []row) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || !slices.Equal(lines[0], header) {
		t.Fatalf("%v: %q", err, lines)
	}
	for _, line := range lines[1:] {
		r := row{tool: line[1]}
		for column, field := range map[int]*int{4: &r.photos, 5: &r.found, 9: &r.others} {
			if *field, err = strconv.Atoi(line[column]); err != nil {
				t.Fatal(err)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func TestScale(t *testing.T) {
	var out strings.Builder
	run := func(ctx context.Context, l *lab.Lab) error { return scale(ctx, l, 20_000) }
	if code := lab.Start(t.Context(), "copies", []string{"-out", t.TempDir()}, &out, io.Discard, run); code != 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	if !strings.Contains(out.String(), "2000 of 2000 planted copies") || !strings.Contains(out.String(), ": 2 near") {
		t.Errorf("it prints\n%s", out.String())
	}
}

// TestIndex: where there are few features, the index compares all with all, and so does the
// experiment: both find the same, and the copies where they were put.
func TestIndex(t *testing.T) {
	fulltest.Needs(t, "XLA")
	r := rand.New(rand.NewPCG(1, 1))
	known := make([][]float32, 50)
	for i := range known {
		known[i] = make([]float32, 64)
		for j := range known[i] {
			known[i][j] = r.Float32()
		}
	}
	var out strings.Builder
	dir := t.TempDir()
	run := func(ctx context.Context, l *lab.Lab) error { return index(ctx, l, known, 3000) }
	if code := lab.Start(t.Context(), "copies", []string{"-out", dir}, &out, io.Discard, run); code != 0 {
		t.Fatalf("exit code %d: %s", code, out.String())
	}
	for _, want := range []string{"others: the nearest found for 300 of 300",
		"at distance 0.3: the nearest found for 100 of 100"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it does not print %q:\n%s", want, out.String())
		}
	}
	a, b, mean := known[0], make([]float32, 64), make([]float64, 64)
	away(b, a, mean, 0.2, r)
	d := embed.Directions([][]float32{a, b}, mean)
	cosine := 0.0
	for j := range a {
		cosine += float64(d[0][j]) * float64(d[1][j])
	}
	if math.Abs(cosine-0.8) > 1e-5 {
		t.Errorf("a copy at distance 0.2 is at %.6f", 1-cosine)
	}
}
