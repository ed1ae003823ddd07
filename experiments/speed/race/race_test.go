package race

import (
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"imagelab/lib/backbone"
	"imagelab/lib/dataset"
)

func TestRounds(t *testing.T) {
	var order []string
	pretend := func(name string, seconds float64) side {
		return side{name, "a note", 10, func(_ context.Context, n int) (float64, error) {
			order = append(order, name)
			return seconds * float64(n), nil
		}}
	}
	works := []work{
		{"one", ImagesPerSecond, []side{pretend("a", 0.5), pretend("b", 0.25), pretend("c", 4)}},
		{"two", ImagesPerSecond, []side{pretend("d", 1)}},
	}
	part := Part{Name: "part"}
	got, err := Plan{Rounds: 3, MinDuration: 2 * time.Second}.rounds(t.Context(), &part, works, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(order, ""), "aabbccdd"+"abcd"+"bcad"+"cabd"; got != want {
		t.Errorf("sides in the order %s, want %s: two calls to warm up, then another side first in each round", got, want)
	}
	for i, want := range []float64{20, 40, 2.5} {
		r := got[0].Results[i]
		if !slices.Equal(r.Values, []float64{want, want, want}) || r.Note != "a note" {
			t.Errorf("%+v, want %g a second in three rounds", r, want)
		}
	}
}

func TestRepeats(t *testing.T) {
	for _, tt := range []struct {
		reason  string
		seconds float64
		want    int
	}{
		{"as often as it takes", 0.1, 20},
		{"once is enough", 30, 1},
		{"a clock that stands still", 0, 10_000},
	} {
		calls := 0
		s := side{do: func(_ context.Context, n int) (float64, error) {
			if calls++; calls == 1 {
				return 1000, nil // it compiles
			}
			return tt.seconds, nil
		}}
		if got, err := (Plan{MinDuration: 2 * time.Second}).warmUp(t.Context(), s); err != nil || got != tt.want {
			t.Errorf("%s: %d times, %v", tt.reason, got, err)
		}
	}
}

func TestRoundsStop(t *testing.T) {
	broken := errors.New("broken")
	works := []work{{"forward", "", []side{{name: "PyTorch",
		do: func(context.Context, int) (float64, error) { return 0, broken }}}}}
	if _, err := Quick().rounds(t.Context(), &Part{}, works, nil); !errors.Is(err, broken) ||
		!strings.Contains(err.Error(), "forward, PyTorch") {
		t.Errorf("%v", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	works[0].sides[0].do = func(context.Context, int) (float64, error) { stop(); return 1, nil }
	if _, err := Quick().rounds(ctx, &Part{}, works, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestFrozenBlocks(t *testing.T) {
	spec, err := backbone.Lookup("lite0")
	if err != nil {
		t.Fatal(err)
	}
	for cut, want := range map[string]int{"all": -1, "stem": -1, "stage1": 0, "stage5": 8, "stage7": 15, "top": 16} {
		if got, err := frozenBlocks(spec, cut); err != nil || got != want {
			t.Errorf("cut %s freezes %d blocks (%v), want %d", cut, got, err, want)
		}
	}
	if _, err := frozenBlocks(spec, "stage9"); err == nil {
		t.Error("a stage that does not exist")
	}
}

func TestLinkSides(t *testing.T) {
	root, dir := t.TempDir(), t.TempDir()
	set := &dataset.Set{Root: root, Dir: root}
	for i, side := range []string{dataset.Train, dataset.Train, dataset.Val, dataset.Test} {
		name := string(rune('a'+i)) + ".jpg"
		if err := os.WriteFile(filepath.Join(root, name), []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		set.Images = append(set.Images, dataset.Image{Path: name, Class: "hat", Split: side})
	}
	if err := linkSides(set, dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"train/hat/00001.jpg": "b.jpg", "val/hat/00000.jpg": "c.jpg"} {
		if text, err := os.ReadFile(filepath.Join(dir, path)); err != nil || string(text) != want {
			t.Errorf("%s holds %q, %v", path, text, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "test")); err == nil {
		t.Error("the peer is given the test images")
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		reason string
		args   []string
		quick  bool
		parts  string
		fastai int
	}{
		{"the whole way takes too long to be measured unasked", nil, false, "decode,hash,forward,step,rates", 0},
		{"a quick run passes through everything", nil, true, "decode,hash,forward,step,rates,whole", 0},
		{"a part can be measured again", []string{"-only", "step"}, false, "step", 0},
		{"the whole way alone", []string{"-only", "whole", "-whole", "-epochs", "2"}, false, "whole", 2},
	} {
		var o Options
		f := flag.NewFlagSet("", flag.ContinueOnError)
		f.SetOutput(io.Discard)
		o.Flags(f)
		if err := f.Parse(tt.args); err != nil {
			t.Fatal(err)
		}
		p, parts, err := o.Plan(tt.quick)
		if err != nil || strings.Join(parts, ",") != tt.parts || p.FastAI != tt.fastai {
			t.Errorf("%q gives %q with %d epochs of fastai, %v: %s", tt.args, parts, p.FastAI, err, tt.reason)
		}
	}
	if _, _, err := (Options{Only: "steps"}).Plan(false); err == nil {
		t.Error("a part that does not exist")
	}
}

func TestIdleness(t *testing.T) {
	var w interference
	if w.share() != 0 {
		t.Error("nothing was watched, and others were seen")
	}
	w.rest(50 * time.Millisecond)
	if s := w.share(); s < 0 || s > 1 {
		t.Errorf("others used %g of the cores", s)
	}
}
